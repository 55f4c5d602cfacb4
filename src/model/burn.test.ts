import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import { burnedDuring, burnRates, burnTrace, orderedPoints, type UsagePoint } from './burn.ts'
import { HOUR_MS, MINUTE_MS, plusMs } from './time.ts'

const at = (minutes: number, usedRatio: number | null): UsagePoint => ({
  at: plusMs(NOW, minutes * MINUTE_MS),
  usedRatio,
})
const points = fc.array(
  fc.record({
    at: fc.integer({ min: -20_000, max: 20_000 }).map((minutes) => plusMs(NOW, minutes * MINUTE_MS)),
    usedRatio: fc.option(fc.double({ min: 0, max: 1.5, noNaN: true })),
  }),
  { maxLength: 60 },
)

describe('orderedPoints', () => {
  it('leaves out what is unknown, later than now, or out of order after a clock went back (T12)', () => {
    const mixed = [at(-60, 0.1), at(-50, null), at(-70, 0.9), at(5_000, 0.2), at(-10, 0.3)]
    expect(orderedPoints(mixed, NOW).map((point) => point.usedRatio)).toEqual([0.1, 0.3])
  })

  it('keeps what follows a clock that had jumped far ahead', () => {
    expect(orderedPoints([at(-60, 0.1), at(5_256_000, 0.2), at(-10, 0.3)], NOW)).toHaveLength(2)
  })
})

describe('burnRates', () => {
  const steady = Array.from({ length: 61 }, (_, index) => at(index * 10 - 600, 0.2 + index * 0.01))

  it('are the same over every span when the burn is even', () => {
    const rates = burnRates(steady, NOW, plusMs(NOW, -10 * HOUR_MS))
    expect(rates.quarterHour).toBeCloseTo(0.06)
    expect(rates.hour).toBeCloseTo(0.06)
    expect(rates.sixHours).toBeCloseTo(0.06)
    expect(rates.cycle).toBeCloseTo(0.08)
  })

  it('tell a burst from the hours around it', () => {
    const burst = [...steady.slice(0, -1).map((point) => ({ ...point, usedRatio: 0.2 })), at(0, 0.4)]
    const rates = burnRates(burst, NOW, plusMs(NOW, -10 * HOUR_MS))
    expect(rates.quarterHour).toBeGreaterThan(0.7)
    expect(rates.hour).toBeCloseTo(0.2)
    expect(rates.sixHours).toBeCloseTo(0.2 / 6)
  })

  it('are unknown over a span of which less than half was seen', () => {
    expect(burnRates([at(-20, 0.1), at(0, 0.2)], NOW, null)).toMatchObject({ hour: null, sixHours: null, cycle: null })
    expect(burnRates([], NOW, NOW)).toEqual({ quarterHour: null, hour: null, sixHours: null, cycle: null })
  })

  it('know nothing about a gap in which nobody looked', () => {
    expect(burnRates([at(-600, 0.1), at(-10, 0.9), at(0, 0.9)], NOW, null).sixHours).toBeNull()
  })

  it('count a reset as a fresh window, not as a negative burn', () => {
    const { burned } = burnedDuring([at(-60, 0.7), at(-30, 0.8), at(-20, 0.05), at(0, 0.1)], plusMs(NOW, -HOUR_MS), NOW)
    expect(burned).toBeCloseTo(0.1 + 0.05 + 0.05)
  })

  it('take a small fall (a rolling window, a re-rating) for no burn', () => {
    expect(burnedDuring([at(-60, 0.7), at(0, 0.6)], plusMs(NOW, -HOUR_MS), NOW).burned).toBe(0)
  })

  it('do not know what would have been burned at the wall', () => {
    const stuck = burnedDuring([at(-60, 0.98), at(-40, 1), at(0, 1)], plusMs(NOW, -HOUR_MS), NOW)
    expect(stuck.burned).toBeCloseTo(0.02)
    expect(stuck.knownMs).toBe(20 * MINUTE_MS)
  })

  it('go on counting overage beyond the limit', () => {
    expect(burnedDuring([at(-60, 1.2), at(0, 1.5)], plusMs(NOW, -HOUR_MS), NOW).burned).toBeCloseTo(0.3)
  })

  it('are never negative, whatever the values and the clock do', () => {
    fc.assert(
      fc.property(points, (some) => {
        const rates = Object.values(burnRates(some, NOW, plusMs(NOW, -5 * HOUR_MS)))
        expect(rates.every((rate) => rate === null || rate >= 0)).toBe(true)
      }),
    )
  })
})

describe('burnTrace', () => {
  it('spreads a rise over the hours between two values and says which parts of an hour are known', () => {
    const trace = burnTrace([at(-120, 0.1), at(-30, 0.4)], NOW)
    expect([...trace.burned].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([0.2, 0.1, 0])
    expect([...trace.known]).toEqual([1, 0.5, 0])
  })

  it('holds exactly what was burned, and no hour is known more than once', () => {
    fc.assert(
      fc.property(points, (some) => {
        const trace = burnTrace(some, NOW)
        const first = orderedPoints(some, NOW)[0]?.at ?? NOW
        const sum = trace.burned.reduce((total, value) => total + value, 0)
        expect(sum).toBeCloseTo(burnedDuring(some, first, NOW).burned, 6)
        expect(trace.known.every((part) => part >= 0 && part <= 1 + 1e-9)).toBe(true)
      }),
    )
  })
})
