import type { Clock, EpochMs } from '../../../src/model/index.ts'

/** The one clock that moves every countdown: a second, and all that changed is written at once. */
export interface Ticker {
  now(): EpochMs
  /** Called each second, and once when the page comes back into view. Returns the stop function. */
  subscribe(listener: (now: EpochMs) => void): () => void
}

const SECOND_MS = 1_000

export function createTicker(clock: Clock, document: Document): Ticker {
  const listeners = new Set<(now: EpochMs) => void>()
  const tick = (): void => {
    const now = clock.now()
    for (const listener of [...listeners]) listener(now)
  }
  const schedule = (): void => {
    // On the second, so that two tabs beside each other change together.
    clock.after(SECOND_MS - (clock.now() % SECOND_MS), () => {
      if (document.visibilityState === 'visible') tick()
      schedule()
    })
  }
  schedule()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') tick()
  })
  return {
    now: () => clock.now(),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
