import type { SeriesPoint } from './history.ts'

/** The number a chart of the point shows: used share, else what remains, else what was used. Null: unknown. */
export function pointValue(point: Pick<SeriesPoint, 'usedRatio' | 'remaining' | 'used'>): number | null {
  return point.usedRatio ?? point.remaining ?? point.used
}

/**
 * At most `n` of the points, in their order, so that the first and last one, every reset with the point before it,
 * and the minimum and maximum of every stretch between resets survive; the rest of the room goes to the extremes of
 * even slices. More than `n` come back only when those alone are more.
 */
export function downsample(points: readonly SeriesPoint[], n: number): readonly SeriesPoint[] {
  if (points.length <= n) return points
  const kept = mustKeep(points)
  const room = n - kept.size
  const slices = Math.floor(room / 2)
  for (let slice = 0; slice < slices; slice++) {
    const from = Math.floor((slice * points.length) / slices)
    const to = Math.floor(((slice + 1) * points.length) / slices)
    keepExtremes(points, from, to, kept)
  }
  return points.filter((_, index) => kept.has(index))
}

function mustKeep(points: readonly SeriesPoint[]): Set<number> {
  const kept = new Set<number>([0, points.length - 1])
  let from = 0
  for (let index = 1; index <= points.length; index++) {
    if (index < points.length && points[index]?.reset !== true) continue
    keepExtremes(points, from, index, kept)
    if (index < points.length) kept.add(index - 1).add(index)
    from = index
  }
  return kept
}

/** Adds the first lowest and the first highest point of `from`..`to` (exclusive); a stretch of unknowns adds its first. */
function keepExtremes(points: readonly SeriesPoint[], from: number, to: number, kept: Set<number>): void {
  let low: number | null = null
  let high: number | null = null
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (let index = from; index < to; index++) {
    const point = points[index]
    const value = point === undefined ? null : pointValue(point)
    if (value === null) continue
    if (value < lowest) {
      lowest = value
      low = index
    }
    if (value > highest) {
      highest = value
      high = index
    }
  }
  if (low !== null) kept.add(low)
  if (high !== null) kept.add(high)
  if (low === null && from < to) kept.add(from)
}
