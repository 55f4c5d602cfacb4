import { QuotaError } from '../../model/problem.ts'
import { makeQuota, type Quota, ratiosFromAmounts, ratiosFromUsed } from '../../model/quota.ts'
import type { Plan, Reading, ReadingNote } from '../../model/reading.ts'
import { type EpochMs, fromIso, fromUnixMs, toIso } from '../../model/time.ts'
import { minus, plus } from '../shared/amount.ts'
import { unexpected } from '../shared/json.ts'
import { corruptNote } from '../shared/notes.ts'
import { type Answers, HOST, TITLE } from './ask.ts'
import { Balance, type Counter, Usage, type WindowName } from './schema.ts'

interface Context {
  /** Hash of the key: who this account is. */
  readonly subject: string
  readonly now: EpochMs
}

/**
 * Both answers as one reading. A balance that fails costs nothing but itself. A subscription that fails for now is a
 * failure: a reading without its windows would say that they are gone. Refused or unknown to this key, it has none.
 */
export function parse(answers: Answers, context: Context): Reading {
  const usage = answers.usage.status === 'fulfilled' ? usageOf(answers.usage.value) : whyNoUsage(answers)
  const windows = usage === null ? { quotas: [], corrupt: 0 } : windowsOf(usage, context.now)
  const balance = balancesOf(answers.balance)
  const quotas = [...windows.quotas, ...balance.quotas]
  if (quotas.length === 0) throw nothingTold(usage, windows.corrupt + balance.corrupt)
  return {
    identity: { subject: context.subject, workspace: null, email: null, login: null },
    plan: usage === null ? null : planOf(usage),
    quotas,
    notes: [...corruptNote(windows.corrupt + balance.corrupt), ...notesOf(answers), ...unknownNote(windows.quotas)],
    observedAt: null,
    via: HOST,
  }
}

function usageOf(json: unknown): Usage {
  const parsed = Usage.safeParse(json)
  const usage = parsed.success ? parsed.data : null
  if (usage === null || (usage.active === null && usage.state === null && countersOf(usage).length === 0)) {
    throw unexpected({ title: TITLE, endpoint: 'usage' })
  }
  return usage
}

/** Throws why there is no usage, unless this key has none and its balance was told. */
function whyNoUsage({ usage, balance }: Answers): null {
  const reason: unknown = usage.status === 'rejected' ? usage.reason : null
  const status = reason instanceof QuotaError ? reason.httpStatus : null
  const hasNone = status === 401 || status === 403 || status === 404
  const isPage = reason instanceof QuotaError && reason.code === 'blocked_by_gateway'
  if (hasNone && !isPage && balance?.status === 'fulfilled') return null
  throw reason
}

interface WindowKind {
  readonly name: WindowName
  readonly id: string
  readonly label: string
  readonly unit: 'requests' | 'tokens' | 'images'
  readonly windowSeconds: number | null
}

const DAY = 86_400
const WINDOWS: readonly WindowKind[] = [
  { name: 'daily', id: 'daily', label: 'Requests a day', unit: 'requests', windowSeconds: DAY },
  { name: 'weeklyInputTokens', id: 'weekly', label: 'Input tokens a week', unit: 'tokens', windowSeconds: 7 * DAY },
  // The month of the bill: it has no fixed length.
  { name: 'monthly', id: 'monthly', label: 'Requests a month', unit: 'requests', windowSeconds: null },
  { name: 'dailyInputTokens', id: 'daily_tokens', label: 'Input tokens a day', unit: 'tokens', windowSeconds: DAY },
  { name: 'dailyImages', id: 'daily_images', label: 'Images a day', unit: 'images', windowSeconds: DAY },
]

function countersOf(usage: Usage): readonly WindowKind[] {
  return WINDOWS.filter(({ name }) => usage[name] !== null)
}

interface Found {
  readonly quotas: readonly Quota[]
  readonly corrupt: number
}

function windowsOf(usage: Usage, now: EpochMs): Found {
  if (!isEntitled(usage, now)) return { quotas: [], corrupt: 0 }
  const kinds = countersOf(usage)
  const quotas = kinds.flatMap((kind): readonly Quota[] => {
    const counter = usage[kind.name]
    return counter === null || counter === 'corrupt' ? [] : [windowOf(kind, counter, usage)]
  })
  if (quotas.length > 0 && quotas.every((quota) => quota.used === null && quota.usedRatio === null)) {
    throw new QuotaError({
      code: 'upstream_unavailable',
      message: 'Nano-GPT could not look up its own counters.',
      hint: null,
      endpoint: 'usage',
    })
  }
  return { quotas, corrupt: kinds.length - quotas.length }
}

