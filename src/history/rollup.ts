import { DAY_MS, HOUR_MS, pointValue, type RollupSpan } from '../model/index.ts'
import type { Database, Row, Value } from './database.ts'
import { decodeSample, SAMPLE_COLUMNS, type StoredSample } from './sample-row.ts'

export const SPANS: Readonly<Record<RollupSpan, { readonly code: number; readonly ms: number }>> = {
  hour: { code: 1, ms: HOUR_MS },
  day: { code: 2, ms: DAY_MS },
}

/** What the numbers of a roll-up are; the code of the `measure` column is the index. */
export const MEASURES = ['usedRatio', 'remaining', 'used'] as const

/** One value at one instant; `amount` is the used amount beside a share. */
export interface Extreme {
  readonly value: number
  readonly at: number
  readonly amount: number | null
}

/** One span of one series, as a sum that can be added to. Times are milliseconds. */
export interface Bucket {
  readonly span: number
  readonly startsAt: number
  readonly measure: number
  readonly count: number
  readonly knownMs: number
  /** Weighted by time; meaningless while `knownMs` is 0. */
  readonly mean: number
  readonly min: Extreme
  readonly max: Extreme
  readonly last: Extreme
  readonly limit: number | null
}

interface Measured {
  readonly measure: number
  readonly extreme: Extreme
  readonly limit: number | null
}

function measured(sample: StoredSample): Measured | null {
  const { facts, at } = sample
  if (facts.unlimited) return null
  const value = pointValue(facts)
  if (value === null) return null
  const measure = facts.usedRatio !== null ? 0 : facts.remaining !== null ? 1 : 2
  return { measure, extreme: { value, at, amount: facts.used }, limit: facts.limit }
}

function bucketKey(bucket: Pick<Bucket, 'span' | 'startsAt' | 'measure'>): string {
  return `${bucket.span}:${bucket.startsAt}:${bucket.measure}`
}

/** Both as one; `later` is what was recorded after `earlier`. */
function mergeBuckets(earlier: Bucket, later: Bucket): Bucket {
  const knownMs = earlier.knownMs + later.knownMs
  const mean = knownMs === 0 ? later.mean : (earlier.mean * earlier.knownMs + later.mean * later.knownMs) / knownMs
  return {
    ...earlier,
    count: earlier.count + later.count,
    knownMs,
    mean,
    min: later.min.value < earlier.min.value ? later.min : earlier.min,
    max: later.max.value > earlier.max.value ? later.max : earlier.max,
    last: later.last,
    limit: later.limit ?? earlier.limit,
  }
}

/**
 * Roll-ups of samples that follow each other in the order of recording; the first one is where the last call ended
 * (`counted`: it was counted then). A value holds until the next sample, over span borders; a silence longer than two
 * heartbeats is a gap, of which one heartbeat is known. Time that runs backwards weighs nothing. `until`: the last value
 * holds until then, where that is known.
 */
export function rollUp(
  samples: readonly StoredSample[],
  counted: boolean,
  heartbeatMs: number,
  until?: number,
): readonly Bucket[] {
  const buckets = new Map<string, Bucket>()
  const add = (bucket: Bucket): void => {
    const key = bucketKey(bucket)
    const known = buckets.get(key)
    buckets.set(key, known === undefined ? bucket : mergeBuckets(known, bucket))
  }
  for (const [index, sample] of samples.entries()) {
    const before = index === 0 ? undefined : samples[index - 1]
    if (before !== undefined) addHeld(before, sample.at, heartbeatMs, add)
    const value = measured(sample)
    if (value === null || (index === 0 && counted)) continue
    for (const span of Object.values(SPANS)) add(bucketAt(value, span, sample.at, { count: 1, knownMs: 0 }))
  }
  const last = samples.at(-1)
  if (last !== undefined && until !== undefined) addHeld(last, until, heartbeatMs, add)
  return [...buckets.values()]
}

/** Adds the time that `sample`'s value held before the next one, cut at every border. */
function addHeld(sample: StoredSample, until: number, heartbeatMs: number, add: (bucket: Bucket) => void): void {
  const value = measured(sample)
  const silence = until - sample.at
  if (value === null || silence <= 0) return
  const end = sample.at + (silence > 2 * heartbeatMs ? heartbeatMs : silence)
  for (const span of Object.values(SPANS)) {
    for (let from: number = sample.at; from < end; ) {
      const border = Math.min(end, (Math.floor(from / span.ms) + 1) * span.ms)
      add(bucketAt(value, span, from, { count: 0, knownMs: border - from }))
      from = border
    }
  }
}

function bucketAt(
  value: Measured,
  span: { readonly code: number; readonly ms: number },
  at: number,
  weight: { readonly count: number; readonly knownMs: number },
): Bucket {
  const extreme: Extreme = { ...value.extreme, at }
  return {
    span: span.code,
    startsAt: Math.floor(at / span.ms) * span.ms,
    measure: value.measure,
    ...weight,
    mean: value.extreme.value,
    min: extreme,
    max: extreme,
    last: extreme,
    limit: value.limit,
  }
}

