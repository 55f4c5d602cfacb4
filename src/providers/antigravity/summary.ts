import { makeQuota, type Quota, ratiosFromRemaining } from '../../model/quota.ts'
import type { ReadingNote } from '../../model/reading.ts'
import { type EpochMs, fromAnyInstant, HOUR_MS, MINUTE_MS } from '../../model/time.ts'
import { type Fraction, readFraction } from '../shared/fraction.ts'
import type { Lenient } from '../shared/lenient.ts'
import { type Bucket, Summary, WRAPPERS } from './schema.ts'

export interface SummaryFacts {
  readonly windows: readonly Quota[]
  readonly notes: readonly ReadingNote[]
  /** Buckets or groups that could not be read. */
  readonly dropped: number
  /** The service says that there are no shared limits: nothing else is asked to prove it wrong. */
  readonly isEmpty: boolean
}

const FIVE_HOURS_MS = 5 * HOUR_MS
const SENTINEL_SLACK_MS = 2 * MINUTE_MS
/** Known window lengths, and beyond which distance a reset cannot belong to such a window. */
const LENGTHS = {
  '5h': { seconds: 18_000, farthestMs: 6 * HOUR_MS },
  weekly: { seconds: 604_800, farthestMs: 8 * 24 * HOUR_MS },
} as const
type Length = keyof typeof LENGTHS

/**
 * Reads a quota summary, wrapped or bare; null when the answer is not one. `at` is the instant of the answer and
 * `isFallback` says that a host answered which meters apart from the one that the apps use.
 */
export function parseSummary(json: unknown, at: EpochMs, isFallback = false): SummaryFacts | null {
  const parsed = Summary.safeParse(unwrap(json))
  if (!parsed.success || isErrorEnvelope(json) || isErrorEnvelope(unwrap(json))) return null
  const { groups, buckets: rootBuckets } = parsed.data
  if (!groups.isPresent && !rootBuckets.isPresent) return null
  const root = rowsOf(null, rootBuckets)
  const inGroups = merge(
    groups.items.map((group) => rowsOf(group.displayName, group.buckets)),
    groups.dropped,
  )
  const rows = inGroups.rows.length > 0 ? inGroups : { ...root, dropped: root.dropped + inGroups.dropped }
  const windows = keepLower(rows.rows.map((row) => windowOf(row, at, isFallback)))
  const isEmpty = windows.length === 0 && rows.dropped === 0 && groups.items.length === 0
  return { windows, isEmpty, dropped: rows.dropped, notes: remarks(windows, isEmpty) }
}

function remarks(windows: readonly Quota[], isEmpty: boolean): readonly ReadingNote[] {
  const unknown = windows.filter((window) => window.providerPool === null)
  const notes: ReadingNote[] = unknown.map((window) => ({
    code: 'unknown_window',
    message: `${window.id} is a window that is not known yet; it is shown as it is.`,
  }))
  if (isEmpty) notes.push({ code: 'partial', message: 'Antigravity reports no shared limits for this account.' })
  return notes
}

function unwrap(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  if ('groups' in json || 'buckets' in json) return json
  for (const name of WRAPPERS) {
    const inner: unknown = Object.hasOwn(json, name) ? (json as Readonly<Record<string, unknown>>)[name] : undefined
    if (typeof inner === 'object' && inner !== null) return inner
  }
  return json
}

/** `code` 0, `ok` and `success` are fine; any other one is an error that came with HTTP 200. */
function isErrorEnvelope(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('code' in json)) return false
  const { code } = json
  if (typeof code === 'number') return code !== 0
  return typeof code === 'string' && !/^(0|ok|success)$/i.test(code)
}

interface Row {
  readonly bucket: Bucket
  readonly group: string | null
  readonly fraction: Fraction
}

interface Rows {
  readonly rows: readonly Row[]
  readonly dropped: number
}

function rowsOf(group: string | null, buckets: Lenient<Bucket>): Rows {
  const enabled = buckets.items.filter((bucket) => bucket.disabled !== true)
  const all = enabled.map((bucket) => ({ bucket, group, fraction: fractionOf(bucket) }))
  const rows = all.filter((row) => row.fraction.state !== 'unreadable')
  return { rows, dropped: buckets.dropped + all.length - rows.length }
}

function merge(parts: readonly Rows[], dropped: number): Rows {
  return {
    rows: parts.flatMap((part) => part.rows),
    dropped: parts.reduce((sum, part) => sum + part.dropped, dropped),
  }
}

