import { makeQuota, type Quota, ratiosFromAmounts, ratiosFromRemaining, ratiosFromUsed } from '../../model/quota.ts'
import { type EpochMs, fromAnyInstant } from '../../model/time.ts'
import { readPercent } from '../shared/percent.ts'
import type { Cap, Credits, MonthlyUsage } from './schema.ts'
import { resetOf } from './windows.ts'

/**
 * Credits bought beside the plan. `has_credits: false` without a balance is 0; a balance that is not told although
 * there are credits is unknown, and then there is no quota.
 */
export function creditsQuota(credits: Credits | null): Quota | null {
  if (credits === null) return null
  const facts = { id: 'credits', label: 'Credits', kind: 'balance', unit: 'credits' } as const
  if (credits.unlimited === true) return makeQuota({ ...facts, unlimited: true })
  const remaining = credits.balance ?? (credits.has_credits === false ? 0 : null)
  if (remaining === null) return null
  // Who never bought any has not run out of them: hidden by default, and no reason to avoid the account.
  return makeQuota({ ...facts, remaining, helper: credits.has_credits === false && remaining === 0 })
}

/** The monthly cap on credits. Amounts decide; a percentage stands in where an amount is missing. */
export function capQuota(cap: Cap | null, at: EpochMs): Quota | null {
  if (cap === null) return null
  const ratios = ratiosOf(cap)
  if (cap.limit === null && ratios.usedRatio === null) return null
  return makeQuota({
    ...CAP,
    used: cap.used,
    limit: cap.limit,
    ...ratios,
    resetsAt: fromAnyInstant(cap.resets_at) ?? fromAnyInstant(cap.resetsAt) ?? resetOf(cap, at),
  })
}

const CAP = { id: 'credit_cap', label: 'Monthly credit cap', kind: 'budget', unit: 'credits' } as const

function ratiosOf(cap: Cap): Pick<Quota, 'usedRatio' | 'remainingRatio'> {
  if (cap.used !== null && cap.limit !== null && cap.limit > 0) return ratiosFromAmounts(cap.used, cap.limit)
  const used = readPercent(cap.used_percent)
  if (used.state === 'known') return ratiosFromUsed(used.value)
  const remaining = readPercent(cap.remaining_percent)
  return ratiosFromRemaining(remaining.state === 'known' ? remaining.value : null)
}

/** Words that say that the number is no limit. */
const NO_LIMIT = /^(none|off|disabled|no_limit)$/i

/** The cap of a workspace on one person; null where it is not enforced or not in credits. */
export function monthlyCapQuota(usage: MonthlyUsage): Quota | null {
  const { current_month_usage: used, effective_monthly_limit: effective } = usage
  const limit = effective?.limit ?? null
  const isOther = effective?.limit_mode !== null && effective?.limit_mode !== 'amount_credits'
  if (limit === null || isOther || NO_LIMIT.test(effective?.enforcement_mode ?? '')) return null
  const ratios = used === null ? ratiosFromUsed(null) : ratiosFromAmounts(used, limit)
  return makeQuota({ ...CAP, used, limit, ...ratios })
}
