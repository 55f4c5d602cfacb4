import type { AccountState } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { Clock, Random } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import type { PollingSettings } from '../model/settings.ts'
import { MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import type { BoardStore } from './board.ts'
import type { Memory } from './memory.ts'
import { contradicts, createPoller, findHeirs, fingerprintsOf, hasNewLogin, type Poller } from './poller.ts'
import type { Polling } from './polling.ts'
import { buildRoster, type RosterAccount } from './roster.ts'
import { delayAfterRead, intervalOf, soonDelay, staleAfterOf, startDelay } from './schedule.ts'
import { pendingState } from './states.ts'

export interface AccountsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly providers: readonly Provider[]
  readonly settings: () => PollingSettings
  readonly board: BoardStore
  readonly memory: Memory
  readonly polling: Polling
}

/** The accounts of now with their pollers, kept in step with the logins that were found. */
export interface Accounts {
  readonly pollers: ReadonlyMap<string, Poller>
  /** What board.json still knew; used when an account is seen for the first time. */
  takeRestored(states: ReadonlyMap<string, AccountState>): void
  /** Counts the accounts anew from these logins: new ones are planned, gone ones leave the board at once. */
  regroup(credentials: readonly Credential[]): void
  pollerOf(credential: Credential): Poller | null
}

/** No plan of ours reaches further: a later one in the file is damage, or a clock that was wrong. */
const LONGEST_PLAN_MS = 10 * 60 * MINUTE_MS

