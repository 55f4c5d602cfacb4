import {
  DAY_MS,
  downsample,
  type EpochMs,
  epochMs,
  type Rollup,
  type RollupSpan,
  roundRatio,
  type SeriesPoint,
} from '../model/index.ts'
import type { Database, Value } from './database.ts'
import { BUCKET_COLUMNS, type Bucket, decodeBucket, type Extreme, MEASURES, SPANS } from './rollup.ts'
import { decodeSample, SAMPLE_COLUMNS, type StoredSample } from './sample-row.ts'
import type { CycleRow } from './writes.ts'

/** Up to so many stored samples are read one by one; a longer stretch is read from roll-ups. */
const RAW_LIMIT = 4_000
/** What is not rolled up yet is little; a bound for when upkeep never ran. */
const TAIL_LIMIT = 50_000
/** Longer ranges are read from days instead of hours. */
const HOURS_UP_TO_MS = 120 * DAY_MS

export interface RangeQuery {
  readonly series: number
  readonly since: number
  readonly until: number
  readonly points: number
  /** Default: 4,000. 0: roll-ups alone, and what is not rolled up yet. */
  readonly rawLimit?: number
}

/** Points of one series, oldest first, reduced; `waiting` is what is not in the file yet. */
export function pointsOf(
  db: Database | null,
  query: RangeQuery,
  waiting: { readonly samples: readonly StoredSample[]; readonly cycles: ReadonlyMap<number, CycleRow> },
): readonly SeriesPoint[] {
  const stored = db === null ? [] : storedPoints(db, query)
  const fresh = waiting.samples.filter((sample) => inRange(sample.at, query)).map(samplePoint)
  const resets = db === null ? [] : resetInstants(db, query)
  for (const { closed } of waiting.cycles.values()) {
    if (closed !== null && closed.ended !== 'withdrawn' && inRange(closed.endedAt, query)) resets.push(closed.endedAt)
  }
  return downsample(markResets([...stored, ...fresh], resets), query.points)
}

function inRange(at: number, query: Pick<RangeQuery, 'since' | 'until'>): boolean {
  return at >= query.since && at <= query.until
}

function storedPoints(db: Database, query: RangeQuery): SeriesPoint[] {
  const rawLimit = query.rawLimit ?? RAW_LIMIT
  const meta = db.get('SELECT max_skew, rolled_seq FROM series WHERE id = ?', query.series)
  if (meta === undefined) return []
  const bounds = { maxSkew: Number(meta['max_skew']), rolledSeq: Number(meta['rolled_seq']) }
  // A sample's seq is never below its time, so `since` bounds seq from below and `until` plus the skew from above.
  const range: [number, number, number] = [query.series, query.since, query.until + bounds.maxSkew]
  const many = db.get(
    'SELECT 1 FROM samples WHERE series = ? AND seq >= ? AND seq <= ? LIMIT 1 OFFSET ?',
    ...range,
    rawLimit,
  )
  if (many === undefined) {
    const raw = rawPoints(db, query, range, rawLimit)
    const oldest = oldestSampleAt(db, query.series)
    if (oldest !== null && oldest <= query.since) return raw
    const end = Math.min(query.until, (oldest ?? query.until + 1) - 1)
    return [...rolledPoints(db, query, end), ...raw]
  }
  const tail = rawPoints(db, query, [query.series, Math.max(query.since, bounds.rolledSeq), range[2]], TAIL_LIMIT)
  const end = Math.min(query.until, (tail[0]?.at ?? query.until + 1) - 1)
  return [...rolledPoints(db, query, end), ...tail]
}

function rawPoints(
  db: Database,
  query: RangeQuery,
  range: readonly [number, number, number],
  limit: number,
): SeriesPoint[] {
  return db
    .arrays(
      `SELECT ${SAMPLE_COLUMNS} FROM samples WHERE series = ? AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ?`,
      ...range,
      limit,
    )
    .map((row) => decodeSample(query.series, row))
    .filter((sample) => sample !== null && inRange(sample.at, query))
    .map((sample) => samplePoint(sample as StoredSample))
    .reverse()
}

function oldestSampleAt(db: Database, series: number): number | null {
  const seq = db.get('SELECT min(seq) AS seq FROM samples WHERE series = ?', series)?.['seq']
  return typeof seq === 'number' ? seq : null
}

