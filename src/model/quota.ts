import type { EpochMs } from './time.ts'

/** What sort of limit a quota is; contracts section 8, "Kinds". */
export type QuotaKind = 'window' | 'model' | 'budget' | 'balance' | 'spend' | 'count'

/** `share`, a counted thing, `NANO`, or an ISO 4217 code such as `USD`. */
export type Unit = 'share' | 'requests' | 'tokens' | 'credits' | 'images' | 'count' | 'NANO' | (string & {})

/**
 * One thing counted against a limit, literally as the provider reported it. `null` means "not reported", never 0.
 * Ratios are 0..1 (a used ratio may exceed 1: overage); both are null when the quota is unlimited or unknown.
 */
export interface Quota {
  /** Stable for ever; contracts section 4.1. */
  readonly id: string
  readonly label: string
  readonly kind: QuotaKind
  readonly unit: Unit
  readonly used: number | null
  readonly limit: number | null
  readonly remaining: number | null
  readonly usedRatio: number | null
  readonly remainingRatio: number | null
  readonly unlimited: boolean
  /** Billed beyond the limit instead of blocked. */
  readonly overageAllowed: boolean
  /** The value was deduced from an omission, not read; alerts wait for a second one. */
  readonly inferred: boolean
  readonly resetsAt: EpochMs | null
  readonly windowSeconds: number | null
  /** The provider's own shared allowance this quota belongs to; null when it names none. */
  readonly providerPool: string | null
  /** When this value is from, where it is older than its reading (its endpoint failed since); null: the reading's. */
  readonly observedAt: EpochMs | null
  /** Helper and internal models (`tab_*`, `chat_*`, image, lite): hidden by default, never block a pool. */
  readonly helper: boolean
}

/** Ratios keep nine decimals: enough for any provider, and free of float noise. */
export function roundRatio(ratio: number): number {
  const rounded = Math.round(ratio * 1e9) / 1e9
  // Beyond all sense the scaling overflows; such a number has no decimals to cut.
  return Number.isFinite(rounded) ? rounded : ratio
}

function clampShare(share: number): number {
  return Math.min(1, Math.max(0, share))
}

type Facts = Pick<Quota, 'id' | 'label' | 'kind'> & Partial<Omit<Quota, 'id' | 'label' | 'kind'>>

/** A quota with every field that is not given set to "not reported". */
export function makeQuota(facts: Facts): Quota {
  return {
    unit: 'share',
    used: null,
    limit: null,
    remaining: null,
    usedRatio: null,
    remainingRatio: null,
    unlimited: false,
    overageAllowed: false,
    inferred: false,
    resetsAt: null,
    windowSeconds: null,
    providerPool: null,
    observedAt: null,
    helper: false,
    ...facts,
  }
}

/** Both ratios from a remaining share; clamped to 0..1 (contracts section 7.1). Null or non-finite: unknown. */
export function ratiosFromRemaining(share: number | null): Pick<Quota, 'usedRatio' | 'remainingRatio'> {
  if (share === null || !Number.isFinite(share)) return { usedRatio: null, remainingRatio: null }
  const remainingRatio = roundRatio(clampShare(share))
  return { remainingRatio, usedRatio: roundRatio(1 - remainingRatio) }
}

/** Both ratios from a used share; the used one may exceed 1, the remaining one never leaves 0..1. */
export function ratiosFromUsed(share: number | null): Pick<Quota, 'usedRatio' | 'remainingRatio'> {
  if (share === null || !Number.isFinite(share)) return { usedRatio: null, remainingRatio: null }
  const usedRatio = roundRatio(Math.max(0, share))
  return { usedRatio, remainingRatio: roundRatio(clampShare(1 - usedRatio)) }
}

/** Both ratios from amounts. A limit of 0 or less gives no ratio: there is nothing to divide by. */
export function ratiosFromAmounts(used: number, limit: number): Pick<Quota, 'usedRatio' | 'remainingRatio'> {
  return limit > 0 ? ratiosFromUsed(used / limit) : ratiosFromUsed(null)
}
