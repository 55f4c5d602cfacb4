import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { downsample, pointValue } from './downsample.ts'
import type { SeriesPoint } from './history.ts'
import { epochMs } from './time.ts'

const value = fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { freq: 10 })
const points = fc.array(fc.record({ usedRatio: value, reset: fc.boolean() }), { maxLength: 600 }).map((rows) =>
  rows.map(
    (row, index): SeriesPoint => ({
      at: epochMs(index * 1_000),
      remainingRatio: null,
      used: null,
      remaining: null,
      limit: null,
      usedRatio: row.usedRatio,
      reset: row.reset && index % 40 === 7,
    }),
  ),
)

function extremes(all: readonly SeriesPoint[]): readonly (number | null)[] {
  const known = all.map(pointValue).filter((one) => one !== null)
  return known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)]
}

/** Stretches between resets. */
function stretches(all: readonly SeriesPoint[]): SeriesPoint[][] {
  const found: SeriesPoint[][] = [[]]
  for (const point of all) {
    if (point.reset && found.at(-1)?.length !== 0) found.push([])
    found.at(-1)?.push(point)
  }
  return found
}

describe('downsample', () => {
  it('gives back what is few enough as it is', () => {
    fc.assert(
      fc.property(points, (all) => {
        expect(downsample(all, all.length)).toBe(all)
      }),
    )
  })

  it('keeps order, the ends, every reset with the point before it, and the extremes of every stretch', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 300 }), (all, n) => {
        const kept = downsample(all, n)
        const indexes = kept.map((point) => all.indexOf(point))
        expect(indexes).toEqual([...indexes].sort((one, other) => one - other))
        expect(new Set(indexes).size).toBe(kept.length)
        expect(kept.at(0)).toBe(all.at(0))
        expect(kept.at(-1)).toBe(all.at(-1))
        for (const [index, point] of all.entries()) {
          if (!point.reset) continue
          expect(kept).toContain(point)
          if (index > 0) expect(kept).toContain(all[index - 1])
        }
        expect(stretches(kept).map(extremes)).toEqual(stretches(all).map(extremes))
      }),
    )
  })

  it('gives at most n points where the points that must stay allow it', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 100, max: 300 }), (all, n) => {
        expect(downsample(all, n).length).toBeLessThanOrEqual(n)
      }),
    )
  })

  it('uses the room it has: a spike in the middle of a long calm line survives', () => {
    const calm = Array.from(
      { length: 10_000 },
      (_, index): SeriesPoint => ({
        at: epochMs(index),
        usedRatio: index % 1_000 === 500 ? 0.9 : 0.5,
        remainingRatio: null,
        used: null,
        remaining: null,
        limit: null,
        reset: false,
      }),
    )
    const kept = downsample(calm, 100)
    expect(kept.filter((point) => point.usedRatio === 0.9)).toHaveLength(10)
    expect(kept.length).toBeGreaterThan(50)
  })
})
