import type { AccountState } from './account.ts'
import { isCurrent, isDue, observedAtOf } from './freshness.ts'
import type { Quota } from './quota.ts'
import type { Rules } from './settings.ts'
import type { EpochMs } from './time.ts'

/** Only Antigravity's models share allowances; for every other provider each quota is its own pool. */
const POOLED_PROVIDER = 'antigravity'

/** The family of a model id: lower case, before the first `-`, `_` or `.`; null when nothing stands before it. */
export function familyOf(modelId: string): string | null {
  const end = modelId.search(/[-_.]/)
  const family = end < 0 ? modelId : modelId.slice(0, end)
  return family === '' ? null : family.toLowerCase()
}

/** Ids of models that help others and never count: completion, chat titles, image and lite variants. */
export function isHelperModel(modelId: string): boolean {
  return /^(tab|chat)[_-]/i.test(modelId) || /(^|[-_.])(image|lite|internal|mquery)([-_.]|$)/i.test(modelId)
}

/** The pool a quota belongs to: contracts section 7.4. */
export function poolOf(provider: string, quota: Quota, group: Rules['poolGroup']): string {
  if (provider !== POOLED_PROVIDER) return quota.id
  if (quota.kind === 'window') return quota.providerPool ?? quota.id
  if (quota.kind !== 'model') return quota.id
  const family = familyOf(quota.id) ?? quota.id
  return group === 'pool' ? (quota.providerPool ?? family) : family
}

/** The pool a model id would belong to, listed or not; null when no rule can tell. */
export function poolOfModel(state: AccountState, modelId: string, rules: Rules): string | null {
  const listed = state.reading?.quotas.find((quota) => quota.id === modelId)
  if (listed) return poolOf(state.account.provider, listed, rules.poolGroup)
  if (state.account.provider !== POOLED_PROVIDER) return null
  const family = familyOf(modelId)
  if (rules.poolGroup === 'family' || family === null) return family
  const sibling = state.reading?.quotas.find((quota) => quota.kind === 'model' && familyOf(quota.id) === family)
  return sibling?.providerPool ?? family
}

/** What one pool of one account can do now. */
export interface PoolState {
  readonly pool: string
  /** An exhausted member blocks the pool until its reset. */
  readonly blocked: boolean
  /** The quota (or model) that blocks it; null when nothing does. */
  readonly blockedBy: string | null
  /** When it unblocks by itself; null: unknown, or not blocked. */
  readonly recoversAt: EpochMs | null
  /** The tightest current member; null when none has a known share. */
  readonly binding: Quota | null
  /** A member whose window has ended since the reading: what is left is not known yet. Null when there is none. */
  readonly due: Quota | null
}

/** Every pool of an account, by name. No network call is needed for a pool to unblock: the reset passing is enough. */
export function poolStates(state: AccountState, now: EpochMs, rules: Rules): ReadonlyMap<string, PoolState> {
  const members = membersByPool(state, rules)
  const blocks = state.blocks.filter((block) => block.until > now)
  const pools = new Map<string, PoolState>()
  for (const [pool, quotas] of members) pools.set(pool, poolState(pool, quotas, state, now))
  for (const block of blocks) {
    const pool = poolOfModel(state, block.model, rules)
    if (pool === null) continue
    const known = pools.get(pool)
    if (known?.blocked && (known.recoversAt === null || known.recoversAt >= block.until)) continue
    pools.set(pool, {
      pool,
      blocked: true,
      blockedBy: block.model,
      recoversAt: block.until,
      binding: known?.binding ?? null,
      due: known?.due ?? null,
    })
  }
  return pools
}

function membersByPool(state: AccountState, rules: Rules): Map<string, Quota[]> {
  const quotas = (state.reading?.quotas ?? []).filter((quota) => !quota.helper)
  const members = new Map<string, Quota[]>()
  const join = (pool: string, quota: Quota): void => {
    const list = members.get(pool)
    if (list) list.push(quota)
    else members.set(pool, [quota])
  }
  for (const quota of quotas) join(poolOf(state.account.provider, quota, rules.poolGroup), quota)
  // A shared window of the provider (`pool.3p-weekly`) binds every family whose models it covers.
  if (state.account.provider === POOLED_PROVIDER && rules.poolGroup === 'family') {
    const windows = quotas.filter((quota) => quota.kind === 'window' && quota.providerPool !== null)
    for (const window of windows) {
      for (const family of familiesCoveredBy(window.providerPool, quotas)) {
        if (family !== window.providerPool) join(family, window)
      }
    }
  }
  return members
}

function familiesCoveredBy(providerPool: string | null, quotas: readonly Quota[]): ReadonlySet<string> {
  const families = new Set<string>()
  for (const quota of quotas) {
    if (quota.kind !== 'model' || quota.providerPool !== providerPool) continue
    const family = familyOf(quota.id)
    if (family !== null) families.add(family)
  }
  return families
}

function poolState(pool: string, quotas: readonly Quota[], state: AccountState, now: EpochMs): PoolState {
  let binding: Quota | null = null
  let blocker: Quota | null = null
  let due: Quota | null = null
  for (const quota of quotas) {
    if (isDue(quota, observedAtOf(quota, state), now)) {
      due ??= quota
      continue
    }
    if (quota.remainingRatio === null || (quota.observedAt !== null && !isCurrent(quota, state, now))) continue
    if (binding === null || quota.remainingRatio < (binding.remainingRatio ?? 1)) binding = quota
    if (quota.remainingRatio > 0) continue
    if (blocker === null || recoversLater(quota, blocker)) blocker = quota
  }
  return {
    pool,
    blocked: blocker !== null,
    blockedBy: blocker?.id ?? null,
    recoversAt: blocker?.resetsAt ?? null,
    binding,
    due,
  }
}

/** With several exhausted members the last one to come back decides; an unknown reset counts as the last. */
function recoversLater(quota: Quota, than: Quota): boolean {
  if (than.resetsAt === null) return false
  return quota.resetsAt === null || quota.resetsAt > than.resetsAt
}
