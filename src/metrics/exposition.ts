import { isDue, isStale, observedAtOf, statusOf } from '../model/freshness.ts'
import type { AccountState, Board, EpochMs, Forecast, Quota, Rules } from '../model/index.ts'
import { poolOf } from '../model/pool.ts'
import { fromIso, plusMs } from '../model/time.ts'
import { BOARD_FAMILIES, type Family } from './catalogue.ts'
import { familyHead, sampleLine } from './text.ts'

/** The forecast of one quota of one account (by id), where there is one. */
export type ForecastLookup = (account: string, quota: string) => Forecast | null

export interface ExpositionContext {
  readonly now: EpochMs
  readonly rules: Rules
  readonly forecast?: ForecastLookup | undefined
}

type FamilyName = (typeof BOARD_FAMILIES)[number]['name']

/** The samples of one account: for each family of the catalogue, in its order, its lines ('' when it has none). */
export type AccountSamples = readonly string[]

const INDEX = new Map<string, number>(BOARD_FAMILIES.map((family, index) => [family.name, index]))

/**
 * What one account exposes at `now`. A sample is there while it is true: with a stale reading all quota series leave;
 * of a quota that is due only the reset instant, the window and the names stay; what is unknown has no sample.
 */
export function accountSamples(state: AccountState, context: ExpositionContext): AccountSamples {
  const lines = BOARD_FAMILIES.map(() => '')
  const add = (name: FamilyName, values: readonly string[], value: number | null): void => {
    const index = INDEX.get(name)
    const family: Family | undefined = index === undefined ? undefined : BOARD_FAMILIES[index]
    if (index === undefined || family === undefined || value === null || Number.isNaN(value)) return
    lines[index] += sampleLine(family.name, family.labels, values, value)
  }
  addAccount(state, context.now, add)
  if (state.reading !== null && !isStale(state, context.now)) {
    // A provider that names one quota twice must not give two samples of one series: the first one stands.
    const seen = new Set<string>()
    for (const quota of state.reading.quotas) {
      if (seen.has(quota.id)) continue
      // A value kept while its endpoint failed leaves when it is too old itself.
      if (quota.observedAt !== null && plusMs(quota.observedAt, state.staleAfterMs) <= context.now) continue
      seen.add(quota.id)
      addQuota(state, quota, context, add)
      if (state.account.provider === 'antigravity' && quota.kind === 'model') addModel(state, quota, context.now, add)
    }
  }
  return lines
}

type Add = (name: FamilyName, values: readonly string[], value: number | null) => void

function addAccount(state: AccountState, now: EpochMs, add: Add): void {
  const { account, attempt, reading, observedAt } = state
  const labels = [account.provider, account.name]
  if (account.enabled && attempt !== null) add('tokstat_account_up', labels, attempt.problem === null ? 1 : 0)
  add('tokstat_account_status', [...labels, statusOf(state, now)], 1)
  add('tokstat_account_info', [...labels, reading?.plan?.id ?? '', account.source], 1)
  add('tokstat_account_last_success_timestamp_seconds', labels, seconds(observedAt))
}

function addQuota(state: AccountState, quota: Quota, context: ExpositionContext, add: Add): void {
  const { account } = state
  const labels = [account.provider, account.name, quota.id]
  if (!isDue(quota, observedAtOf(quota, state), context.now)) {
    add('tokstat_quota_remaining_ratio', labels, quota.remainingRatio)
    add('tokstat_quota_used_ratio', labels, quota.usedRatio)
    add('tokstat_quota_used', [...labels, quota.unit], quota.used)
    add('tokstat_quota_limit', [...labels, quota.unit], quota.limit)
    add('tokstat_quota_remaining', [...labels, quota.unit], quota.remaining)
    const forecast = context.forecast?.(account.id, quota.id) ?? null
    add('tokstat_quota_exhaustion_timestamp_seconds', labels, seconds(fromIso(forecast?.exhaustsAt ?? null)))
    add('tokstat_quota_exhaustion_probability_ratio', labels, forecast?.probabilityBeforeReset ?? null)
  }
  add('tokstat_quota_reset_timestamp_seconds', labels, seconds(quota.resetsAt))
  add('tokstat_quota_window_seconds', labels, quota.windowSeconds)
  const pool = poolOf(account.provider, quota, context.rules.poolGroup)
  add('tokstat_quota_info', [...labels, quota.label, quota.kind, pool], 1)
}

/** The seed's three families, which exist for Antigravity's models alone. */
function addModel(state: AccountState, quota: Quota, now: EpochMs, add: Add): void {
  const labels = [state.account.name, quota.id]
  if (!isDue(quota, observedAtOf(quota, state), now)) {
    add('antigravity_token_quota_remaining_fraction', labels, quota.remainingRatio)
  }
  add('antigravity_token_quota_reset_time_seconds', labels, seconds(quota.resetsAt))
  add('antigravity_model_available', [...labels, quota.label], 1)
}

function seconds(at: EpochMs | null): number | null {
  return at === null ? null : at / 1000
}

/** Families of the board with the samples of the given accounts, in the catalogue's order. Same in both formats. */
export function joinSamples(accounts: readonly AccountSamples[]): string {
  const parts: string[] = []
  BOARD_FAMILIES.forEach((family, index) => {
    parts.push(familyHead(family, false))
    for (const samples of accounts) {
      const lines = samples[index]
      if (lines !== undefined && lines !== '') parts.push(lines)
    }
  })
  return parts.join('')
}

/** The whole board as exposition text, for `tokstat metrics` without a daemon. No trailing `# EOF`. */
export function exposeBoard(board: Board, context: ExpositionContext): string {
  return joinSamples(board.accounts.map((state) => accountSamples(state, context)))
}
