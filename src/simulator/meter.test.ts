import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS } from '../model/index.ts'
import { createMeter, type Meter, MONDAY_PHASE_MS, type Pattern, SESSION_MS, WEEK_MS } from './meter.ts'

// A Monday.
const START = epochMs(Date.UTC(2026, 10, 23))

function meter(
  options: { pattern?: Pattern; perHour?: number; used?: Record<string, number>; seed?: number } = {},
): Meter {
  return createMeter({
    windows: [
      { key: '5h', length: SESSION_MS, phaseMs: START % SESSION_MS, capacity: 1 },
      { key: 'weekly', length: WEEK_MS, phaseMs: MONDAY_PHASE_MS, capacity: 4 },
    ],
    unitsPerHour: options.perHour ?? 0.1,
    pattern: options.pattern ?? 'steady',
    seed: options.seed ?? 7,
    startAt: START,
    startUsed: options.used ?? {},
  })
}

const hoursIn = (hours: number): EpochMs => epochMs(START + hours * HOUR_MS)

describe('a meter', () => {
  it('that is uneven burns as much in the long run, with busy and quiet days and hours of the week', () => {
    const burnedIn = (uneven: boolean): readonly number[] => {
      const options = { windows: [], unitsPerHour: 1, pattern: 'steady', seed: 7, startAt: START, uneven } as const
      const one = createMeter(options)
      return Array.from(
        { length: 20 * 7 },
        (_, day) => one.total(hoursIn(24 * (day + 1))) - one.total(hoursIn(24 * day)),
      )
    }
    const [even, uneven] = [burnedIn(false), burnedIn(true)]
    const sum = (days: readonly number[]): number => days.reduce((total, day) => total + day, 0)
    expect(sum(uneven) / sum(even)).toBeGreaterThan(0.9)
    expect(sum(uneven) / sum(even)).toBeLessThan(1.1)
    expect(Math.max(...even) / Math.min(...even)).toBeLessThan(1.2)
    expect(Math.max(...uneven) / Math.min(...uneven)).toBeGreaterThan(2)
  })

  it('gives the same numbers however often and in whatever order it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 * 24 * 60 }), { minLength: 1, maxLength: 8 }), (minutes) => {
        const asked = meter({ pattern: 'bursty' })
        const answers = minutes.map((minute) => asked.window('5h', epochMs(START + minute * 60_000)))
        const fresh = minutes.map((minute) =>
          meter({ pattern: 'bursty' }).window('5h', epochMs(START + minute * 60_000)),
        )
        expect(answers).toEqual(fresh)
      }),
      { numRuns: 40 },
    )
  })

  it('differs by seed', () => {
    expect(meter({ seed: 1 }).window('5h', hoursIn(3))).not.toEqual(meter({ seed: 2 }).window('5h', hoursIn(3)))
  })

  it('burns steadily and fills the long window by what went through the short one', () => {
    const steady = meter()
    const early = steady.window('5h', hoursIn(1)).usedRatio
    const late = steady.window('5h', hoursIn(4)).usedRatio
    expect(early).toBeGreaterThan(0.07)
    expect(late).toBeGreaterThan(early * 3)
    expect(steady.window('weekly', hoursIn(4)).usedRatio).toBeCloseTo(late / 4, 9)
    expect(steady.total(hoursIn(4))).toBeCloseTo(late, 9)
  })

  it('runs dry, stays exactly full, and starts anew at the reset', () => {
    const busy = meter({ perHour: 1 })
    expect(busy.window('5h', hoursIn(3)).usedRatio).toBe(1)
    expect(busy.window('5h', hoursIn(4.9)).usedRatio).toBe(1)
    const reborn = busy.window('5h', hoursIn(5))
    expect(reborn.usedRatio).toBe(0)
    expect(reborn.resetsAt).toBe(hoursIn(10))
  })

  it('stops in the short window while the long one is spent', () => {
    const spent = meter({ used: { weekly: 1 } })
    expect(spent.window('5h', hoursIn(4)).usedRatio).toBe(0)
    expect(spent.window('weekly', hoursIn(4)).usedRatio).toBe(1)
    expect(spent.window('weekly', hoursIn(7 * 24)).usedRatio).toBe(0)
    expect(spent.window('5h', hoursIn(7 * 24 + 0.5)).usedRatio).toBeGreaterThan(0)
  })

  it('keeps the used ratio of a hard window within 0..1 for every pattern', () => {
    for (const pattern of ['steady', 'bursty', 'weekday', 'night-owl', 'silent'] as const) {
      const one = meter({ pattern, perHour: 0.6 })
      for (let hour = 0; hour < 24 * 15; hour += 1) {
        const used = one.window('5h', hoursIn(hour)).usedRatio
        expect(used).toBeGreaterThanOrEqual(0)
        expect(used).toBeLessThanOrEqual(1)
      }
    }
  })

  it('knows weekends, nights and silence', () => {
    const saturday = hoursIn(5 * 24)
    const spent = (pattern: Pattern, from: EpochMs, hours: number): number => {
      const one = meter({ pattern, perHour: 0.05 })
      return one.total(epochMs(from + hours * HOUR_MS)) - one.total(from)
    }
    expect(spent('weekday', START, 24)).toBeGreaterThan(5 * spent('weekday', saturday, 24))
    expect(spent('night-owl', hoursIn(20), 4)).toBeGreaterThan(5 * spent('night-owl', hoursIn(10), 4))
    expect(spent('silent', START, 7 * 24)).toBe(0)
  })

  it('can be set by hand and goes on from there', () => {
    const set = meter({ pattern: 'silent' })
    set.setUsed('5h', 0.8, hoursIn(1))
    expect(set.window('5h', hoursIn(1)).usedRatio).toBe(0.8)
    expect(set.window('5h', hoursIn(5)).usedRatio).toBe(0)
    expect(() => set.setUsed('hourly', 0.5, hoursIn(1))).toThrow('no window hourly')
  })

  it('counts a soft window beyond full, by calendar months', () => {
    const soft = createMeter({
      windows: [{ key: 'month', length: 'month', capacity: 1, soft: true }],
      unitsPerHour: 0.1,
      pattern: 'steady',
      seed: 3,
      startAt: START,
      startUsed: { month: 0.9 },
    })
    const end = soft.window('month', epochMs(START + 3 * DAY_MS))
    expect(end.usedRatio).toBeGreaterThan(1)
    expect(end.resetsAt).toBe(Date.UTC(2026, 11, 1))
    expect(soft.window('month', epochMs(Date.UTC(2026, 11, 1))).usedRatio).toBe(0)
  })
})
