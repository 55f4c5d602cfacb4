import { AppError } from '../../model/app.ts'
import type { Clock } from '../../model/ports.ts'

/** Resolves after `ms`; rejects with AppError when `signal` aborts first. */
export function waitFor(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(stopped())
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(stopped())
    }
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

export function stopped(): AppError {
  return new AppError(1, 'stopped', 'Stopped; nothing was changed.')
}