/** Three spellings: on the bucket, in `remaining`, or as protobuf's oneof. Missing in all of them is unknown. */
function fractionOf(bucket: Bucket): Fraction {
  const own = readFraction(bucket.remainingFraction)
  const { remaining } = bucket
  if (own.state !== 'absent' || remaining === undefined || remaining === null) return own
  if (typeof remaining !== 'object') return { state: 'unreadable' }
  if ('remainingFraction' in remaining) return readFraction(remaining.remainingFraction)
  const isOneof = 'case' in remaining && remaining.case === 'remainingFraction' && 'value' in remaining
  return isOneof ? readFraction(remaining.value) : { state: 'absent' }
}

function windowOf(row: Row, at: EpochMs, isFallback: boolean): Quota {
  const { bucket } = row
  const kind = kindOf(bucket)
  const share = row.fraction.state === 'known' ? row.fraction.value : null
  const reset = fromAnyInstant(bucket.resetTime)
  const isUnstarted = kind.length === '5h' && share !== null && share >= 1 && isSentinel(reset, at)
  const resetsAt = isUnstarted ? null : reset
  return makeQuota({
    id: `pool.${bucket.bucketId}`,
    label: labelOf(row, kind),
    kind: 'window',
    ...ratiosFromRemaining(share),
    // On the other deployment such a window never starts, whatever the apps spend: it proves nothing.
    inferred: kind.pool === null || (isUnstarted && isFallback),
    resetsAt,
    windowSeconds: lengthSeconds(kind.length, resetsAt, at),
    providerPool: kind.pool,
  })
}

/** A full 5-hour window whose reset is always five hours away has not begun: it starts with the first message. */
function isSentinel(reset: EpochMs | null, at: EpochMs): boolean {
  return reset !== null && Math.abs(reset - at - FIVE_HOURS_MS) <= SENTINEL_SLACK_MS
}

function lengthSeconds(length: Length | null, resetsAt: EpochMs | null, at: EpochMs): number | null {
  if (length === null) return null
  const { seconds, farthestMs } = LENGTHS[length]
  return resetsAt !== null && resetsAt - at > farthestMs ? null : seconds
}

interface Kind {
  /** The provider's own pool; null: a bucket that is not known. */
  readonly pool: 'gemini' | '3p' | null
  readonly length: Length | null
}

const BUCKET_ID = /^(gemini|3p|claude|gpt|third[-_]?party)[-_](5h|five[-_]?hours?|session|weekly|7d)$/i

/** Known by the whole id only: `gemini-session-history` is no five-hour window, and display texts are no identity. */
function kindOf(bucket: Bucket): Kind {
  const match = BUCKET_ID.exec(bucket.bucketId)
  const said = bucket.window === null ? null : lengthFrom(bucket.window)
  if (!match) return { pool: null, length: said }
  return { pool: poolIn(bucket.bucketId), length: bucket.window === null ? lengthFrom(match[2] ?? '') : said }
}

/** The provider's own pool of a window by its quota id (`pool.3p-weekly`); null: no such window. */
export function windowPoolOf(quota: string): Kind['pool'] {
  return quota.startsWith('pool.') ? poolIn(quota.slice('pool.'.length)) : null
}

function poolIn(bucketId: string): Kind['pool'] {
  const match = BUCKET_ID.exec(bucketId)
  if (!match) return null
  return match[1]?.toLowerCase() === 'gemini' ? 'gemini' : '3p'
}

function lengthFrom(word: string): Length | null {
  if (/^(weekly|7d)$/i.test(word)) return 'weekly'
  return /^(5h|five[-_]?hours?|session)$/i.test(word) ? '5h' : null
}

const POOL_LABEL = { gemini: 'Gemini', '3p': 'Claude and GPT' } as const

function labelOf({ bucket, group }: Row, { pool, length }: Kind): string {
  if (pool !== null && length === '5h') return `${POOL_LABEL[pool]} (5 h)`
  if (pool !== null && length === 'weekly') return `${POOL_LABEL[pool]} weekly`
  const words = [group, bucket.displayName].filter((word) => word !== null)
  return words.length === 0 ? bucket.bucketId : words.join(', ')
}

/** The same bucket twice keeps the lower one with its own reset; an unknown share never displaces a known one. */
function keepLower(windows: readonly Quota[]): readonly Quota[] {
  const kept = new Map<string, Quota>()
  for (const window of windows) {
    const known = kept.get(window.id)
    if (known === undefined || (window.remainingRatio ?? 2) < (known.remainingRatio ?? 2)) kept.set(window.id, window)
  }
  return [...kept.values()]
}

/** An answer after which the next host is asked: an empty summary, or none at all. */
export function saysNothing(json: unknown, at: EpochMs): boolean {
  return parseSummary(json, at)?.isEmpty ?? true
}