/**
 * Rolls up the next `limit` samples of one series, inside the caller's transaction: roll-ups and the place reached are
 * written together, so no sample is ever counted twice. Returns how many samples were counted.
 */
export function rollSeries(db: Database, series: number, limit: number, heartbeatMs: number): number {
  const rolled = Number(db.get('SELECT rolled_seq FROM series WHERE id = ?', series)?.['rolled_seq'] ?? 0)
  const rows = db.arrays(
    `SELECT ${SAMPLE_COLUMNS} FROM samples WHERE series = ? AND seq >= ? ORDER BY seq LIMIT ?`,
    series,
    rolled,
    limit + 1,
  )
  const samples = rows.map((row) => decodeSample(series, row)).filter((sample) => sample !== null)
  const counted = samples[0]?.seq === rolled
  const last = samples.at(-1)
  if (last === undefined || last.seq === rolled) return 0
  for (const bucket of rollUp(samples, counted, heartbeatMs)) putBucket(db, series, bucket)
  db.run('UPDATE series SET rolled_seq = ? WHERE id = ?', last.seq, series)
  return samples.length - (counted ? 1 : 0)
}

/**
 * Rolls up samples of one series that are older than all its others, of which `next` is the first one's time, inside the
 * caller's transaction. What upkeep has not begun yet begins after them.
 */
export function rollOlder(
  db: Database,
  samples: readonly StoredSample[],
  { next, heartbeatMs }: { readonly next: number; readonly heartbeatMs: number },
): void {
  const last = samples.at(-1)
  if (last === undefined) return
  const { series } = last
  const isBegun = Number(db.get('SELECT rolled_seq FROM series WHERE id = ?', series)?.['rolled_seq'] ?? 0) > 0
  for (const bucket of rollUp(samples, false, heartbeatMs, isBegun ? next : undefined)) {
    putBucket(db, series, bucket, mergeBefore)
  }
  if (!isBegun) db.run('UPDATE series SET rolled_seq = ? WHERE id = ?', last.seq, series)
}

function mergeBefore(known: Bucket, earlier: Bucket): Bucket {
  return mergeBuckets(earlier, known)
}

export const BUCKET_COLUMNS = `span, bucket, measure, count, known_ms, mean, min_value, min_in, min_used,
  max_value, max_in, max_used, last_value, last_in, last_used, last_max`

function putBucket(db: Database, series: number, bucket: Bucket, merge = mergeBuckets): void {
  const { ms } = bucket.span === SPANS.hour.code ? SPANS.hour : SPANS.day
  const number = bucket.startsAt / ms
  const [known] = db.arrays(
    `SELECT ${BUCKET_COLUMNS} FROM rollups WHERE series = ? AND span = ? AND bucket = ? AND measure = ?`,
    series,
    bucket.span,
    number,
    bucket.measure,
  )
  const before = known === undefined ? null : decodeBucket(known)
  const merged = before === null ? bucket : merge(before, bucket)
  const scale = scaleOf(bucket.measure)
  const stored = (value: number): number => (scale === 1 ? value : Math.round(value * scale))
  const into = ({ value, at, amount }: Extreme): Value[] => [stored(value), at - bucket.startsAt, amount]
  const lastIsMax = merged.last.value === merged.max.value && merged.last.at === merged.max.at
  db.run(
    `INSERT OR REPLACE INTO rollups (series, ${BUCKET_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    series,
    merged.span,
    number,
    merged.measure,
    merged.count,
    merged.knownMs,
    stored(merged.mean),
    ...into(merged.min),
    ...into(merged.max),
    ...(lastIsMax ? [null, null, null] : into(merged.last)),
    merged.limit,
  )
}

/** Shares are stored as whole billionths: SQLite keeps those in half the room of a fraction. */
function scaleOf(measure: number): number {
  return MEASURES[measure] === 'usedRatio' ? 1e9 : 1
}

/** Reads an array row of BUCKET_COLUMNS; null when it is nonsense. */
export function decodeBucket(row: readonly Value[]): Bucket | null {
  const [span, bucket, measure, count, knownMs, mean, ...rest] = row
  if (typeof span !== 'number' || typeof bucket !== 'number' || typeof mean !== 'number') return null
  const startsAt = bucket * (span === SPANS.hour.code ? SPANS.hour.ms : SPANS.day.ms)
  const scale = scaleOf(Number(measure))
  const extreme = (from: number): Extreme => ({
    value: Number(rest[from]) / scale,
    at: startsAt + Number(rest[from + 1]),
    amount: numberOrNull(rest[from + 2]),
  })
  return {
    span,
    startsAt,
    measure: Number(measure),
    count: Number(count),
    knownMs: Number(knownMs),
    mean: mean / scale,
    min: extreme(0),
    max: extreme(3),
    last: extreme(rest[6] === null ? 3 : 6),
    limit: numberOrNull(rest[9]),
  }
}

function numberOrNull(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null
}

/** Ids of series that have samples not rolled up yet. */
export function unrolledSeries(db: Database): readonly number[] {
  const rows: readonly Row[] = db.all(
    `SELECT id FROM series AS s WHERE rolled_seq < (SELECT max(seq) FROM samples WHERE series = s.id)`,
  )
  return rows.map((row) => Number(row['id']))
}
