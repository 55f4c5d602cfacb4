import {
  type AccountDocument,
  bindingOf,
  DEFAULT_RULES,
  type EpochMs,
  landingRatio,
  MINUTE_MS,
  type QuotaDocument,
  type QuotaVerdict,
} from '../../../src/model/index.ts'

/** An account that did not change is judged once a minute, however often the page asks. */
const judged = new WeakMap<AccountDocument, { readonly minute: number; readonly verdict: QuotaVerdict }>()

/** The verdict on the account, the same as on every surface. Null when nothing was read yet. */
export function accountVerdict(account: AccountDocument, now: EpochMs): QuotaVerdict | null {
  if (account.status === 'disabled' || account.status === 'pending') return null
  const minute = Math.floor(now / MINUTE_MS)
  const known = judged.get(account)
  if (known?.minute === minute) return known.verdict
  const { verdict } = bindingOf(account, now, DEFAULT_RULES)
  judged.set(account, { minute, verdict })
  return verdict
}

/** Marks on a bar, as shares of what was used: where an even burn would be, and where the forecast ends. */
export interface BarMarks {
  readonly even: number | null
  readonly landing: number | null
}

export function barMarks(quota: QuotaDocument, now: EpochMs): BarMarks {
  if (quota.usedRatio === null || quota.due) return { even: null, landing: null }
  const pace = quota.forecast?.pace ?? null
  const landing = landingRatio(quota, now)
  return {
    even: pace === null ? null : clamp(quota.usedRatio + pace.deltaRatio),
    landing: landing === null ? null : clamp(landing),
  }
}

function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio))
}
