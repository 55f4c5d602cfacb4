import { describe, expect, it } from 'vitest'
import type { UsagePoint } from './burn.ts'
import { learnedModel, learnUsage } from './forecast-rhythm.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS } from './time.ts'

/** Monday. */
const START = Date.UTC(2026, 0, 5)

/** A value each hour: `perHour` of the hour since the start burns, and every Monday a new window begins. */
function lived(days: number, perHour: (hour: number) => number): readonly UsagePoint[] {
  const points: UsagePoint[] = []
  let used = 0
  for (let hour = 0; hour <= days * 24; hour++) {
    if (hour % 168 === 0) used = 0
    points.push({ at: epochMs(START + hour * HOUR_MS), usedRatio: used })
    used += perHour(hour)
  }
  return points
}

const officeHours = (hour: number): number => {
  const day = Math.floor(hour / 24) % 7
  return day < 5 && hour % 24 >= 9 && hour % 24 < 17 ? 0.01 : 0
}
const at = (days: number, hour = 0): EpochMs => epochMs(START + days * DAY_MS + hour * HOUR_MS)

describe('learnUsage', () => {
  it('learns an average from three days and a rhythm from three weeks, not sooner', () => {
    const learnedAfter = (days: number) => learnUsage(lived(days, officeHours), at(days))
    expect(learnedAfter(2.9)).toMatchObject({ average: null, rhythm: null })
    expect(learnedAfter(4).average).not.toBeNull()
    expect(learnedAfter(18).rhythm).toBeNull()
    expect(learnedAfter(22).rhythm).not.toBeNull()
  })

  it('finds the hours of the week that are worked in', () => {
    const learned = learnUsage(lived(42, officeHours), at(42))
    const hours = learned.rhythm?.hours ?? []
    // Hour 0 of the week is Thursday 00:00, as the epoch was.
    expect(hours[10]).toBeCloseTo(0.01, 2)
    expect(hours[3]).toBeLessThan(0.0005)
    expect(hours[2 * 24 + 10]).toBeLessThan(0.0015)
  })

  it('knows that nothing is burned at the weekend, where the average goes on', () => {
    const points = lived(47, officeHours)
    const saturday = at(47)
    const { rhythm, average } = learnUsage(points, saturday)
    if (rhythm === null || average === null) throw new Error('six weeks are enough')
    const day = points.slice(-25)
    expect(learnedModel('rhythm', rhythm, day, saturday).burnedIn(DAY_MS).mean).toBeLessThan(0.03)
    expect(learnedModel('average', average, day, saturday).burnedIn(DAY_MS).mean).toBeGreaterThan(0.04)
    expect(learnedModel('rhythm', rhythm, day, at(47)).burnedIn(7 * DAY_MS).mean).toBeCloseTo(0.4, 1)
  })

  it('is surer of a habit than of chance', () => {
    const chance = lived(42, (hour) => ((hour * 7_919) % 97 < 5 ? 0.05 : 0))
    const habit = learnUsage(lived(42, officeHours), at(42)).rhythm?.spans ?? []
    const bursts = learnUsage(chance, at(42)).rhythm?.spans ?? []
    expect(habit.length).toBeGreaterThan(4)
    expect(habit[3]?.dispersion).toBeLessThan((bursts[3]?.dispersion ?? 0) / 3)
  })

  it('lets a busy last hour count, where busy hours came together in the past', () => {
    const clustered = lived(42, (hour) => ((Math.floor(hour / 3) * 7_919) % 97 < 20 ? 0.02 : 0))
    const { average } = learnUsage(clustered, at(42))
    if (average === null) throw new Error('six weeks are enough')
    const now = at(42, 10)
    const busy = [0, 0, 0.04].map((usedRatio, index) => ({ at: epochMs(now + (index - 2) * HOUR_MS), usedRatio }))
    const idle = busy.map((point) => ({ ...point, usedRatio: 0 }))
    const mean = (points: readonly UsagePoint[]) => learnedModel('average', average, points, now).burnedIn(HOUR_MS).mean
    expect(mean(busy)).toBeGreaterThan(mean(idle) * 1.5)
  })

  it('does not take hours at the wall or without the machine for hours without work', () => {
    const always = lived(28, () => 0.012)
    const walled = always.map((point) => ({ ...point, usedRatio: Math.min(1, point.usedRatio ?? 0) }))
    const flat = learnUsage(walled, at(28)).average?.hours[0]
    expect(flat).toBeCloseTo(0.012, 3)
    const asleep = always.filter((_, hour) => hour % 24 < 12)
    expect(learnUsage(asleep, at(28)).average?.hours[0]).toBeCloseTo(0.012, 4)
  })

  it('expects next to nothing of a quota that was never used, but not nothing at all', () => {
    const { rhythm } = learnUsage(
      lived(28, () => 0),
      at(28),
    )
    if (rhythm === null) throw new Error('four weeks are enough')
    const burn = learnedModel('rhythm', rhythm, [], at(28)).burnedIn(7 * DAY_MS)
    expect(burn.mean).toBeGreaterThan(0)
    expect(burn.mean).toBeLessThan(0.01)
  })

  it('answers an empty past', () => {
    expect(learnUsage([], at(0))).toMatchObject({ knownHours: 0, average: null, rhythm: null })
  })
})
