import { makeQuota, type Quota } from '../../model/quota.ts'
import type { Identity, Plan, ReadingNote } from '../../model/reading.ts'
import { slug } from '../../model/slug.ts'
import type { EpochMs } from '../../model/time.ts'
import { cleanText } from '../shared/lenient.ts'
import { corruptNote } from '../shared/notes.ts'
import { capQuota, creditsQuota } from './money.ts'
import { type Additional, RateLimitCap, Usage } from './schema.ts'
import {
  type FoundWindow,
  lengthOf,
  lengthOfSlot,
  type QuotaName,
  tightest,
  windowQuota,
  windowsIn,
} from './windows.ts'

export interface ParsedUsage {
  readonly quotas: readonly Quota[]
  readonly notes: readonly ReadingNote[]
  readonly plan: Plan | null
  readonly identity: Identity
  /** False: the answer has nothing in it that a usage answer has. */
  readonly isUsage: boolean
  /** Parts that should have been a quota and could not be read. */
  readonly dropped: number
  /** A workspace limits what one person spends, and this answer does not say how far. */
  readonly hidesCap: boolean
}

/** Windows are told apart by their length, never by their slot; `at` is when the answer was complete. */
export function parseUsage(json: object, at: EpochMs): ParsedUsage | null {
  const usage = Usage.safeParse(json).data
  if (usage === undefined) return null
  const main = windowsIn(usage.rate_limit, at)
  const review = windowsIn(usage.code_review_rate_limit, at)
  const more = usage.additional_rate_limits.items.map((limit) => additional(limit, at))
  const cap =
    usage.individual_limit ??
    RateLimitCap.safeParse(json).data?.rate_limit?.individual_limit ??
    usage.spend_control?.individual_limit ??
    null
  const onlyPrimary = main.items.length === 1 && usage.plan_type === 'free'
  const quotas = tightest([
    ...main.items.map((found) => windowQuota(mainName(found, onlyPrimary), found)),
    ...review.items.map((found) => windowQuota(REVIEW, found)),
    ...more.flatMap((one) => one.quotas),
    ...[capQuota(cap, at), creditsQuota(usage.credits), resetGrants(usage)].filter((quota) => quota !== null),
  ])
  const dropped =
    main.dropped +
    review.dropped +
    usage.additional_rate_limits.dropped +
    more.reduce((sum, one) => sum + one.dropped, 0)
  return {
    quotas,
    notes: [...corruptNote(dropped), ...unknownNotes(quotas)],
    plan: planOf(usage.plan_type),
    identity: identityOf(usage),
    isUsage: KNOWN_KEYS.some((key) => Object.hasOwn(json, key)),
    dropped,
    hidesCap: cap === null && Object.hasOwn(json, 'spend_control') && !PERSONAL.has(usage.plan_type ?? ''),
  }
}

const KNOWN_KEYS = ['rate_limit', 'plan_type', 'credits', 'additional_rate_limits', 'spend_control']
/** Plans without a workspace that could cap anybody. */
const PERSONAL: ReadonlySet<string> = new Set(['guest', 'free', 'go', 'plus', 'pro', 'prolite'])
const REVIEW: QuotaName = { id: 'code_review', label: 'Code review', inferred: false }

function mainName({ key, window }: FoundWindow, onlyPrimary: boolean): QuotaName {
  const spark = /spark/i.test(key)
  const byLength = lengthOf(window.limit_window_seconds)
  // The only window of a free plan has been a day's, a week's and a month's: without its length it is just a limit.
  const named = byLength ?? (onlyPrimary ? null : lengthOfSlot(spark ? key.replace(/^.*spark_/i, '') : key))
  if (named === null) return { id: `x.${slug(key) || 'limit'}`, label: 'Limit', inferred: true }
  if (spark) return { ...named, id: `spark.${named.id}`, label: `Spark ${named.label}` }
  const isSlot = /^(primary|secondary|tertiary)_window$/.test(key)
  return isSlot ? named : { id: `x.${slug(key) || 'limit'}`, label: wordsOf(key), inferred: true }
}

function wordsOf(key: string): string {
  return cleanText(key.replaceAll('_', ' '), 64) ?? 'Limit'
}

/** A limit beside the main one, such as Spark's. */
function additional(limit: Additional, at: EpochMs): { readonly quotas: readonly Quota[]; readonly dropped: number } {
  const found = windowsIn(limit.rate_limit, at)
  const isSpark = /spark/i.test(`${limit.limit_name ?? ''} ${limit.metered_feature ?? ''}`)
  const word = isSpark ? 'spark' : slug(limit.limit_name ?? '') || slug(limit.metered_feature ?? '')
  if (word === '') return { quotas: [], dropped: found.dropped + found.items.length }
  const title = limit.limit_name ?? limit.metered_feature ?? word
  const quotas = found.items.map((one) => {
    const length = lengthOf(one.window.limit_window_seconds) ?? lengthOfSlot(one.key)
    const name = length ?? { id: slug(one.key) || 'limit', label: wordsOf(one.key), inferred: true }
    return windowQuota({ ...name, id: `${word}.${name.id}`, label: `${title} ${name.label}` }, one)
  })
  return { quotas, dropped: found.dropped }
}

/** Saved resets of the limits; none left is not worth a line. */
function resetGrants(usage: Usage): Quota | null {
  const count = usage.rate_limit_reset_credits?.available_count ?? 0
  if (count === 0) return null
  return makeQuota({ id: 'reset_grants', label: 'Saved resets', kind: 'count', unit: 'count', remaining: count })
}

/** Names that do not follow from the word. */
const PLAN_NAMES: Readonly<Record<string, string>> = {
  pro: 'Pro 20x',
  prolite: 'Pro 5x',
  edu: 'Education',
  k12: 'K-12',
}

export function planOf(word: string | null): Plan | null {
  if (word === null) return null
  const plain = word.replaceAll('_', ' ')
  const named = Object.hasOwn(PLAN_NAMES, word) ? PLAN_NAMES[word] : undefined
  return { id: word, name: named ?? plain.charAt(0).toUpperCase() + plain.slice(1) }
}

/** The workspace is an UUID; `user-…` and `org-…` in its place name something else. */
export function workspaceId(text: string | null): string | null {
  return text === null || /^(user|org)-/.test(text) ? null : text
}

function identityOf(usage: Usage): Identity {
  return { subject: usage.user_id, workspace: workspaceId(usage.account_id), email: usage.email, login: null }
}

function unknownNotes(quotas: readonly Quota[]): readonly ReadingNote[] {
  return quotas
    .filter((quota) => quota.inferred)
    .map((quota) => ({ code: 'unknown_window', message: `Codex names a window that is not known: ${quota.label}.` }))
}
