import type { AccountState } from './account.ts'
import type { Forecast, ForecastLookup } from './forecast.ts'
import type { Quota } from './quota.ts'
import { type EpochMs, MINUTE_MS } from './time.ts'

/** A model list and its windows are two answers: their instants may differ by the seconds in between. */
const SAME_RESET_MS = MINUTE_MS

/** Whether two quotas of one reading come back together; not known for one is no. */
export function isSameReset(one: EpochMs | null, other: EpochMs | null): boolean {
  return one !== null && other !== null && Math.abs(one - other) <= SAME_RESET_MS
}

/**
 * The forecast of a quota; null: still learning. A model that draws on a shared window has the forecast of that
 * window: the same allowance is never judged in two ways, once by its level and once by its pace.
 */
export function forecastOf(quota: Quota, state: AccountState, lookup: ForecastLookup | undefined): Forecast | null {
  return lookup?.(state.account.id, (sharedWindow(quota, state) ?? quota).id) ?? null
}

/** The window whose reset and pool a model names as its own; null: it stands for itself. */
function sharedWindow(quota: Quota, { reading }: AccountState): Quota | null {
  const { resetsAt, providerPool } = quota
  // What is spent stays so: that is known better than anything a forecast may say.
  if (quota.kind !== 'model' || resetsAt === null || providerPool === null || quota.remainingRatio === 0) return null
  const windows = reading?.quotas.filter((one) => one.kind === 'window' && one.providerPool === providerPool) ?? []
  return windows.find((one) => one.remainingRatio !== null && isSameReset(one.resetsAt, resetsAt)) ?? null
}