function samplePoint(sample: StoredSample): SeriesPoint {
  const { used, limit, remaining, usedRatio, remainingRatio } = sample.facts
  return { at: sample.at, usedRatio, remainingRatio, used, remaining, limit, reset: false }
}

function rolledPoints(db: Database, query: RangeQuery, end: number): SeriesPoint[] {
  if (end < query.since) return []
  const span: RollupSpan = end - Math.max(query.since, 0) > HOURS_UP_TO_MS ? 'day' : 'hour'
  const points: SeriesPoint[] = []
  for (const bucket of readBuckets(db, query.series, span, { since: query.since, until: end })) {
    for (const point of bucketPoints(bucket)) if (point.at >= query.since && point.at <= end) points.push(point)
  }
  return points
}

/** The lowest, highest and last value of a span, in the order they came. */
function bucketPoints(bucket: Bucket): SeriesPoint[] {
  const distinct = new Map<number, Extreme>()
  for (const extreme of [bucket.min, bucket.max, bucket.last]) distinct.set(extreme.at, extreme)
  return [...distinct.values()].sort((one, other) => one.at - other.at).map((extreme) => extremePoint(bucket, extreme))
}

function extremePoint(bucket: Bucket, extreme: Extreme): SeriesPoint {
  const measure = MEASURES[bucket.measure]
  const usedRatio = measure === 'usedRatio' ? roundRatio(extreme.value) : null
  const used = measure === 'used' ? extreme.value : extreme.amount
  return {
    at: epochMs(extreme.at),
    usedRatio,
    remainingRatio: usedRatio === null ? null : roundRatio(Math.min(1, Math.max(0, 1 - usedRatio))),
    used,
    remaining: measure === 'remaining' ? extreme.value : remainingOf(bucket.limit, used),
    limit: bucket.limit,
    reset: false,
  }
}

function remainingOf(limit: number | null, used: number | null): number | null {
  return limit === null || used === null ? null : limit - used
}

function readBuckets(
  db: Database,
  series: number,
  span: RollupSpan,
  range: { readonly since: number; readonly until: number },
): Bucket[] {
  const { code, ms } = SPANS[span]
  return db
    .arrays(
      `SELECT ${BUCKET_COLUMNS} FROM rollups
       WHERE series = ? AND span = ? AND bucket >= ? AND bucket <= ? ORDER BY bucket, measure`,
      series,
      code,
      Math.floor(range.since / ms),
      Math.floor(range.until / ms),
    )
    .map((row: readonly Value[]) => decodeBucket(row))
    .filter((bucket) => bucket !== null)
}

/** Roll-ups of one series for the outside, oldest first. */
export function rollupsOf(
  db: Database,
  series: number,
  span: RollupSpan,
  range: { readonly since: number; readonly until: number },
): readonly Omit<Rollup, 'account' | 'provider' | 'quota' | 'unit'>[] {
  return readBuckets(db, series, span, range).map((bucket) => ({
    startsAt: epochMs(bucket.startsAt),
    span,
    measure: MEASURES[bucket.measure] ?? 'usedRatio',
    min: bucket.min.value,
    max: bucket.max.value,
    last: bucket.last.value,
    mean: bucket.knownMs === 0 ? null : roundRatio(bucket.mean),
    knownMs: bucket.knownMs,
    count: bucket.count,
  }))
}

function resetInstants(db: Database, query: RangeQuery): EpochMs[] {
  return db
    .arrays(
      `SELECT ended_at FROM cycles WHERE series = ? AND ended_at >= ? AND ended_at <= ? AND ended <> 'withdrawn'
       ORDER BY ended_at`,
      query.series,
      query.since,
      query.until,
    )
    .map(([at]) => epochMs(Number(at)))
}

/** Marks the first point at or after each reset; a reset before the first point marks nothing. */
export function markResets(points: readonly SeriesPoint[], resets: readonly EpochMs[]): readonly SeriesPoint[] {
  let next = 0
  return points.map((point, index) => {
    let reset = false
    for (let at = resets[next]; at !== undefined && at <= point.at; at = resets[next]) {
      reset = index > 0
      next += 1
    }
    return reset ? { ...point, reset } : point
  })
}
