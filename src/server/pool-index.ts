import {
  type AccountState,
  type EpochMs,
  nextChangeAt,
  type PoolState,
  poolStates,
  type Rules,
} from '../model/index.ts'

/** Pool states of accounts, kept until the account is read again or one of its resets passes: a look-up is one step. */
export interface PoolIndex {
  of(state: AccountState, now: EpochMs, rules: Rules): ReadonlyMap<string, PoolState>
}

interface Known {
  readonly pools: ReadonlyMap<string, PoolState>
  readonly rules: Rules
  readonly madeAt: EpochMs
  readonly until: EpochMs | null
}

/** States are replaced, never changed, so a state itself is the key; it goes when the board lets go of it. */
export function createPoolIndex(): PoolIndex {
  const known = new WeakMap<AccountState, Known>()
  return {
    of(state, now, rules) {
      const entry = known.get(state)
      // A clock that was set back makes what was worked out later worthless.
      const isCurrent = entry?.rules === rules && entry.madeAt <= now && (entry.until === null || now < entry.until)
      if (entry !== undefined && isCurrent) return entry.pools
      const pools = poolStates(state, now, rules)
      known.set(state, { pools, rules, madeAt: now, until: nextChangeAt(state, now) })
      return pools
    },
  }
}
