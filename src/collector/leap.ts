import type { Clock } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'

/** How often the two clocks are compared. */
export const TICK_MS = 30 * SECOND_MS

/** A leap of the wall clock: forward by sleep or by being set, back by being set. */
export interface Leap {
  readonly kind: 'forward' | 'back'
  /** Milliseconds, negative when back. */
  readonly byMs: number
}

const LEAST_FORWARD_MS = 2 * TICK_MS
const LEAST_BACK_MS = 5 * SECOND_MS

/** Returns a function that says whether the wall clock has leapt since it was last asked. */
export function createLeapWatch(clock: Clock): () => Leap | null {
  let wall = clock.now()
  let monotonic = clock.monotonicMs()
  return () => {
    const wallPassed = clock.now() - wall
    const passed = clock.monotonicMs() - monotonic
    wall = clock.now()
    monotonic = clock.monotonicMs()
    const gap = wallPassed - passed
    if (gap > LEAST_FORWARD_MS) return { kind: 'forward', byMs: gap }
    if (gap < -LEAST_BACK_MS) return { kind: 'back', byMs: gap }
    // Where the monotonic clock goes on in sleep, only the lateness of the tick tells of it.
    return passed > TICK_MS + LEAST_FORWARD_MS ? { kind: 'forward', byMs: 0 } : null
  }
}
