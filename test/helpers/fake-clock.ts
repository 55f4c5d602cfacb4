import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '../../src/model/ports.ts'
import { type EpochMs, epochMs } from '../../src/model/time.ts'

/** A clock that a test moves by hand; wall and monotonic time are apart, as on a machine that sleeps. */
export interface FakeClock {
  readonly clock: Clock
  /** Lets time pass: due timers run in order, promises settle between two of them. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock forward or (negative) back; the monotonic one and the timers do not notice. */
  jump(ms: number): void
  /** The machine sleeps: the wall clock moves on, the monotonic one stands still, no timer fires until `advance`. */
  sleep(ms: number): void
  /** Timers that wait: a stopped engine must leave none. */
  pending(): number
}

interface Waiting {
  readonly dueAt: number
  readonly order: number
  readonly run: () => void
}

/** A fake clock that starts at `startMs` (unix milliseconds; default: a fixed instant in 2026). */
export function fakeClock(startMs: number = Date.UTC(2026, 10, 22, 9, 0, 0)): FakeClock {
  let wall = startMs
  let monotonic = 0
  let order = 0
  const waiting = new Set<Waiting>()

  const after = (delayMs: number, run: () => void): Timer => {
    if (Number.isNaN(delayMs)) throw new RangeError('a wait needs a number of milliseconds')
    order += 1
    const entry: Waiting = { dueAt: monotonic + Math.max(0, delayMs), order, run }
    waiting.add(entry)
    return { cancel: () => waiting.delete(entry) }
  }
  const firstDue = (until: number): Waiting | null => {
    let first: Waiting | null = null
    for (const entry of waiting) {
      if (entry.dueAt > until) continue
      if (first === null || entry.dueAt < first.dueAt || (entry.dueAt === first.dueAt && entry.order < first.order)) {
        first = entry
      }
    }
    return first
  }
  const moveTo = (target: number): void => {
    wall += target - monotonic
    monotonic = target
  }
  const advance = async (ms: number): Promise<void> => {
    const target = monotonic + ms
    await nextTurn()
    for (let entry = firstDue(target); entry !== null; entry = firstDue(target)) {
      waiting.delete(entry)
      moveTo(Math.max(entry.dueAt, monotonic))
      entry.run()
      await nextTurn()
    }
    moveTo(target)
    await nextTurn()
  }
  const now = (): EpochMs => epochMs(wall)
  return {
    clock: { now, monotonicMs: () => monotonic, after },
    advance,
    jump: (ms) => {
      wall += ms
    },
    sleep: (ms) => {
      wall += ms
    },
    pending: () => waiting.size,
  }
}
