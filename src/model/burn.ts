import { type EpochMs, epochMs, HOUR_MS, MINUTE_MS } from './time.ts'

/** One known value of a quota. Null: not reported then. A `SeriesPoint` is one. */
export interface UsagePoint {
  readonly at: EpochMs
  readonly usedRatio: number | null
}

/** Burn per hour, as a share of the limit, over the last quarter hour, hour, six hours, and the present cycle. */
export interface BurnRates {
  readonly quarterHour: number | null
  readonly hour: number | null
  readonly sixHours: number | null
  readonly cycle: number | null
}

/** What was burned between two successive values, and whether that can be known at all. */
interface BurnStretch {
  readonly from: EpochMs
  readonly until: EpochMs
  /** Share of the limit; 0 or more. */
  readonly burned: number
}

/** Without a value for longer than this (samples come each hour at least), nobody knows when a rise happened. */
const LONGEST_GAP_MS = 3 * HOUR_MS
/** Ratios have nine decimals; less than this is float noise. */
const NOISE = 1e-9
/** A fall to less than this, or by more than that, is a fresh window: what stands there was burned in it. */
const FRESH_RATIO = 0.1
const COLLAPSE_RATIO = 0.4

/**
 * The values in their order up to `now`: unknown ones are left out, and so are those that a clock which went back or
 * ahead has put out of order. Rates made of them are never negative.
 */
export function orderedPoints(points: readonly UsagePoint[], now: EpochMs): readonly KnownPoint[] {
  const ordered: KnownPoint[] = []
  let last = Number.NEGATIVE_INFINITY
  for (const { at, usedRatio } of points) {
    if (usedRatio === null || !Number.isFinite(usedRatio) || at > now || at <= last) continue
    ordered.push({ at, usedRatio })
    last = at
  }
  return ordered
}

export interface KnownPoint {
  readonly at: EpochMs
  readonly usedRatio: number
}

/**
 * Stretches for which the burn is known. Unknown, hence not among them: gaps, the time at the wall, where nothing
 * could be burned however much was wanted, and what was burned between the last value of a window and its reset.
 */
function knownStretches(points: readonly KnownPoint[]): readonly BurnStretch[] {
  const stretches: BurnStretch[] = []
  let previous: KnownPoint | null = null
  for (const point of points) {
    if (previous !== null && point.at - previous.at <= LONGEST_GAP_MS) {
      const stretch = stretchBetween(previous, point)
      if (stretch !== null) stretches.push(stretch)
    }
    previous = point
  }
  return stretches
}

function stretchBetween(previous: KnownPoint, next: KnownPoint): BurnStretch | null {
  const rise = next.usedRatio - previous.usedRatio
  if (rise > NOISE) return { from: previous.at, until: next.at, burned: rise }
  if (previous.usedRatio >= 1 - NOISE) return null
  if (rise >= -NOISE) return { from: previous.at, until: next.at, burned: 0 }
  const isFresh = next.usedRatio < FRESH_RATIO || -rise >= COLLAPSE_RATIO
  // A rolling window that moved on, or a re-rating: nothing is known to have been burned.
  if (!isFresh) return { from: previous.at, until: next.at, burned: 0 }
  // The window began somewhere between the two: half way is right on average.
  return { from: epochMs((previous.at + next.at) / 2), until: next.at, burned: next.usedRatio }
}

/** What was burned hour by hour; built once, asked often. Hours are counted from the epoch, in UTC. */
export interface BurnTrace {
  /** Hour of the first entry. */
  readonly firstHour: number
  /** Share burned in each hour, over the part of it that is known. */
  readonly burned: Float64Array
  /** Which part of each hour is known, 0..1. */
  readonly known: Float64Array
}

/** The burn of each hour from the first value to `now`; at most two years, so that a broken clock costs no memory. */
export function burnTrace(points: readonly UsagePoint[], now: EpochMs): BurnTrace {
  const ordered = orderedPoints(points, now)
  const lastHour = Math.floor(now / HOUR_MS)
  const first = ordered[0]
  const firstHour = first === undefined ? lastHour : Math.max(Math.floor(first.at / HOUR_MS), lastHour - 17_520)
  const burned = new Float64Array(lastHour - firstHour + 1)
  const known = new Float64Array(lastHour - firstHour + 1)
  for (const stretch of knownStretches(ordered)) {
    const length = stretch.until - stretch.from
    for (let from: number = stretch.from; from < stretch.until; ) {
      const hour = Math.floor(from / HOUR_MS)
      const until = Math.min(stretch.until, (hour + 1) * HOUR_MS)
      const index = hour - firstHour
      if (index >= 0) {
        burned[index] = (burned[index] ?? 0) + (stretch.burned * (until - from)) / length
        known[index] = (known[index] ?? 0) + (until - from) / HOUR_MS
      }
      from = until
    }
  }
  return { firstHour, burned, known }
}

/** What was burned from `from` to `until`, and for how long of that it is known. */
export function burnedDuring(
  points: readonly UsagePoint[],
  from: EpochMs,
  until: EpochMs,
): { readonly burned: number; readonly knownMs: number } {
  let burned = 0
  let knownMs = 0
  for (const stretch of knownStretches(orderedPoints(points, until))) {
    const overlap = stretch.until - Math.max(stretch.from, from)
    if (overlap <= 0) continue
    burned += (stretch.burned * overlap) / (stretch.until - stretch.from)
    knownMs += overlap
  }
  return { burned, knownMs }
}

/** Less than this part of a span known: no rate for it. */
const ENOUGH_KNOWN = 0.5

/**
 * Burn per hour over several spans up to `now`. A span of which less than half is known has no rate. The rate of the
 * cycle counts from `startedAt` (the start of the window) and needs ten minutes of it.
 */
export function burnRates(points: readonly UsagePoint[], now: EpochMs, startedAt: EpochMs | null): BurnRates {
  const rateOver = (spanMs: number): number | null => {
    const { burned, knownMs } = burnedDuring(points, epochMs(now - spanMs), now)
    return knownMs < spanMs * ENOUGH_KNOWN ? null : (burned * HOUR_MS) / knownMs
  }
  return {
    quarterHour: rateOver(15 * MINUTE_MS),
    hour: rateOver(HOUR_MS),
    sixHours: rateOver(6 * HOUR_MS),
    cycle: cycleRate(orderedPoints(points, now), startedAt),
  }
}

function cycleRate(points: readonly KnownPoint[], startedAt: EpochMs | null): number | null {
  const last = points.at(-1)
  if (last === undefined || startedAt === null || last.at - startedAt < 10 * MINUTE_MS) return null
  return (last.usedRatio * HOUR_MS) / (last.at - startedAt)
}
