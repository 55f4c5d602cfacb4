import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import type { UsagePoint } from './burn.ts'
import { linearModel } from './forecast-linear.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, plusMs } from './time.ts'

const WINDOW = { startsAt: plusMs(NOW, -2.5 * HOUR_MS), resetsAt: plusMs(NOW, 2.5 * HOUR_MS) }

function evenly(from: number, until: number, last: number): readonly UsagePoint[] {
  return Array.from({ length: 26 }, (_, index) => ({
    at: plusMs(NOW, from + ((until - from) * index) / 25),
    usedRatio: (last * index) / 25,
  }))
}

describe('linearModel', () => {
  it('goes on at the pace of the present cycle', () => {
    const model = linearModel(evenly(-2.5 * HOUR_MS, 0, 0.5), WINDOW, NOW)
    expect(model?.burnedIn(HOUR_MS).mean).toBeCloseTo(0.2, 1)
    expect(model?.burnedIn(2 * HOUR_MS).mean).toBeCloseTo(2 * (model?.burnedIn(HOUR_MS).mean ?? 0))
  })

  it('is surer of an even burn than of one that comes in pieces', () => {
    const jumps = [0, 0, 0.25, 0.25, 0.25, 0.5].map((usedRatio, index) => ({
      at: plusMs(NOW, (index - 5) * 30 * MINUTE_MS),
      usedRatio,
    }))
    const even = linearModel(evenly(-2.5 * HOUR_MS, 0, 0.5), WINDOW, NOW)?.burnedIn(HOUR_MS)
    const uneven = linearModel(jumps, WINDOW, NOW)?.burnedIn(HOUR_MS)
    expect(uneven?.mean).toBeCloseTo(even?.mean ?? 0, 1)
    expect(uneven?.variance).toBeGreaterThan((even?.variance ?? 0) * 1.5)
  })

  it('still learns in the first 3 % of a window, and in its first ten minutes', () => {
    const week = { startsAt: plusMs(NOW, -5 * HOUR_MS), resetsAt: plusMs(NOW, 7 * DAY_MS - 5 * HOUR_MS) }
    expect(linearModel(evenly(-5 * HOUR_MS, 0, 0.3), week, NOW)).toBeNull()
    const session = { startsAt: plusMs(NOW, -9.5 * MINUTE_MS), resetsAt: plusMs(NOW, 290 * MINUTE_MS) }
    expect(linearModel(evenly(-9.5 * MINUTE_MS, 0, 0.3), session, NOW)).toBeNull()
  })

  it('without a start of the window counts since the last fall, from what was there then', () => {
    const points = [
      { at: plusMs(NOW, -5 * HOUR_MS), usedRatio: 0.9 },
      { at: plusMs(NOW, -2 * HOUR_MS), usedRatio: 0.3 },
      { at: NOW, usedRatio: 0.5 },
    ]
    const model = linearModel(points, { startsAt: null, resetsAt: null }, NOW)
    expect(model?.burnedIn(HOUR_MS).mean).toBeCloseTo(0.1)
    const young = linearModel(points.slice(2), { startsAt: null, resetsAt: null }, NOW)
    expect(young).toBeNull()
  })

  it('speaks of nothing when nothing is known', () => {
    expect(linearModel([], WINDOW, NOW)).toBeNull()
    expect(linearModel([{ at: NOW, usedRatio: null }], WINDOW, NOW)).toBeNull()
  })
})
