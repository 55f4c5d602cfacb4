import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import { paceOf, windowSpan } from './pace.ts'
import { DAY_MS, epochMs, HOUR_MS, plusMs } from './time.ts'

describe('paceOf', () => {
  const halfway = { startsAt: plusMs(NOW, -5 * HOUR_MS), resetsAt: plusMs(NOW, 5 * HOUR_MS) }

  it.each([
    [0.38, 0.12, 'in_reserve'],
    [0.58, -0.08, 'in_deficit'],
    [0.52, -0.02, 'on_pace'],
    [0.47, 0.03, 'on_pace'],
    [1.5, -1, 'in_deficit'],
  ])('compares %f used at half time with an even burn', (used, deltaRatio, word) => {
    expect(paceOf(used, halfway, NOW)).toEqual({ deltaRatio, word })
  })

  it('is silent in the first 3 % of a window, after it, before it, and about what is not known', () => {
    const week = { startsAt: plusMs(NOW, -5 * HOUR_MS), resetsAt: plusMs(NOW, 7 * DAY_MS - 5 * HOUR_MS) }
    expect(paceOf(0.5, week, NOW)).toBeNull()
    expect(paceOf(0.5, halfway, halfway.resetsAt)).toBeNull()
    expect(paceOf(0.5, halfway, plusMs(NOW, -6 * HOUR_MS))).toBeNull()
    expect(paceOf(null, halfway, NOW)).toBeNull()
    expect(paceOf(0.5, { ...halfway, startsAt: null }, NOW)).toBeNull()
    expect(paceOf(0.5, { ...halfway, resetsAt: null }, NOW)).toBeNull()
  })
})

describe('any window', () => {
  const instant = fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }).map((ms) => plusMs(NOW, ms))
  const maybe = fc.option(instant, { nil: null })
  const share = fc.option(fc.double({ min: 0, max: 3, noNaN: true }), { nil: null })

  it('of no length, ended, or turned round gives a finite pace or none (T09)', () => {
    fc.assert(
      fc.property(share, maybe, maybe, instant, (used, startsAt, resetsAt, now) => {
        const pace = paceOf(used, { startsAt, resetsAt }, now)
        if (pace === null) return
        expect(Number.isFinite(pace.deltaRatio)).toBe(true)
        expect(startsAt !== null && resetsAt !== null && startsAt <= now && now < resetsAt).toBe(true)
      }),
    )
    for (const length of [0, 1, 1_000, -DAY_MS]) {
      expect(paceOf(0.5, { startsAt: NOW, resetsAt: plusMs(NOW, length) }, NOW)).toBeNull()
    }
  })

  it('of a month is known to its last minute, and silent from its end on (T09)', () => {
    const month = { startsAt: epochMs(Date.UTC(2028, 1, 1)), resetsAt: epochMs(Date.UTC(2028, 2, 1)) }
    const last = paceOf(1, month, plusMs(month.resetsAt, -1))
    expect(last?.word).toBe('on_pace')
    expect(last?.deltaRatio).toBeCloseTo(0)
    expect(paceOf(1, month, month.resetsAt)).toBeNull()
  })
})

describe('windowSpan', () => {
  const closed = { startedAt: plusMs(NOW, -9 * DAY_MS), endedAt: plusMs(NOW, -2 * DAY_MS) }
  const open = { startedAt: plusMs(NOW, -2 * DAY_MS), endedAt: null }
  const resetsAt = plusMs(NOW, 5 * DAY_MS)

  it('believes the length that the service names', () => {
    expect(windowSpan({ resetsAt, windowSeconds: 18_000 }, [open, closed]).startsAt).toBe(
      plusMs(resetsAt, -5 * HOUR_MS),
    )
  })

  it('else begins where the cycle before ended: a month has its true length (T08)', () => {
    const march = epochMs(Date.UTC(2027, 2, 1))
    const april = epochMs(Date.UTC(2027, 3, 1))
    const february = { startedAt: epochMs(Date.UTC(2027, 1, 1)), endedAt: march }
    const span = windowSpan({ resetsAt: april, windowSeconds: null }, [{ startedAt: march, endedAt: null }, february])
    expect(span).toEqual({ startsAt: march, resetsAt: april })
    expect(paceOf(15.5 / 31, span, epochMs(march + 15.5 * DAY_MS))).toEqual({ deltaRatio: 0, word: 'on_pace' })
  })

  it('does not take the moment we began to look for the start of a window', () => {
    expect(windowSpan({ resetsAt, windowSeconds: null }, [open]).startsAt).toBeNull()
    expect(windowSpan({ resetsAt, windowSeconds: null }, []).startsAt).toBeNull()
  })
})