export function createAccounts(deps: AccountsDeps): Accounts {
  const { clock, random, board, memory, polling } = deps
  const pollers = new Map<string, Poller>()
  const providers = new Map(deps.providers.map((provider) => [provider.id, provider]))
  let restored: ReadonlyMap<string, AccountState> = new Map()
  let isFirst = true

  function regroup(credentials: readonly Credential[]): void {
    const present = new Set(credentials.map((credential) => credential.fingerprint))
    const roster = buildRoster({
      credentials,
      providers: deps.providers,
      settings: deps.settings(),
      known: (credential) => memory.known(credential, present),
      now: clock.now(),
    })
    const before = new Map(pollers)
    const heirs = findHeirs(roster, [...before.values()])
    const states = roster.map((entry) => stateFor(entry, heirs.get(entry)))
    pollers.clear()
    for (const [index, entry] of roster.entries()) {
      const state = states[index]
      const poller = state && adopt(entry, state, heirs.get(entry), roster.length)
      if (poller) pollers.set(entry.account.id, poller)
    }
    const kept = new Set(pollers.values())
    for (const poller of before.values()) if (!kept.has(poller)) dismiss(poller)
    memory.noteRoster(roster)
    restored = new Map()
    isFirst = false
    commit(roster, states)
  }

  function commit(roster: readonly RosterAccount[], states: readonly AccountState[]): void {
    const ids = new Set(roster.map((entry) => entry.account.id))
    board.commit({
      remove: board
        .board()
        .accounts.map((state) => state.account.id)
        .filter((id) => !ids.has(id)),
      // The plans were made a moment ago, with the pollers.
      set: states.map((state) => withPlan(state, pollers.get(state.account.id))),
      order: roster.map((entry) => entry.account.id),
    })
  }

  function withPlan(state: AccountState, poller: Poller | undefined): AccountState {
    if (!state.account.enabled) return state.nextPollAt === null ? state : { ...state, nextPollAt: null }
    if (poller === undefined || poller.dueAt === null) return state
    const left = poller.dueAt - clock.monotonicMs()
    const nextPollAt = plusMs(clock.now(), Math.ceil(left))
    const isKnown = state.nextPollAt !== null && Math.abs(nextPollAt - state.nextPollAt) < SECOND_MS
    return isKnown || left < 0 ? state : { ...state, nextPollAt }
  }

  /** The state an account starts from: its poller's, else what board.json knew of the same person, else nothing. */
  function stateFor(entry: RosterAccount, heir: Poller | undefined): AccountState {
    const staleAfterMs = staleAfterOf(entry.account.provider, deps.settings())
    const known = heir === undefined ? restoredFor(entry) : board.get(heir.entry.account.id)
    if (known === undefined) return pendingState(entry, staleAfterMs)
    const same = known.staleAfterMs === staleAfterMs && isEqual(known.account, entry.account)
    return same ? known : { ...known, account: entry.account, staleAfterMs }
  }

  function restoredFor(entry: RosterAccount): AccountState | undefined {
    const owner = memory.account(entry.account.id)
    if (owner !== null && contradicts(owner, entry.identity)) return undefined
    const state = restored.get(entry.account.id)
    return state && { ...state, blocks: (owner?.blocks ?? []).filter((block) => block.until > clock.now()) }
  }

  function adopt(
    entry: RosterAccount,
    state: AccountState,
    heir: Poller | undefined,
    accounts: number,
  ): Poller | undefined {
    if (heir !== undefined) {
      const old = heir.entry
      heir.entry = entry
      if (hasNewLogin(old, entry)) welcomeLogin(heir, state)
      else if (old.account.enabled !== entry.account.enabled) enableOrNot(heir)
      return heir
    }
    const provider = providers.get(entry.account.provider)
    if (provider === undefined) return undefined
    const poller = createPoller(entry, provider)
    if (state.attempt === null) planFirst(poller, accounts)
    else resume(poller, state, accounts)
    return poller
  }

  /** Another login ends what the old one was in for, and is soon asked whose it is; but at most once a minute. */
  function welcomeLogin(poller: Poller, state: AccountState): void {
    poller.refusals = 0
    poller.refused.clear()
    poller.notBefore = Number.NEGATIVE_INFINITY
    memory.noteAccount(poller.entry.account.id, { refusals: 0 })
    const age = state.observedAt === null || state.attempt?.problem ? MINUTE_MS : clock.now() - state.observedAt
    polling.plan(poller, Math.max(soonDelay(random), Math.min(MINUTE_MS, MINUTE_MS - age)))
  }

  function enableOrNot(poller: Poller): void {
    if (poller.entry.account.enabled) polling.plan(poller, soonDelay(random))
    else {
      polling.cancel(poller)
      poller.running?.abort.abort()
    }
  }

  function planFirst(poller: Poller, accounts: number): void {
    const interval = intervalOf(poller.provider.id, deps.settings())
    polling.plan(poller, isFirst ? startDelay(accounts, interval, random) : soonDelay(random))
  }

  /** Takes up where the last process stopped: waits that a service has asked for go on. */
  function resume(poller: Poller, state: AccountState, accounts: number): void {
    const memo = memory.account(poller.entry.account.id)
    const problem = state.attempt?.problem ?? null
    const isSameLogin = fingerprintsOf(poller.entry).every((one) => memo?.fingerprints.includes(one) ?? false)
    if (problem !== null && !isSameLogin) {
      planFirst(poller, accounts)
      return
    }
    const left = (at: number | null): number => Math.min(LONGEST_PLAN_MS, Math.max(0, (at ?? 0) - clock.now()))
    poller.failures = problem === null ? 0 : 1
    poller.refusals = memo?.refusals ?? 0
    const isBarred = problem?.code === 'rate_limited' || (problem?.code === 'credential_expired' && poller.refusals > 0)
    if (isBarred && problem !== null && left(problem.retryAt) > 0) {
      poller.notBefore = clock.monotonicMs() + left(problem.retryAt)
    }
    const interval = intervalOf(poller.provider.id, deps.settings())
    const regular =
      problem === null
        ? Math.min(left(state.nextPollAt), delayAfterRead(state.reading?.quotas ?? [], clock.now(), interval, random))
        : left(state.nextPollAt)
    polling.plan(poller, Math.max(regular, startDelay(accounts, interval, random)))
  }

  function dismiss(poller: Poller): void {
    poller.gone = true
    polling.cancel(poller)
    poller.running?.abort.abort()
  }

  return {
    pollers,
    regroup,
    takeRestored: (states) => {
      restored = states
    },
    pollerOf: (credential) => {
      for (const poller of pollers.values()) {
        if (poller.provider.id === credential.provider && fingerprintsOf(poller.entry).includes(credential.fingerprint))
          return poller
      }
      return null
    },
  }
}

function isEqual(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
