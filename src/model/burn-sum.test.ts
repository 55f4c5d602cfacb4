import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import type { UsagePoint } from './burn.ts'
import { sumBurn } from './burn-sum.ts'
import { epochMs, HOUR_MS, plusMs } from './time.ts'

/** An hour ahead of its winter until 25 October 2026, 01:00 UTC. */
const BERLIN = (at: number) => (at < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * HOUR_MS
/** Mondays, 00:00 UTC: the last one in summer time, and the first one after it. */
const SUMMER = epochMs(Date.UTC(2026, 9, 19))
const WINTER = epochMs(Date.UTC(2026, 9, 26))

/** A value each hour for seven days; the hour from nine to ten UTC burns `share`. */
function week(from: number, share: number): readonly UsagePoint[] {
  return Array.from({ length: 7 * 24 + 1 }, (_, hour) => ({
    at: plusMs(epochMs(from), hour * HOUR_MS),
    usedRatio: share * Math.floor((hour + 14) / 24),
  }))
}

describe('sumBurn', () => {
  it('adds the means of quotas by the hours of the reader, across a change of summer time', () => {
    const sum = sumBurn(NOW, BERLIN)
    sum.add([...week(SUMMER, 0.1).slice(0, -1), ...week(WINTER, 0.1)])
    sum.add(week(WINTER, 0.02))
    const monday = sum.hours().filter(({ weekday }) => weekday === 0)
    // 09:00 UTC is eleven in summer, ten in winter. The first quota was seen on both Mondays, the second on one.
    expect(monday[11]).toEqual({ weekday: 0, hour: 11, burnedWindows: 0.05, seenQuotas: 2 })
    expect(monday[10]).toEqual({ weekday: 0, hour: 10, burnedWindows: 0.07, seenQuotas: 2 })
    expect(monday[12]).toMatchObject({ burnedWindows: 0, seenQuotas: 2 })
  })

  it('adds what was burned day by day, and says how many quotas were seen', () => {
    const sum = sumBurn(NOW, BERLIN)
    sum.add(week(SUMMER, 0.1))
    sum.add(week(SUMMER, 0.05).slice(0, 4 * 24))
    const days = sum.days()
    expect(days[0]).toEqual({ day: '2026-10-19', burnedWindows: 0.15, seenQuotas: 2 })
    // The night of the change: the day has 25 hours and the same burn.
    expect(days[6]).toEqual({ day: '2026-10-25', burnedWindows: 0.1, seenQuotas: 1 })
  })

  it('is unknown, not 0, where no quota was seen', () => {
    const sum = sumBurn(NOW, BERLIN)
    expect(sum.days()).toEqual([])
    sum.add(week(SUMMER, 0.1).slice(0, 5))
    expect(sum.hours()).toHaveLength(168)
    expect(sum.hours()[100]).toMatchObject({ weekday: 4, hour: 4, burnedWindows: null, seenQuotas: 0 })
  })
})
