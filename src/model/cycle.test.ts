import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClosedCycle,
  type CycleReading,
  detectReset,
  exhaustedMsAt,
  firstCycle,
  hasCycles,
  nextCycle,
  type OpenCycle,
  resetTolerance,
  shouldStore,
} from './cycle.ts'
import { epochMs, HOUR_MS, MINUTE_MS } from './time.ts'

const T0 = Date.UTC(2026, 10, 22, 9)
const FIVE_HOURS = 18_000

function reading(minute: number, usedRatio: number | null, resetMinute: number | null): CycleReading {
  return {
    at: epochMs(T0 + minute * MINUTE_MS),
    usedRatio,
    resetsAt: resetMinute === null ? null : epochMs(T0 + resetMinute * MINUTE_MS),
    windowSeconds: FIVE_HOURS,
  }
}

interface Run {
  readonly closed: readonly ClosedCycle[]
  readonly open: OpenCycle
}

function run(readings: readonly CycleReading[]): Run {
  const [first, ...rest] = readings
  if (first === undefined) throw new Error('no reading')
  let open = firstCycle(first)
  let previous = first
  const closed: ClosedCycle[] = []
  for (const next of rest) {
    const step = nextCycle(open, previous, next)
    if (step.closed !== null) closed.push(step.closed)
    open = step.cycle
    previous = next
  }
  return { closed, open }
}

const minutes = (cycle: ClosedCycle): number => (cycle.endedAt - T0) / MINUTE_MS

