import { makeQuota, type Quota, ratiosFromAmounts, ratiosFromUsed } from '../../model/quota.ts'
import { type EpochMs, fromAnyInstant } from '../../model/time.ts'
import { readPercent } from '../shared/percent.ts'
import type { Amount, ExtraUsage, Grants, Spend } from './schema.ts'

interface Money {
  readonly currency: string
  readonly used: number | null
  readonly limit: number | null
  /** Their own percentage; only used where the amounts do not give one. */
  readonly percent: unknown
}

/**
 * What is billed beyond the plan. `extra_usage` decides; `spend`, its newer form, fills in a limit or stands alone.
 * With a limit it is a budget, without one an amount spent. Switched off: no quota, whatever numbers stand there.
 */
export function extraUsageQuota(extra: ExtraUsage | null, spend: Spend | null): Quota | null {
  const older = extra?.is_enabled === true ? ofExtra(extra) : null
  const newer = spend?.enabled === true ? ofSpend(spend) : null
  const money = older !== null && (older.limit !== null || newer?.limit == null) ? older : newer
  if (money === null) return null
  const { used, limit, currency } = money
  const percent = readPercent(money.percent)
  const ratios =
    used !== null && limit !== null
      ? ratiosFromAmounts(used, limit)
      : ratiosFromUsed(limit !== null && percent.state === 'known' ? percent.value : null)
  if (used === null && limit === null) return null
  return makeQuota({
    id: 'extra_usage',
    label: 'Extra usage',
    kind: limit === null ? 'spend' : 'budget',
    unit: currency,
    used,
    limit,
    ...ratios,
  })
}

function ofExtra(extra: ExtraUsage): Money {
  const currency = extra.currency ?? 'USD'
  const digits = extra.decimal_places ?? minorDigits(currency)
  const limit = extra.monthly_limit ?? extra.monthly_credit_limit
  return {
    currency,
    used: inMajor(extra.used_credits, digits),
    limit: inMajor(limit, digits),
    percent: extra.utilization,
  }
}

function ofSpend(spend: Spend): Money | null {
  const limit = spend.limit ?? spend.cap
  const currency = spend.used?.currency ?? limit?.currency
  if (currency === undefined) return null
  return {
    currency,
    used: ofAmount(spend.used),
    // Amounts of two currencies cannot be divided.
    limit: limit?.currency === currency ? ofAmount(limit) : null,
    percent: spend.percent,
  }
}

function ofAmount(amount: Amount | null): number | null {
  return amount === null ? null : inMajor(amount.amount_minor, amount.exponent ?? minorDigits(amount.currency))
}

function inMajor(minor: number | null, digits: number): number | null {
  return minor === null ? null : minor / 10 ** digits
}

/** Digits after the point in a currency: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217, as the runtime knows it). */
function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/**
 * Saved resets that could be used now. `eligible: false` means that the service does not tell this client, which is
 * unknown and not 0; none at all is no quota either.
 */
export function resetGrantsQuota(grants: Grants | null, now: EpochMs): Quota | null {
  if (grants === null || grants.eligible === false) return null
  const usable = grants.grants.items.filter((grant) => {
    const startsAt = fromAnyInstant(grant.starts_at)
    const endsAt = fromAnyInstant(grant.ends_at)
    return grant.paused !== true && (startsAt === null || startsAt <= now) && (endsAt === null || now < endsAt)
  })
  const left = usable.reduce((sum, grant) => sum + grant.resets_left, 0)
  if (left === 0 || !Number.isSafeInteger(left)) return null
  return makeQuota({ id: 'reset_grants', label: 'Saved resets', kind: 'count', unit: 'count', remaining: left })
}
