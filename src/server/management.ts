import {
  type AccountState,
  type EpochMs,
  isCurrent,
  isStale,
  type PoolState,
  poolOfModel,
  type Quota,
  type Rules,
  type Status,
  statusOf,
  toIsoOrNull,
} from '../model/index.ts'
import type { PoolIndex } from './pool-index.ts'

/** The shapes of the v0 management API, bare as they have always been. Percent is whole, or null when unknown. */
export interface ManagedAccount {
  readonly auth_id: string
  readonly provider: string
  readonly email: string | null
  readonly subscription_tier: string | null
  readonly is_forbidden: boolean
  readonly models: readonly ManagedModel[]
}

interface ManagedModel {
  readonly model_id: string
  readonly remaining_percent: number | null
  readonly reset_time: string | null
}

export interface Availability {
  readonly model: string
  readonly pool: string | null
  readonly available: readonly AvailableAccount[]
  readonly blocked: readonly BlockedAccount[]
}

interface AvailableAccount {
  readonly auth_id: string
  readonly provider: string
  readonly email: string | null
  readonly remaining_percent: number | null
  readonly reset_time: string | null
}

interface BlockedAccount {
  readonly auth_id: string
  readonly provider: string
  readonly email: string | null
  readonly reason: string
  readonly recovers_at: string | null
}

/** `<provider>-<name>.json` */
export function authIdOf(state: AccountState): string {
  return `${state.account.provider}-${state.account.name}.json`
}

/** Whether a caller's auth_id means this account: as it is, or with `@` and `.` of the name as `_`. */
export function matchesAuthId(state: AccountState, authId: string): boolean {
  const own = authIdOf(state)
  return authId === own || authId === `${own.slice(0, -'.json'.length).replace(/[@.]/g, '_')}.json`
}

export function toManagedAccount(state: AccountState, now: EpochMs): ManagedAccount {
  const isForbidden = statusOf(state, now) === 'forbidden'
  const quotas = state.reading?.quotas ?? []
  const models = quotas.filter((quota) => quota.kind === 'model')
  return {
    auth_id: authIdOf(state),
    provider: state.account.provider,
    email: emailOf(state),
    subscription_tier: state.reading?.plan?.id ?? null,
    is_forbidden: isForbidden,
    models: isForbidden ? [] : (models.length > 0 ? models : quotas).map((quota) => toManagedModel(quota, state, now)),
  }
}

/** A value whose window has ended, or that is too old, must not pass for current here, where nothing tells its age. */
function toManagedModel(quota: Quota, state: AccountState, now: EpochMs): ManagedModel {
  const isShown = isCurrent(quota, state, now)
  return {
    model_id: quota.id,
    remaining_percent: isShown ? percentOf(quota.remainingRatio) : null,
    reset_time: toIsoOrNull(quota.resetsAt),
  }
}

/** Half up, as people are shown it: 0.29 is 29 (contracts section 2). */
function percentOf(ratio: number | null): number | null {
  return ratio === null ? null : Math.floor(ratio * 100 + 1e-6 + 0.5)
}

function emailOf(state: AccountState): string | null {
  return state.account.email ?? state.reading?.identity.email ?? null
}

const OUT_OF_USE: Partial<Record<Status, string>> = {
  disabled: 'switched off',
  pending: 'not read yet',
  auth_required: 'signed out',
  forbidden: 'forbidden (403)',
  not_entitled: 'no such quota in the plan',
}

interface AvailabilityQuery {
  readonly model: string
  readonly now: EpochMs
  readonly rules: Rules
  readonly pools: PoolIndex
}

/** Which accounts can serve a model now, best first, and which cannot and until when. */
export function availabilityOf(states: readonly AccountState[], query: AvailabilityQuery): Availability {
  const available: AvailableAccount[] = []
  const blocked: BlockedAccount[] = []
  let poolName: string | null = null
  for (const state of states) {
    const pool = poolOfModel(state, query.model, query.rules)
    if (pool === null) continue
    const found = query.pools.of(state, query.now, query.rules).get(pool)
    const out = reasonOut(state, query.now)
    if (found === undefined && out === null) continue
    if (state.account.provider === 'antigravity') poolName ??= pool
    const who = { auth_id: authIdOf(state), provider: state.account.provider, email: emailOf(state) }
    if (out !== null) {
      const recoversAt = state.attempt?.problem?.retryAt ?? state.nextPollAt
      blocked.push({ ...who, reason: out, recovers_at: toIsoOrNull(recoversAt) })
    } else if (found?.blocked) {
      const reason = `limit reached (${found.blockedBy ?? pool})`
      blocked.push({ ...who, reason, recovers_at: toIsoOrNull(found.recoversAt) })
    } else {
      available.push({ ...who, ...whatIsLeft(found) })
    }
  }
  available.sort(bestFirst)
  return { model: query.model, pool: poolName, available, blocked }
}

function reasonOut(state: AccountState, now: EpochMs): string | null {
  const reason = OUT_OF_USE[statusOf(state, now)]
  if (reason !== undefined) return reason
  if (state.reading === null) return 'no reading yet'
  return isStale(state, now) ? 'the last reading is too old' : null
}

function whatIsLeft(pool: PoolState | undefined): Pick<AvailableAccount, 'remaining_percent' | 'reset_time'> {
  const binding = pool?.binding ?? null
  return {
    remaining_percent: percentOf(binding?.remainingRatio ?? null),
    reset_time: toIsoOrNull(binding?.resetsAt ?? null),
  }
}

/** More left first, unknown last; of two alike the one that resets sooner, since what is left there is lost first. */
function bestFirst(a: AvailableAccount, b: AvailableAccount): number {
  const left = (b.remaining_percent ?? -1) - (a.remaining_percent ?? -1)
  if (left !== 0) return left
  return (a.reset_time ?? '~').localeCompare(b.reset_time ?? '~')
}