describe('detectReset', () => {
  it('sees a passed reset whose window moved on, and dates it at the reset time', () => {
    expect(detectReset(reading(0, 0.8, 10), reading(15, 0.02, 310))).toEqual({
      kind: 'reset',
      at: T0 + 10 * MINUTE_MS,
      early: false,
    })
  })

  it('sees a reset that was missed for hours, even when more is used now than before', () => {
    const verdict = detectReset(reading(0, 0.3, 10), reading(240, 0.9, 310))
    expect(verdict).toEqual({ kind: 'reset', at: T0 + 10 * MINUTE_MS, early: false })
  })

  it('takes a reset time that moves within 10 % of the window or 15 minutes for the same window (T02)', () => {
    expect(resetTolerance(FIVE_HOURS)).toBe(15 * MINUTE_MS)
    expect(resetTolerance(600)).toBe(MINUTE_MS)
    expect(resetTolerance(null)).toBe(15 * MINUTE_MS)
    expect(detectReset(reading(0, 0.5, 100), reading(5, 0.5, 115)).kind).toBe('same')
    expect(detectReset(reading(0, 0.5, 100), reading(5, 0.5, 86)).kind).toBe('same')
  })

  it('sees an early reset: the window moved on and the value collapsed (T03)', () => {
    expect(detectReset(reading(0, 0.85, 100), reading(5, 0.03, 305))).toMatchObject({ kind: 'reset', early: true })
    expect(detectReset(reading(0, 0.2, 100), reading(5, 0, 305))).toMatchObject({ kind: 'reset', early: true })
  })

  it('suspects a reset when the value collapses while the reset time stays (T03)', () => {
    expect(detectReset(reading(0, 0.85, 200), reading(5, 0, 200)).kind).toBe('suspected')
    expect(detectReset(reading(0, 0.85, null), reading(5, 0, null)).kind).toBe('suspected')
  })

  it('calls a small fall a fall, a sliding window the same (T04)', () => {
    expect(detectReset(reading(0, 0.5, 200), reading(5, 0.44, 205)).kind).toBe('fell')
    expect(detectReset(reading(0, 0, 300), reading(120, 0, 420)).kind).toBe('same')
    expect(detectReset(reading(0, 0.5, 300), reading(120, 0.3, 420)).kind).toBe('fell')
  })

  it('ends a window that is gone after its reset', () => {
    expect(detectReset(reading(0, 0.4, 10), reading(12, null, null))).toMatchObject({ kind: 'reset', early: false })
    expect(detectReset(reading(0, 0.4, 100), reading(12, null, null)).kind).toBe('same')
  })

  it('invents no reset from unknown values', () => {
    expect(detectReset(reading(0, 0.85, 200), reading(5, null, 200)).kind).toBe('same')
    expect(detectReset(reading(0, null, null), reading(5, 0, null)).kind).toBe('same')
  })

  it('never throws and never dates a reset after the reading that shows it, whatever the order of instants', () => {
    const any = fc.record({
      at: fc.integer({ min: 0, max: 4e12 }).map(epochMs),
      usedRatio: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
      resetsAt: fc.option(fc.integer({ min: 0, max: 4e12 }).map(epochMs)),
      windowSeconds: fc.option(fc.integer({ min: 0, max: 3e6 })),
    })
    fc.assert(
      fc.property(any, any, (previous, next) => {
        const verdict = detectReset(previous, next)
        if (verdict.kind === 'reset' && next.at >= previous.at) expect(verdict.at).toBeLessThanOrEqual(next.at)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('nextCycle', () => {
  it('keeps one window through 500 polls whose reset time jitters by 90 s (X060)', () => {
    const jitter = fc.array(fc.integer({ min: -90, max: 90 }), { minLength: 500, maxLength: 500 })
    fc.assert(
      fc.property(jitter, (seconds) => {
        const readings = seconds.map((second, index) => reading(index * 0.5, 0.1 + index * 0.001, 290 + second / 60))
        expect(run(readings).closed).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('confirms 85 → 0 with an unchanged reset time at the second reading, dated at the first (X061)', () => {
    const before = run([reading(0, 0.85, 200), reading(5, 0, 200)])
    expect(before.closed).toEqual([])
    const { closed, open } = run([reading(0, 0.85, 200), reading(5, 0, 200), reading(10, 0.01, 200)])
    expect(closed).toHaveLength(1)
    expect(closed[0]).toMatchObject({ endUsedRatio: 0.85, peakUsedRatio: 0.85, ended: 'early_reset' })
    expect(closed.map(minutes)).toEqual([5])
    expect(open.startedAt).toBe(T0 + 5 * MINUTE_MS)
  })

  it('confirms it too when much was used between the two readings', () => {
    expect(run([reading(0, 0.85, 200), reading(5, 0, 200), reading(10, 0.3, 200)]).closed).toHaveLength(1)
  })

  it('takes 80 → 0 → 80 for nothing (X062)', () => {
    const { closed, open } = run([
      reading(0, 0.8, 200),
      reading(5, 0, 200),
      reading(10, 0.8, 200),
      reading(15, 0.81, 200),
    ])
    expect(closed).toEqual([])
    expect(open).toMatchObject({ peakUsedRatio: 0.81, suspect: null })
  })

  it('has no event while a rolling window falls a point a poll (X063)', () => {
    const readings = Array.from({ length: 90 }, (_, index) => reading(index * 5, 0.9 - index * 0.01, 300 + index * 5))
    expect(run(readings).closed).toEqual([])
  })

  it('counts a reset once when the service names the new reset time late', () => {
    const late = run([reading(0, 0.85, 10), reading(12, 0.02, 10), reading(17, 0.01, 310), reading(22, 0.03, 310)])
    expect(late.closed.map(minutes)).toEqual([10])
  })

  it('survives missing polls over a whole reset', () => {
    const { closed, open } = run([reading(0, 0.6, 60), reading(400, 0.1, 660)])
    expect(closed.map(minutes)).toEqual([60])
    expect(open).toMatchObject({ peakUsedRatio: 0.1, resetsAt: T0 + 660 * MINUTE_MS })
  })

  it('begins the first cycle where its window began', () => {
    expect(firstCycle(reading(0, 0.5, 60)).startedAt).toBe(T0 + 60 * MINUTE_MS - 5 * HOUR_MS)
    expect(firstCycle(reading(0, 0.5, null)).startedAt).toBe(T0)
  })

  it('counts exhausted time up to the reset, polled or not', () => {
    const { closed } = run([reading(0, 0.9, 120), reading(30, 1, 120), reading(300, 0, 420)])
    expect(closed[0]?.exhaustedMs).toBe(90 * MINUTE_MS)
    const spent = run([reading(0, 1, 120), reading(10, 0.5, 120), reading(20, 1, 120)]).open
    expect(exhaustedMsAt(spent, epochMs(T0 + 25 * MINUTE_MS))).toBe(15 * MINUTE_MS)
    expect(exhaustedMsAt(spent, epochMs(T0 - HOUR_MS))).toBe(10 * MINUTE_MS)
  })

  it('finds exactly the resets of a steady year of windows, whatever polls are missing', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 55 }), { minLength: 100, maxLength: 300 })
    fc.assert(
      fc.property(gaps, (steps) => {
        let minute = 0
        const readings = steps.map((step) => {
          minute += step
          const window = Math.floor(minute / 300)
          return reading(minute, (minute % 300) / 300, (window + 1) * 300)
        })
        const first = Math.floor(((readings[0]?.at ?? T0) - T0) / MINUTE_MS / 300)
        const last = Math.floor(minute / 300)
        expect(run(readings).closed.map(minutes)).toEqual(
          Array.from({ length: last - first }, (_, index) => (first + index + 1) * 300),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('never ends a cycle before it began, and never has a peak below its end', () => {
    const any = fc.record({
      at: fc.integer({ min: T0, max: T0 + 1e9 }).map(epochMs),
      usedRatio: fc.option(fc.double({ min: 0, max: 2, noNaN: true })),
      resetsAt: fc.option(fc.integer({ min: T0, max: T0 + 1e9 }).map(epochMs)),
      windowSeconds: fc.option(fc.constant(FIVE_HOURS)),
    })
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 40 }), (readings) => {
        for (const cycle of run(readings).closed) {
          expect(cycle.endedAt).toBeGreaterThanOrEqual(cycle.startedAt)
          expect(cycle.exhaustedMs).toBeGreaterThanOrEqual(0)
          if (cycle.endUsedRatio !== null) expect(cycle.peakUsedRatio).toBeGreaterThanOrEqual(cycle.endUsedRatio)
        }
      }),
    )
  })
})

describe('shouldStore', () => {
  const facts = {
    used: null,
    limit: null,
    remaining: null,
    usedRatio: 0.5,
    remainingRatio: 0.5,
    unlimited: false,
    inferred: false,
    resetsAt: epochMs(T0 + HOUR_MS),
    windowSeconds: FIVE_HOURS,
  }
  const previous = { ...facts, at: epochMs(T0) }
  const soon = epochMs(T0 + MINUTE_MS)

  it('stores the first value, every change, and a heartbeat', () => {
    expect(shouldStore(null, facts, soon, HOUR_MS)).toBe(true)
    expect(shouldStore(previous, facts, soon, HOUR_MS)).toBe(false)
    expect(shouldStore(previous, { ...facts, usedRatio: 0.51 }, soon, HOUR_MS)).toBe(true)
    expect(shouldStore(previous, { ...facts, usedRatio: null }, soon, HOUR_MS)).toBe(true)
    expect(shouldStore(previous, { ...facts, unlimited: true }, soon, HOUR_MS)).toBe(true)
    expect(shouldStore(previous, facts, epochMs(T0 + HOUR_MS), HOUR_MS)).toBe(true)
  })

  it('passes over a reset time that only jitters, and stores one that moves, comes or goes', () => {
    const moved = (ms: number) => ({ ...facts, resetsAt: epochMs(T0 + HOUR_MS + ms) })
    expect(shouldStore(previous, moved(90_000), soon, HOUR_MS)).toBe(false)
    expect(shouldStore(previous, moved(HOUR_MS), soon, HOUR_MS)).toBe(true)
    expect(shouldStore(previous, { ...facts, resetsAt: null }, soon, HOUR_MS)).toBe(true)
  })

  it('stores when the clock went back, so that the jump can be seen (T12)', () => {
    expect(shouldStore(previous, facts, epochMs(T0 - HOUR_MS), HOUR_MS)).toBe(true)
  })
})

describe('hasCycles', () => {
  it('is for what is filled again: windows, models, budgets, and whatever names a reset', () => {
    expect(hasCycles({ kind: 'window', usedRatio: 0.1, resetsAt: null, unlimited: false })).toBe(true)
    expect(hasCycles({ kind: 'balance', usedRatio: null, resetsAt: null, unlimited: false })).toBe(false)
    expect(hasCycles({ kind: 'spend', usedRatio: null, resetsAt: epochMs(T0), unlimited: false })).toBe(true)
    expect(hasCycles({ kind: 'window', usedRatio: null, resetsAt: epochMs(T0), unlimited: true })).toBe(false)
  })
})
