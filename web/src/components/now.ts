import { useEffect, useState } from 'preact/hooks'
import type { EpochMs } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'

/** The instant of this rendering; renders again when another stretch of `stepMs` begins. */
export function useNow(stepMs: number): EpochMs {
  const { ticker } = useApp()
  const [, render] = useState(0)
  const now = ticker.now()
  useEffect(() => {
    let last = Math.floor(ticker.now() / stepMs)
    return ticker.subscribe((at) => {
      const stretch = Math.floor(at / stepMs)
      if (stretch === last) return
      last = stretch
      render((count) => count + 1)
    })
  }, [ticker, stepMs])
  return now
}
