import type { Clock, Timer } from '../model/ports.ts'
import { epochMs, HOUR_MS } from '../model/time.ts'

/**
 * The machine's clock. A wait is measured on the monotonic clock and re-armed at least once an hour, because a node
 * timer above 2^31 ms fires at once (T14). Timers keep the process alive until they are cancelled: whoever waits
 * owns the wait.
 */
export function systemClock(): Clock {
  return { now: () => epochMs(Date.now()), monotonicMs: () => performance.now(), after }
}

function after(delayMs: number, run: () => void): Timer {
  if (Number.isNaN(delayMs)) throw new RangeError('a wait needs a number of milliseconds')
  const dueAt = performance.now() + Math.max(0, delayMs)
  let handle: NodeJS.Timeout | null = null
  const arm = (): void => {
    const left = dueAt - performance.now()
    if (left <= 0) {
      handle = null
      run()
      return
    }
    handle = setTimeout(arm, Math.min(Math.ceil(left), HOUR_MS))
  }
  handle = setTimeout(arm, Math.min(Math.ceil(Math.max(0, delayMs)), HOUR_MS))
  return {
    cancel: () => {
      if (handle !== null) clearTimeout(handle)
      handle = null
    },
  }
}
