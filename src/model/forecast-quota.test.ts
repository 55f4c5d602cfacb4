import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import type { UsagePoint } from './burn.ts'
import { type ForecastInput, forecastQuota, predictQuota } from './forecast-quota.ts'
import { learnUsage } from './forecast-rhythm.ts'
import type { Prediction } from './forecast-score.ts'
import { DAY_MS, fromIso, HOUR_MS, MINUTE_MS, plusMs, toIso } from './time.ts'

/** Half of a five-hour window has gone by, and `used` of the limit, evenly. */
function halfway(used: number, facts: Partial<ForecastInput> = {}): ForecastInput {
  const points = Array.from({ length: 31 }, (_, index) => ({
    at: plusMs(NOW, (index - 30) * 5 * MINUTE_MS),
    usedRatio: (used * index) / 30,
  }))
  return {
    account: 'claude/ada',
    quota: 'session',
    window: { startsAt: plusMs(NOW, -2.5 * HOUR_MS), resetsAt: plusMs(NOW, 2.5 * HOUR_MS) },
    points,
    learned: null,
    past: [],
    now: NOW,
    ...facts,
  }
}

describe('forecastQuota', () => {
  it('says when a heavy burn runs out: in the middle of an interval, before the reset, likely', () => {
    const forecast = forecastQuota(halfway(0.8))
    expect(forecast).toMatchObject({ account: 'claude/ada', quota: 'session', model: 'linear', score: null })
    expect(forecast?.pace).toEqual({ deltaRatio: -0.3, word: 'in_deficit' })
    expect(forecast?.probabilityBeforeReset).toBeGreaterThan(0.9)
    const [low, middle, high] = [forecast?.exhaustsAtLow, forecast?.exhaustsAt, forecast?.exhaustsAtHigh].map((text) =>
      fromIso(text),
    )
    // 0.32 an hour with 0.2 left: after about 38 minutes.
    expect(((middle ?? NOW) - NOW) / MINUTE_MS).toBeGreaterThan(25)
    expect(((middle ?? NOW) - NOW) / MINUTE_MS).toBeLessThan(50)
    expect(low).toBeLessThan(middle ?? 0)
    expect(high).toBeGreaterThan(middle ?? 0)
  })

  it('names no instant for what lasts until its reset', () => {
    const forecast = forecastQuota(halfway(0.2))
    expect(forecast?.probabilityBeforeReset).toBeLessThan(0.05)
    expect(forecast).toMatchObject({ exhaustsAt: null, exhaustsAtLow: null, exhaustsAtHigh: null })
    expect(forecast?.burnPerHourRatio).toBeCloseTo(0.08, 1)
    expect(forecast?.pace?.word).toBe('in_reserve')
  })

  it('names the earliest instant alone where it may run out but rather lasts', () => {
    const forecast = forecastQuota(halfway(0.46))
    expect(forecast?.probabilityBeforeReset).toBeGreaterThan(0.1)
    expect(forecast?.probabilityBeforeReset).toBeLessThan(0.5)
    expect(forecast?.exhaustsAtLow).not.toBeNull()
    expect(forecast).toMatchObject({ exhaustsAt: null, exhaustsAtHigh: null })
  })

  it('knows since when a spent quota is spent', () => {
    const { points } = halfway(1)
    const stuck = [...points.slice(0, 20), ...points.slice(20).map((point) => ({ ...point, usedRatio: 1 }))]
    const forecast = forecastQuota(halfway(1, { points: stuck }))
    const since = toIso(plusMs(NOW, -50 * MINUTE_MS))
    expect(forecast).toMatchObject({ exhaustsAt: since, exhaustsAtLow: since, probabilityBeforeReset: 1 })
  })

  it.each([
    ['without any value', { points: [] }],
    ['when no share is known', { points: [{ at: NOW, usedRatio: null }] }],
    ['once the window has ended', { now: plusMs(NOW, 3 * HOUR_MS) }],
    [
      'while the newest value is from the window before',
      { points: [{ at: plusMs(NOW, -3 * HOUR_MS), usedRatio: 0.9 }] },
    ],
    [
      'in the first minutes of a window',
      { window: { startsAt: plusMs(NOW, -MINUTE_MS), resetsAt: plusMs(NOW, HOUR_MS) } },
    ],
  ])('is null %s', (_, facts) => {
    expect(forecastQuota(halfway(0.5, facts))).toBeNull()
    expect(predictQuota(halfway(0.5, facts))).toEqual([])
  })

  it('without a reset has no chance, no pace, and looks three months ahead at most', () => {
    const forecast = forecastQuota(halfway(0.5, { window: { startsAt: null, resetsAt: null } }))
    expect(forecast).toMatchObject({ probabilityBeforeReset: null, pace: null })
    expect(fromIso(forecast?.exhaustsAt)).toBeLessThan(plusMs(NOW, 6 * HOUR_MS))
    expect(predictQuota(halfway(0.5, { window: { startsAt: null, resetsAt: null } }))).toEqual([])
  })

  it('uses a learned rhythm once it has beaten the linear model here, and then shows its score', () => {
    const weeks: UsagePoint[] = Array.from({ length: 6 * 168 }, (_, hour) => {
      const inWindow = hour % 168
      return { at: plusMs(NOW, (hour - 6 * 168) * HOUR_MS), usedRatio: inWindow * 0.001 }
    })
    const learned = learnUsage(weeks, NOW)
    const past = (['linear', 'rhythm'] as const).flatMap((model) =>
      Array.from({ length: 15 }, (_, index): Prediction => {
        const madeAt = plusMs(NOW, (index - 60) * DAY_MS)
        const horizon = plusMs(madeAt, DAY_MS)
        const probability = model === 'linear' ? 0.4 : 0.1
        const outcome = { ranOut: false, usedRatio: 0.2 }
        return { account: 'a', quota: 'q', model, madeAt, horizon, usedRatio: 0, probability, low: 0, high: 1, outcome }
      }),
    )
    expect(forecastQuota(halfway(0.5, { learned }))?.model).toBe('linear')
    const forecast = forecastQuota(halfway(0.5, { learned, past }))
    expect(forecast).toMatchObject({ model: 'rhythm', score: 0.01 })
    // It may speak in the first minute, when the linear one still learns.
    const young = { startsAt: plusMs(NOW, -MINUTE_MS), resetsAt: plusMs(NOW, 5 * HOUR_MS) }
    expect(forecastQuota(halfway(0.5, { learned, past, window: young }))?.model).toBe('rhythm')
    expect(forecastQuota(halfway(0.5, { learned, window: young }))).toBeNull()
  })

  it('keeps its promises for any values and any clock', () => {
    const points = fc.array(
      fc.record({
        at: fc.integer({ min: -600, max: 600 }).map((minutes) => plusMs(NOW, minutes * MINUTE_MS)),
        usedRatio: fc.option(fc.double({ min: 0, max: 1.5, noNaN: true })),
      }),
      { maxLength: 30 },
    )
    const minutes = fc.option(fc.integer({ min: -700, max: 700 }))
    fc.assert(
      fc.property(points, minutes, minutes, (some, starts, resets) => {
        const instant = (value: number | null) => (value === null ? null : plusMs(NOW, value * MINUTE_MS))
        const window = { startsAt: instant(starts), resetsAt: instant(resets) }
        const forecast = forecastQuota(halfway(0, { points: some, window }))
        if (forecast === null) return
        const probability = forecast.probabilityBeforeReset ?? 0
        expect(probability >= 0 && probability <= 1).toBe(true)
        expect(forecast.burnPerHourRatio).toBeGreaterThanOrEqual(0)
        const ends = [forecast.exhaustsAtLow, forecast.exhaustsAt, forecast.exhaustsAtHigh].map((text) => {
          return fromIso(text) ?? Number.POSITIVE_INFINITY
        })
        expect(ends).toEqual([...ends].sort((a, b) => a - b))
        if (window.resetsAt !== null && forecast.exhaustsAt !== null) {
          expect(ends[1]).toBeLessThanOrEqual(window.resetsAt + 500)
          expect(probability).toBeGreaterThanOrEqual(0.5)
        }
      }),
    )
  })
})

describe('predictQuota', () => {
  it('says what every model that can speak thinks, also those not shown', () => {
    const [linear, ...others] = predictQuota(halfway(0.8))
    expect(others).toEqual([])
    expect(linear).toMatchObject({ model: 'linear', madeAt: NOW, horizon: plusMs(NOW, 2.5 * HOUR_MS), usedRatio: 0.8 })
    expect(linear?.probability).toBe(forecastQuota(halfway(0.8))?.probabilityBeforeReset)
    expect(linear?.low).toBeGreaterThan(0.8)
    expect(linear?.high).toBeGreaterThan(1)
    expect(linear?.outcome).toBeNull()
  })

  it('begins the interval at what is used where nothing more may be burned', () => {
    const [linear] = predictQuota(halfway(0))
    expect(linear?.low).toBe(0)
    expect(linear?.high).toBeLessThan(0.3)
  })

  it('predicts nothing about what is spent already', () => {
    expect(predictQuota(halfway(1))).toEqual([])
  })
})
