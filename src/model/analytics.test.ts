import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import {
  burnByDay,
  compareAccounts,
  heatMap,
  type PastCycle,
  planFits,
  smallestFit,
  summarizeCycles,
} from './analytics.ts'
import type { UsagePoint } from './burn.ts'
import { DAY_MS, epochMs, HOUR_MS, plusMs } from './time.ts'

const UTC = () => 0
/** A zone that is an hour ahead until its summer ends on 25 October 2026, 01:00 UTC, counted from two. */
const BERLIN = (at: number) => (at < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * HOUR_MS

/** Monday 16 November 2026, 00:00 UTC. */
const MONDAY = epochMs(Date.UTC(2026, 10, 16))

/** A value each hour; the hour from nine to ten burns 0.1. */
function mornings(days: number, from = MONDAY): readonly UsagePoint[] {
  return Array.from({ length: days * 24 + 1 }, (_, hour) => ({
    at: plusMs(from, hour * HOUR_MS),
    usedRatio: 0.1 * Math.floor((hour + 14) / 24),
  }))
}

describe('heatMap', () => {
  it('shows which hours of the week are used, from Monday on', () => {
    const cells = heatMap(mornings(6), NOW, UTC)
    expect(cells).toHaveLength(168)
    expect(cells[9]).toEqual({ weekday: 0, hour: 9, burnedRatio: 0.1, seenHours: 1 })
    expect(cells[10]).toMatchObject({ hour: 10, burnedRatio: 0 })
    expect(cells[5 * 24 + 9]).toMatchObject({ weekday: 5, hour: 9, burnedRatio: 0.1 })
  })

  it('does not take what was never seen for unused', () => {
    expect(heatMap(mornings(2), NOW, UTC)[6 * 24]).toMatchObject({ weekday: 6, burnedRatio: null, seenHours: 0 })
  })

  it('is in the hours of the reader, across a change of summer time', () => {
    const autumn = mornings(14, epochMs(Date.UTC(2026, 9, 19)))
    const monday = heatMap(autumn, NOW, BERLIN).filter((cell) => cell.weekday === 0)
    expect(monday[11]?.burnedRatio).toBeGreaterThan(0)
    expect(monday[10]?.burnedRatio).toBeGreaterThan(0)
    expect(monday[9]?.burnedRatio).toBe(0)
  })
})

describe('burnByDay', () => {
  it('sums over resets, by the days of the reader', () => {
    const points = [0.5, 0.9, 0.05, 0.25].map((usedRatio, index) => ({
      at: plusMs(MONDAY, (21 + index) * HOUR_MS),
      usedRatio,
    }))
    expect(burnByDay(points, NOW, UTC)).toEqual([{ day: '2026-11-16', burnedRatio: 0.65, seenHours: 2.5 }])
    expect(burnByDay(points, NOW, BERLIN)).toEqual([
      { day: '2026-11-16', burnedRatio: 0.45, seenHours: 1.5 },
      { day: '2026-11-17', burnedRatio: 0.2, seenHours: 1 },
    ])
  })

  it('leaves out days of which nothing is known', () => {
    const points = [...mornings(1), ...mornings(1, plusMs(MONDAY, 3 * DAY_MS))]
    expect(burnByDay(points, NOW, UTC).map((entry) => entry.day)).toEqual(['2026-11-16', '2026-11-19'])
    expect(burnByDay([], NOW, UTC)).toEqual([])
  })
})

function cycle(peakUsedRatio: number | null, facts: Partial<PastCycle> = {}): PastCycle {
  return {
    startedAt: plusMs(NOW, -7 * DAY_MS),
    endedAt: NOW,
    peakUsedRatio,
    endUsedRatio: peakUsedRatio,
    exhaustedSeconds: (peakUsedRatio ?? 0) >= 1 ? 7_200 : 0,
    ended: 'reset',
    ...facts,
  }
}

describe('summarizeCycles', () => {
  it('says what was lost at resets and how often the wall was hit', () => {
    expect(summarizeCycles([cycle(0.6), cycle(1), cycle(0.8), cycle(1.2)])).toEqual({
      cycles: 4,
      wastedRatio: 0.15,
      wallRatio: 0.5,
      meanExhaustedSeconds: 7_200,
      meanPeakRatio: 0.9,
    })
  })

  it('leaves out the present cycle, withdrawn ones and unknown ones', () => {
    const open = cycle(0.2, { endedAt: null, ended: null })
    expect(summarizeCycles([open, cycle(0.1, { ended: 'withdrawn' }), cycle(null)])).toBeNull()
    expect(summarizeCycles([open, cycle(0.6)])).toMatchObject({ cycles: 1, meanExhaustedSeconds: null })
  })
})

describe('compareAccounts', () => {
  it('puts those at the wall first, then those that waste least, and leaves out who has no past', () => {
    const past = (account: string, ...peaks: readonly number[]) => ({
      account,
      quota: 'weekly',
      summary: summarizeCycles(peaks.map((peak) => cycle(peak))),
    })
    const order = compareAccounts([past('idle', 0.1, 0.2), past('wall', 1, 0.7), past('new'), past('fits', 0.8, 0.9)])
    expect(order.map((one) => one.account)).toEqual(['wall', 'fits', 'idle'])
  })
})

describe('planFits', () => {
  const plans = [
    { plan: 'Max 20x', times: 4 },
    { plan: 'Pro', times: 0.2 },
    { plan: 'Max 5x', times: 1 },
  ]

  it('tells certain fits from cycles whose wish was cut by the wall', () => {
    const fits = planFits([cycle(0.1), cycle(0.6), cycle(1), cycle(0.9)], plans)
    expect(fits).toEqual([
      { plan: 'Pro', times: 0.2, fitsRatio: 0.25, maybeRatio: 0, wastedRatio: 0.5 },
      { plan: 'Max 5x', times: 1, fitsRatio: 0.75, maybeRatio: 0, wastedRatio: 0.466666667 },
      { plan: 'Max 20x', times: 4, fitsRatio: 0.75, maybeRatio: 0.25, wastedRatio: 0.866666667 },
    ])
    expect(smallestFit(fits ?? [], 0.7)?.plan).toBe('Max 5x')
    expect(smallestFit(fits ?? [], 0.9)).toBeNull()
  })

  it('knows what was wanted where use went on beyond the limit', () => {
    const fits = planFits([cycle(1.5)], plans)
    expect(fits?.map((fit) => fit.fitsRatio)).toEqual([0, 0, 1])
  })

  it('says nothing without a past', () => {
    expect(planFits([], plans)).toBeNull()
  })
})
