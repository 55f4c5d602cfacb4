import { QuotaError } from '../../model/problem.ts'
import { makeQuota, type Quota, ratiosFromAmounts } from '../../model/quota.ts'
import type { Plan, Reading, ReadingNote } from '../../model/reading.ts'
import { DAY_MS, type EpochMs, fromIso, toIso } from '../../model/time.ts'
import { minus, plus } from '../shared/amount.ts'
import { unexpected } from '../shared/json.ts'
import { type Answers, HOST, TITLE } from './ask.ts'
import { type Credits, CreditsAnswer, type Key, KeyAnswer } from './schema.ts'

interface Context {
  /** Hash of the key: who this account is. */
  readonly subject: string
  readonly now: EpochMs
}

/**
 * Both answers as one reading. The key's own is needed: it works for every key, and a reading without it would say
 * that its limit is gone. Only where the key may not ask for itself do the credits stand alone.
 */
export function parse(answers: Answers, context: Context): Reading {
  const key = answers.key.status === 'fulfilled' ? keyOf(answers.key.value) : whyNoKey(answers)
  const credits = creditsOf(answers.credits)
  const quotas = [...(key === null ? [] : keyQuotas(key)), ...(credits === null ? [] : [balanceOf(credits)])]
  if (quotas.length === 0) throw unexpected({ title: TITLE, endpoint: 'key' })
  return {
    // The label is the key's own name, or a form of it that its owner has masked.
    identity: { subject: context.subject, workspace: null, email: null, login: key?.label ?? null },
    plan: key === null ? null : planOf(key),
    quotas,
    notes: [...keyNotes(key, context.now), ...creditsNotes(answers.credits, credits)],
    observedAt: null,
    via: HOST,
  }
}

function keyOf(json: unknown): Key {
  const parsed = KeyAnswer.safeParse(json)
  const key = parsed.success ? parsed.data.data : null
  if (key === null || (key.label === null && key.usage === null && key.limit === null)) {
    throw unexpected({ title: TITLE, endpoint: 'key' })
  }
  return key
}

/** Throws why the key was not told, unless only the right to ask is missing and the credits were told. */
function whyNoKey({ key, credits }: Answers): null {
  const reason: unknown = key.status === 'rejected' ? key.reason : null
  const mayNotAsk = reason instanceof QuotaError && (reason.code === 'forbidden' || reason.code === 'endpoint_gone')
  if (mayNotAsk && credits.status === 'fulfilled') return null
  throw reason
}

function creditsOf(result: PromiseSettledResult<unknown>): Credits | null {
  const parsed = result.status === 'fulfilled' ? CreditsAnswer.safeParse(result.value) : null
  return parsed?.success ? parsed.data.data : null
}

function keyQuotas(key: Key): readonly Quota[] {
  const limit = limitOf(key)
  return [...(limit === null ? [] : [limit]), ...spendOf(key)]
}

/** How much of the cap is used; null: no cap, or one that contradicts itself. */
function limitOf(key: Key): Quota | null {
  const { limit } = key
  if (limit === null || !isSound(key)) return null
  const remaining = key.limit_remaining
  const used = remaining === null ? usedByPeriod(key) : minus(limit, remaining)
  return makeQuota({
    id: 'key_limit',
    label: 'Key limit',
    kind: 'budget',
    unit: 'USD',
    used,
    limit,
    remaining: remaining ?? (used === null ? null : minus(limit, used)),
    ...(used === null ? {} : ratiosFromAmounts(used, limit)),
    // Nothing to divide by, but nothing left either: this key may not spend.
    ...(limit === 0 ? { remainingRatio: 0 } : {}),
    inferred: remaining === null,
    windowSeconds: WINDOW_SECONDS[key.limit_reset ?? ''] ?? null,
  })
}

/** More left than there was at all is no statement about the cap. */
function isSound({ limit, limit_remaining: remaining }: Key): boolean {
  return limit === null || (limit >= 0 && (remaining === null || remaining <= limit))
}

/** A month has no fixed length. The service names no reset instant, so none is made up. */
const WINDOW_SECONDS: Readonly<Record<string, number>> = { daily: 86_400, weekly: 604_800 }

/** What counts against the cap, from the spend of its period; null for a period that is not known. */
function usedByPeriod(key: Key): number | null {
  const [own, byok] = spendIn(key, key.limit_reset)
  if (own === null || key.include_byok_in_limit !== true) return own
  return byok === null ? null : plus(own, byok)
}

function spendIn(key: Key, period: string | null): readonly [own: number | null, byok: number | null] {
  if (period === null) return [key.usage, key.byok_usage]
  if (period === 'daily') return [key.usage_daily, key.byok_usage_daily]
  if (period === 'weekly') return [key.usage_weekly, key.byok_usage_weekly]
  return period === 'monthly' ? [key.usage_monthly, key.byok_usage_monthly] : [null, null]
}

/** Spend by period; an answer of the oldest form has only the key's lifetime. */
function spendOf(key: Key): readonly Quota[] {
  const periods = [
    spend('usage.daily', 'Spent today', key.usage_daily, 86_400),
    spend('usage.weekly', 'Spent this week', key.usage_weekly, 604_800),
    spend('usage.monthly', 'Spent this month', key.usage_monthly, null),
  ].filter((quota) => quota !== null)
  if (periods.length > 0) return periods
  const total = spend('usage.total', 'Spent in all', key.usage, null)
  return total === null ? [] : [total]
}

function spend(id: string, label: string, used: number | null, windowSeconds: number | null): Quota | null {
  if (used === null || used < 0) return null
  return makeQuota({ id, label, kind: 'spend', unit: 'USD', used, windowSeconds })
}

/** Prepaid money: what was bought is no limit, so there is no share of it. */
function balanceOf({ total_credits: bought, total_usage: used }: Credits): Quota {
  return makeQuota({
    id: 'credits',
    label: 'Credits',
    kind: 'balance',
    unit: 'USD',
    used,
    remaining: minus(bought, used),
  })
}

function planOf({ is_free_tier: isFree }: Key): Plan | null {
  if (isFree === null) return null
  return isFree ? { id: 'free', name: 'Free tier' } : { id: 'pay-as-you-go', name: 'Pay as you go' }
}

const EXPIRY_WARNING_MS = 7 * DAY_MS

function keyNotes(key: Key | null, now: EpochMs): readonly ReadingNote[] {
  if (key === null) return [{ code: 'partial', message: 'This key may not ask for its own limit and spend.' }]
  const notes: ReadingNote[] = []
  if (!isSound(key))
    notes.push({ code: 'partial', message: 'The limit of this key contradicts itself; it is left out.' })
  const end = fromIso(key.expires_at)
  if (end !== null && end - now < EXPIRY_WARNING_MS) {
    notes.push({ code: 'suspect', message: `This key ends at ${toIso(end)}; make a new one before that.` })
  }
  return notes
}

function creditsNotes(result: PromiseSettledResult<unknown>, credits: Credits | null): readonly ReadingNote[] {
  if (credits !== null) return []
  const reason: unknown =
    result.status === 'rejected' ? result.reason : unexpected({ title: TITLE, endpoint: 'credits' })
  if (!(reason instanceof QuotaError)) throw reason
  if (reason.code === 'forbidden') {
    return [{ code: 'partial', message: "The account's credits are only told to a management key." }]
  }
  return [{ code: 'partial', message: `The credits could not be read: ${reason.message}` }]
}
