/** The least an Ink program can be that keeps time: one line, once a second. */
import { render, Text } from 'ink'
import { createElement, useEffect, useState } from 'react'

function Clock() {
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setSeconds((now) => now + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  return createElement(Text, null, `running for ${seconds} s`)
}

render(createElement(Clock), { alternateScreen: true, incrementalRendering: true })
