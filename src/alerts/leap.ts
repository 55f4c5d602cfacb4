import { type Clock, type EpochMs, SECOND_MS } from '../model/index.ts'

/** How long nothing new is said after the clock jumped or the machine woke up (A15). */
const CALM_MS = 60 * SECOND_MS
const LEAST_GAP_MS = 20 * SECOND_MS
const LONGEST_PAUSE_MS = 90 * SECOND_MS

/** Knows whether the clock can be trusted at the moment. */
export interface Calm {
  /** Compares the clocks; to be called often. True: things have just changed, so nothing new is said. */
  isCalm(): boolean
  /** Since when the program has been awake without a break. */
  awakeSince(): EpochMs
}

export function createCalm(clock: Clock): Calm {
  let wall = clock.now()
  let monotonic = clock.monotonicMs()
  let calmUntil = monotonic
  let awakeSince = wall
  return {
    isCalm() {
      const passed = clock.monotonicMs() - monotonic
      const gap = clock.now() - wall - passed
      wall = clock.now()
      monotonic = clock.monotonicMs()
      // Where the monotonic clock goes on in sleep, only a long pause tells of it.
      if (Math.abs(gap) > LEAST_GAP_MS || passed > LONGEST_PAUSE_MS) {
        calmUntil = monotonic + CALM_MS
        awakeSince = wall
      }
      return monotonic < calmUntil
    },
    awakeSince: () => awakeSince,
  }
}
