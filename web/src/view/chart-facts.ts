import {
  type EpochMs,
  type Forecast,
  fromIso,
  landingRatio,
  type PointDocument,
  pointValue,
  type QuotaDocument,
} from '../../../src/model/index.ts'
import type { Range } from './ranges.ts'

/** What one chart draws. Times are unix seconds, as uPlot wants them; everything else is milliseconds. */
export interface ChartFacts {
  readonly from: number
  readonly until: number
  readonly now: EpochMs
  readonly times: readonly number[]
  /** Null: not known then; drawn as a gap. */
  readonly values: readonly (number | null)[]
  readonly resets: readonly number[]
  readonly alerts: readonly number[]
  /** False: amounts, whose axis has no end. */
  readonly isShare: boolean
  readonly isLeft: boolean
  readonly quota: QuotaDocument | null
}

export interface ChartInput {
  readonly points: readonly PointDocument[]
  readonly quota: QuotaDocument | null
  readonly range: Range
  readonly now: EpochMs
  readonly figure: 'left' | 'used'
  readonly alerts: readonly string[]
}

/** How far the forecast may reach into a chart, as a part of its range. */
const AHEAD = 1 / 3
const SHORTEST_MS = 5 * 60_000

export function chartFacts({ points, quota, range, now, figure, alerts }: ChartInput): ChartFacts {
  const isShare = points.some((point) => point.usedRatio !== null) || points.length === 0
  const isLeft = isShare && figure === 'left'
  const times: number[] = []
  const values: (number | null)[] = []
  const resets: number[] = []
  for (const point of points) {
    const at = fromIso(point.at)
    if (at === null) continue
    if (point.reset) resets.push(at)
    times.push(at / 1000)
    values.push(shown(isShare ? point.usedRatio : pointValue(point), isLeft))
  }
  // A value holds until the next one is read; the last one holds until now.
  const last = values.at(-1)
  if (last !== undefined && (times.at(-1) ?? 0) * 1000 < now) {
    times.push(now / 1000)
    values.push(last)
  }
  const resetsAt = quota?.forecast === null ? null : fromIso(quota?.resetsAt ?? null)
  const until = resetsAt === null ? now : Math.min(resetsAt, now + range.ms * AHEAD)
  return {
    from: Math.max(now - range.ms, startOf(times, now)),
    until: Math.max(now, until),
    now,
    times,
    values,
    resets,
    alerts: alerts.map(fromIso).filter((at) => at !== null),
    isShare,
    isLeft,
    quota,
  }
}

/** While there is little history the chart begins with it, instead of being an empty field with a line at its end. */
function startOf(times: readonly number[], now: EpochMs): number {
  const first = (times[0] ?? 0) * 1000
  return first === 0 ? 0 : Math.min(first, now - SHORTEST_MS)
}

function shown(value: number | null, isLeft: boolean): number | null {
  return value === null || !isLeft ? value : Math.max(0, 1 - value)
}

interface Spot {
  readonly at: number
  readonly value: number
}

/** Where the present window may end: nine times in ten between `fast` and `slow`. */
export interface Cone {
  readonly start: Spot
  readonly middle: Spot
  readonly fast: Spot
  /** Where the wall meets the reset, when `fast` reaches the wall before it. */
  readonly corner: Spot | null
  readonly slow: Spot
}

/** Null without a forecast, or when its reset has passed. */
export function coneOf({ quota, now, isLeft, isShare }: ChartFacts): Cone | null {
  const forecast: Forecast | null = quota?.forecast ?? null
  const resetsAt = fromIso(quota?.resetsAt ?? null)
  if (quota === null || forecast === null || resetsAt === null || resetsAt <= now || !isShare) return null
  const used = quota.usedRatio
  const landing = landingRatio(quota, now)
  if (used === null || landing === null) return null
  const spot = (at: number, value: number): Spot => ({ at, value: shown(Math.min(1, value), isLeft) ?? 0 })
  const wall = (iso: string | null, otherwise: number): Spot => {
    const at = fromIso(iso)
    return at !== null && at < resetsAt ? spot(at, 1) : spot(resetsAt, otherwise)
  }
  const fast = wall(forecast.exhaustsAtLow, landing)
  return {
    start: spot(now, used),
    middle: wall(forecast.exhaustsAt, landing),
    fast,
    corner: fast.at < resetsAt ? spot(fromIso(forecast.exhaustsAtHigh) ?? resetsAt, 1) : null,
    // The slow end is only known where it still reaches the wall; else a rest from now on is the least there can be.
    slow: wall(forecast.exhaustsAtHigh, used),
  }
}

/** Alerts at the height of the line at that moment. */
export function marksOn({ alerts, times, values, from }: ChartFacts): readonly Spot[] {
  return alerts.flatMap((at) => {
    if (at < from) return []
    const index = times.findLastIndex((time) => time * 1000 <= at)
    const value = values[index]
    return value === null || value === undefined ? [] : [{ at, value }]
  })
}
