import { type AccountState, type EpochMs, isCurrent, judgeAccount, poolStates, type Rules } from '../model/index.ts'

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
  /** What `doubtOf` said of an earlier reading; null: there was no doubt. */
  readonly doubt: Doubt | null
}

/** An active account that is spent by an inferred value only, and by which reading. */
export interface Doubt {
  readonly account: string
  readonly observedAt: EpochMs
}

/** Who was taken back by its owner is not fought over. */
const RESPECT_MS = 60 * 60_000

/** Families that the file keeps an index of, and that an account is active for. */
export function switchedPools(states: readonly AccountState[]): readonly string[] {
  return [...new Set(states.filter(isSwitchable).flatMap(({ account }) => account.activeFor))].sort()
}

/**
 * Which account should become active for a pool; null: none, or no need. The active one must be spent by a fresh
 * reading, by two where its value is inferred (contracts section 7.1); the next one must be usable by the same verdict as `best`, with enough left that it does not flip
 * back at once. Never one that is forbidden, signed out or billed beyond its limit. Pure.
 */
export function decideSwitch(input: AutoSwitchInput): SwitchDecision | null {
  const { states, pool, now, settings, last } = input
  if (!settings.enabled || isTooSoon(last, now, settings)) return null
  const candidates = states.filter(isSwitchable)
  const active = activeOf(candidates, pool)
  if (active === undefined || !isSurelySpent(active, input)) return null
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

function activeOf(states: readonly AccountState[], pool: string): AccountState | undefined {
  return states.filter(isSwitchable).find(({ account }) => account.activeFor.includes(pool))
}

/** The doubt to remember until the next reading of the active account; null: it is surely spent, or not at all. Pure. */
export function doubtOf(states: readonly AccountState[], pool: string, now: EpochMs, rules: Rules): Doubt | null {
  const active = activeOf(states, pool)
  if (active === undefined || active.observedAt === null || spentBy(active, pool, now, rules) !== 'inferred')
    return null
  return { account: active.account.id, observedAt: active.observedAt }
}

function isSurelySpent(active: AccountState, { pool, now, rules, doubt }: AutoSwitchInput): boolean {
  const by = spentBy(active, pool, now, rules)
  if (by !== 'inferred') return by === 'plain'
  return doubt?.account === active.account.id && doubt.observedAt < (active.observedAt ?? 0)
}

/** By what kind of value a pool is spent; null: it is not, or nothing fresh says so. */
function spentBy(state: AccountState, pool: string, now: EpochMs, rules: Rules): 'plain' | 'inferred' | null {
  if (state.attempt?.problem !== null) return null
  const found = poolStates(state, now, rules).get(pool)
  if (found === undefined || !found.blocked) return null
  if (state.blocks.some((block) => block.model === found.blockedBy && block.until > now)) return 'plain'
  const quota = state.reading?.quotas.find((one) => one.id === found.blockedBy)
  if (quota === undefined || !isCurrent(quota, state, now)) return null
  return quota.inferred ? 'inferred' : 'plain'
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
  const active = activeOf(states, pool)
  return active !== undefined && active.account.id !== last.to && states.some((state) => state.account.id === last.to)
}
