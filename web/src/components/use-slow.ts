import { useEffect, useRef, useState } from 'preact/hooks'

/** A value that is taken over at most once each `waitMs`: for what is made of everything and need not be instant. */
export function useSlow<Value>(value: Value, waitMs: number): Value {
  const [shown, setShown] = useState(value)
  const newest = useRef(value)
  const timer = useRef<number | null>(null)
  newest.current = value
  useEffect(() => {
    if (shown === value || timer.current !== null) return
    timer.current = window.setTimeout(() => {
      timer.current = null
      setShown(newest.current)
    }, waitMs)
  }, [value, shown])
  useEffect(() => () => clearTimeout(timer.current ?? undefined), [])
  return shown
}
