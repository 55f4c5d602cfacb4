import {
  type AccountState,
  type EpochMs,
  isCurrent,
  judgeAccount,
  type PoolState,
  poolStates,
  type Rules,
} from '../model/index.ts'

export interface AutoSwitchSettings {
  readonly enabled: boolean
  readonly dryRun: boolean
  /** An account must have this share left to be switched to. */
  readonly minRemainingRatio: number
  /** Shortest time between two switches of one pool. */
  readonly cooldownMs: number
}

/** The last switch of one pool. */
export interface LastSwitch {
  readonly at: EpochMs
  readonly to: string
  /** The owner wrote its own choice back; it is left alone for a while. */
  readonly undoneAt: EpochMs | null
}

export interface SwitchDecision {
  readonly pool: string
  readonly from: string
  readonly to: string
  readonly reason: string
}

export interface AutoSwitchInput {
  readonly states: readonly AccountState[]
  readonly pool: string
  readonly now: EpochMs
  readonly rules: Rules
  readonly settings: AutoSwitchSettings
  readonly last: LastSwitch | null
}

/** Who was taken back by its owner is not fought over. */
const RESPECT_MS = 60 * 60_000

/** Families that the file keeps an index of, and that an account is active for. */
export function switchedPools(states: readonly AccountState[]): readonly string[] {
  return [...new Set(states.filter(isSwitchable).flatMap(({ account }) => account.activeFor))].sort()
}

/**
 * Which account should become active for a pool; null: none, or no need. The active one must be spent by a fresh and
 * plain reading; the next one must be usable by the same verdict as `best`, with enough left that it does not flip
 * back at once. Never one that is forbidden, signed out or billed beyond its limit. Pure.
 */
export function decideSwitch(input: AutoSwitchInput): SwitchDecision | null {
  const { states, pool, now, rules, settings, last } = input
  if (!settings.enabled || isTooSoon(last, now, settings)) return null
  const candidates = states.filter(isSwitchable)
  const active = candidates.find(({ account }) => account.activeFor.includes(pool))
  if (active === undefined || !isSpent(active, pool, now, rules)) return null
  const best = candidates
    .filter((state) => state !== active && state.account.enabled)
    .flatMap((state) => usable(state, input))
    .sort(
      (one, other) =>
        other.headroom - one.headroom || (one.resetsAt ?? Number.MAX_VALUE) - (other.resetsAt ?? Number.MAX_VALUE),
    )[0]
  if (best === undefined) return null
  return { pool, from: active.account.id, to: best.id, reason: `${pool} of the active account is spent` }
}

function isSwitchable({ account }: AccountState): boolean {
  return account.provider === 'antigravity' && account.sources.includes('antigravity-accounts')
}

function isTooSoon(last: LastSwitch | null, now: EpochMs, { cooldownMs }: AutoSwitchSettings): boolean {
  if (last === null) return false
  // A clock that was set back must not keep it for ever.
  const wait = last.undoneAt === null ? cooldownMs : RESPECT_MS
  const since = last.undoneAt ?? last.at
  return now >= since && now - since < wait
}

function isSpent(state: AccountState, pool: string, now: EpochMs, rules: Rules): boolean {
  if (state.attempt?.problem !== null) return false
  const found = poolStates(state, now, rules).get(pool)
  if (found === undefined || !found.blocked) return false
  return (
    state.blocks.some((block) => block.model === found.blockedBy && block.until > now) || isPlain(state, found, now)
  )
}

/** An inferred zero is not enough to rewrite somebody's file. */
function isPlain(state: AccountState, pool: PoolState, now: EpochMs): boolean {
  const quota = state.reading?.quotas.find((one) => one.id === pool.blockedBy)
  return quota !== undefined && !quota.inferred && isCurrent(quota, state, now)
}

function usable(
  state: AccountState,
  { pool, now, rules, settings }: AutoSwitchInput,
): readonly { readonly id: string; readonly headroom: number; readonly resetsAt: number | null }[] {
  const { candidates } = judgeAccount(state, { pool, provider: 'antigravity' }, now, rules)
  return candidates.flatMap(({ choice, rank, headroom, resetsAtMs }) => {
    const isEnough = choice.remainingRatio !== null && choice.remainingRatio >= settings.minRemainingRatio
    return rank === 3 && isEnough ? [{ id: state.account.id, headroom, resetsAt: resetsAtMs }] : []
  })
}

/** Whether the owner took a switch back: the account is there, and another one is active for the pool. */
export function wasTakenBack(last: LastSwitch, pool: string, states: readonly AccountState[]): boolean {
  if (last.undoneAt !== null) return false
  const active = states.filter(isSwitchable).find(({ account }) => account.activeFor.includes(pool))
  return active !== undefined && active.account.id !== last.to && states.some((state) => state.account.id === last.to)
}