/** A subscription that ended still has its windows until the paid period or the grace is over. */
function isEntitled(usage: Usage, now: EpochMs): boolean {
  if (usage.active !== false || usage.state === 'grace') return true
  const end = fromIso(usage.period?.currentPeriodEnd)
  return end !== null && now < end
}

function windowOf(kind: WindowKind, counter: Counter, usage: Usage): Quota {
  const stated = usage.limits?.[kind.name] ?? null
  const { remaining } = counter
  const summed = counter.used === null || remaining === null ? null : plus(counter.used, remaining)
  const limit = [stated, summed].find((value) => value !== null && value > 0) ?? null
  const used = counter.used ?? (limit === null || remaining === null ? null : minus(limit, remaining))
  const periodEnd = kind.name === 'monthly' ? fromIso(usage.period?.currentPeriodEnd) : null
  const isBinding = kind.name !== 'daily' || usage.enforceDailyLimit !== false
  return makeQuota({
    id: kind.id,
    label: kind.label,
    kind: 'window',
    unit: kind.unit,
    used,
    limit,
    remaining,
    // Not enforced: it may be used up and nothing happens, so it has amounts but no share that could run out.
    ...(isBinding ? ratiosOf(used, limit, counter.percentUsed) : {}),
    overageAllowed: usage.allowOverage === true || usage.routing?.recommendedMode === 'paygo',
    // Seconds in place of milliseconds are no time of this century, and are left out rather than guessed at.
    resetsAt: fromUnixMs(counter.resetAt) ?? periodEnd,
    windowSeconds: kind.windowSeconds,
  })
}

/** Counts win; the share they send only serves where counts are missing. */
function ratiosOf(used: number | null, limit: number | null, share: number | null) {
  return used !== null && limit !== null ? ratiosFromAmounts(used, limit) : ratiosFromUsed(share)
}

function planOf(usage: Usage): Plan {
  const id = usage.state ?? (usage.active === false ? 'inactive' : 'active')
  const until = id === 'grace' ? fromIso(usage.graceUntil) : null
  return { id, name: until === null ? `Subscription ${id}` : `Subscription in grace until ${toIso(until)}` }
}

function balancesOf(result: Answers['balance']): Found {
  if (result?.status !== 'fulfilled') return { quotas: [], corrupt: 0 }
  const parsed = Balance.safeParse(result.value)
  if (!parsed.success) return { quotas: [], corrupt: 1 }
  const { usdBalance, nanoBalance } = parsed.data
  const found = [
    balance('balance.usd', 'Balance', 'USD', usdBalance),
    balance('balance.nano', 'Nano', 'NANO', nanoBalance),
  ]
  return {
    quotas: found.filter((quota) => quota !== null),
    corrupt: [usdBalance, nanoBalance].filter((value) => value === 'corrupt').length,
  }
}

function balance(id: string, label: string, unit: string, remaining: number | 'corrupt' | null): Quota | null {
  if (remaining === null || remaining === 'corrupt') return null
  return makeQuota({ id, label, kind: 'balance', unit, remaining })
}

function notesOf({ usage, balance }: Answers): readonly ReadingNote[] {
  return [
    ...(usage.status === 'rejected' ? failureNote('The subscription', usage.reason) : []),
    ...(balance?.status === 'rejected' ? failureNote('The balance', balance.reason) : []),
  ]
}

function failureNote(what: string, reason: unknown): readonly ReadingNote[] {
  if (!(reason instanceof QuotaError)) throw reason
  return [{ code: 'partial', message: `${what} could not be read: ${reason.message}` }]
}

/** Some counters were looked up and some were not. */
function unknownNote(quotas: readonly Quota[]): readonly ReadingNote[] {
  const unknown = quotas.filter((quota) => quota.used === null && quota.usedRatio === null)
  if (unknown.length === 0) return []
  return [{ code: 'partial', message: `Not told this time: ${unknown.map((quota) => quota.id).join(', ')}.` }]
}

function nothingTold(usage: Usage | null, corrupt: number): QuotaError {
  if (usage === null || corrupt > 0) return unexpected({ title: TITLE, endpoint: 'usage' })
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'Nano-GPT reports no subscription that runs, and no balance.',
    hint: 'Subscribe or add a balance; if you have one, check which account the key belongs to.',
    endpoint: 'usage',
  })
}
