/** Waiting for something real (a process, a socket) to come true. Unit tests use a fake clock instead. */
import { setTimeout as pause } from 'node:timers/promises'

/** Long enough for a machine that is busy with everything else, and shorter than a test may take: it says what for. */
const DEADLINE_MS = 45_000
const STEP_MS = 15

/**
 * Asks again and again until the answer is neither null, undefined nor false, and returns it. Throws with `what` when
 * the deadline passes; an error of the last try is its cause.
 */
export async function until<Value>(
  what: string,
  ask: () => Value | null | undefined | false | Promise<Value | null | undefined | false>,
  deadlineMs: number = DEADLINE_MS,
): Promise<Value> {
  const end = performance.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const value = await ask()
      if (value !== null && value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() >= end) throw new Error(`not within ${deadlineMs / 1000} s: ${what}`, { cause: last })
    await pause(STEP_MS)
  }
}
