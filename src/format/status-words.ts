import type { AccountDocument, QuotaDocument } from '../model/document.ts'
import type { Level } from '../model/level.ts'
import type { ProblemCode, Status } from '../model/problem.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import { amountText } from './amount.ts'
import type { InstantText } from './instant.ts'
import { percentText } from './percent.ts'
import { vendorOf } from './provider-names.ts'

/** What a colour may say; every surface maps these four to its own colours, always beside a word or a shape. */
export type Tone = 'fine' | 'amber' | 'red' | 'grey'

export function toneOf(level: Level): Tone {
  switch (level) {
    case 'ok':
      return 'fine'
    case 'medium':
      return 'amber'
    case 'low':
    case 'exhausted':
      return 'red'
    case 'unlimited':
    case 'unknown':
      return 'grey'
  }
}

const LEVEL_WORDS: Readonly<Record<Level, readonly [mark: string, word: string]>> = {
  ok: ['🟢', 'OK'],
  medium: ['🟡', 'MEDIUM'],
  low: ['🔴', 'LOW'],
  exhausted: ['⛔', 'EXHAUSTED'],
  unlimited: ['∞', 'UNLIMITED'],
  unknown: ['–', 'UNKNOWN'],
}

/** The status cell of a quota in three parts: `23%` `🔴` `LOW`. Parts that have nothing to say are empty. */
export interface QuotaStatus {
  readonly value: string
  readonly mark: string
  readonly word: string
  readonly tone: Tone
}

/**
 * Contracts section 4: `23% 🔴 LOW`, `∞ UNLIMITED`, `– UNKNOWN`; `resetting…` while the window has just ended.
 * A value of a stale reading is `23% ⚪ STALE`, grey: it must not pass for current.
 */
export function quotaStatus(quota: QuotaDocument, isStale = false): QuotaStatus {
  const status = currentStatus(quota)
  if (!isStale) return status
  return status.value === '' ? { ...status, tone: 'grey' } : { ...status, mark: '⚪', word: 'STALE', tone: 'grey' }
}

function currentStatus(quota: QuotaDocument): QuotaStatus {
  const tone = toneOf(quota.level)
  if (quota.due && !quota.unlimited) return { value: '', mark: '', word: 'resetting…', tone: 'grey' }
  if (quota.level === 'unknown' && (quota.kind === 'spend' || quota.kind === 'count')) return countedStatus(quota)
  const [mark, word] = LEVEL_WORDS[quota.level]
  if (quota.modelsSpent === true) return { value: '', mark, word: `${word}, MODELS SPENT`, tone: 'red' }
  if (quota.level === 'unlimited' || quota.level === 'unknown') return { value: '', mark, word, tone }
  if (quota.remainingRatio !== null) return { value: percentText(quota.remainingRatio), mark, word, tone }
  return { value: quota.remaining === null ? '' : amountText(quota.remaining, quota.unit), mark, word, tone }
}

/** Spend and counts have no limit, hence no verdict: their amount is all there is to say. */
function countedStatus(quota: QuotaDocument): QuotaStatus {
  const [mark, word] = LEVEL_WORDS.unknown
  if (quota.used !== null) {
    const verb = quota.kind === 'spend' ? 'spent' : 'used'
    return { value: amountText(quota.used, quota.unit), mark: '', word: verb, tone: 'grey' }
  }
  if (quota.remaining === null) return { value: '', mark, word, tone: 'grey' }
  return { value: amountText(quota.remaining, quota.unit), mark: '', word: 'left', tone: 'grey' }
}

/** The same as one text: `23% 🔴 LOW`. */
export function quotaStatusText(quota: QuotaDocument, isStale = false): string {
  const { value, mark, word } = quotaStatus(quota, isStale)
  return [value, mark, word].filter((part) => part !== '').join(' ')
}

const STATUS_WORDS: Readonly<Record<Status, string>> = {
  ok: 'OK',
  stale: 'STALE',
  auth_required: 'SIGNED OUT',
  forbidden: 'FORBIDDEN (403)',
  rate_limited: 'SLOWED DOWN',
  unreachable: 'UNREACHABLE',
  bad_response: 'UNEXPECTED ANSWER',
  not_entitled: 'NO SUCH QUOTA',
  disabled: 'SWITCHED OFF',
  pending: 'NO DATA YET',
}

/** Codes whose status word would send a person the wrong way. */
const CODE_WORDS: Partial<Record<ProblemCode, string>> = {
  client_missing: 'NEEDS SETUP',
  client_mismatch: 'NEEDS SETUP',
  credential_unreadable: 'UNREADABLE',
  scope_missing: 'MISSING SCOPE',
}

/** The account's status as a word; its problem's code tells what `auth_required` is about. */
export function statusWord(status: Status, code: ProblemCode | null | undefined = null): string {
  return (code != null && status === 'auth_required' && CODE_WORDS[code]) || STATUS_WORDS[status]
}

export function statusTone(status: Status): Tone {
  switch (status) {
    case 'ok':
      return 'fine'
    case 'auth_required':
    case 'forbidden':
      return 'red'
    case 'rate_limited':
    case 'unreachable':
    case 'bad_response':
    case 'stale':
      return 'amber'
    case 'not_entitled':
    case 'disabled':
    case 'pending':
      return 'grey'
  }
}

/**
 * What is wrong and what to do, one line: `Signed out. Run …`, `Slowed down by Anthropic, next try 10:42.` It stands
 * beside `statusWord`. Null for an account without a problem.
 */
export function problemSentence(account: AccountDocument, now: EpochMs, instant: InstantText): string | null {
  if (account.status === 'disabled') return 'Switched off by its owner; not asked.'
  if (account.status === 'pending') return 'No data yet.'
  const { problem } = account
  if (problem === null) return null
  const retryAt = fromIso(problem.retryAt)
  const isLater = retryAt !== null && retryAt > now
  if (account.status === 'rate_limited') {
    const next = isLater ? `, next try ${instant(retryAt, now)}` : ''
    return `Slowed down by ${vendorOf(account.provider)}${next}.`
  }
  const next = isLater && account.status !== 'auth_required' ? `Next try ${instant(retryAt, now)}.` : null
  return [problem.message, problem.hint, next].filter((part) => part !== null && part !== '').join(' ')
}
