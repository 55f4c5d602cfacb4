import type { AccountState } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { Clock, Random } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import type { PollingSettings } from '../model/settings.ts'
import { MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import type { BoardStore } from './board.ts'
import type { Memory } from './memory.ts'
import {
  contradicts,
  createPoller,
  findHeirs,
  fingerprintsOf,
  hasLostLogins,
  hasNewLogin,
  type Poller,
} from './poller.ts'
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
  return new FoundAccounts(deps)
}

class FoundAccounts implements Accounts {
  readonly pollers = new Map<string, Poller>()
  readonly #deps: AccountsDeps
  readonly #providers: ReadonlyMap<string, Provider>
  #restored: ReadonlyMap<string, AccountState> = new Map()
  #isFirst = true

  constructor(deps: AccountsDeps) {
    this.#deps = deps
    this.#providers = new Map(deps.providers.map((provider) => [provider.id, provider]))
  }

  takeRestored(states: ReadonlyMap<string, AccountState>): void {
    this.#restored = states
  }

  pollerOf(credential: Credential): Poller | null {
    for (const poller of this.pollers.values()) {
      if (poller.provider.id === credential.provider && fingerprintsOf(poller.entry).includes(credential.fingerprint))
        return poller
    }
    return null
  }

  regroup(credentials: readonly Credential[]): void {
    const present = new Set(credentials.map((credential) => credential.fingerprint))
    const roster = buildRoster({
      credentials,
      providers: this.#deps.providers,
      settings: this.#deps.settings(),
      known: (credential) => this.#deps.memory.known(credential, present),
      now: this.#deps.clock.now(),
    })
    const before = new Map(this.pollers)
    const heirs = findHeirs(roster, [...before.values()])
    const states = roster.map((entry) => this.#stateFor(entry, heirs.get(entry)))
    this.pollers.clear()
    for (const [index, entry] of roster.entries()) {
      const state = states[index]
      const poller = state && this.#adopt(entry, state, heirs.get(entry), roster.length)
      if (poller) this.pollers.set(entry.account.id, poller)
    }
    const kept = new Set(this.pollers.values())
    for (const poller of before.values()) if (!kept.has(poller)) this.#dismiss(poller)
    this.#deps.memory.noteRoster(roster)
    this.#restored = new Map()
    this.#isFirst = false
    this.#commit(roster, states)
  }

  #commit(roster: readonly RosterAccount[], states: readonly AccountState[]): void {
    const ids = new Set(roster.map((entry) => entry.account.id))
    this.#deps.board.commit({
      remove: this.#deps.board
        .board()
        .accounts.map((state) => state.account.id)
        .filter((id) => !ids.has(id)),
      // The plans were made a moment ago, with the this.pollers.
      set: states.map((state) => this.#withPlan(state, this.pollers.get(state.account.id))),
      order: roster.map((entry) => entry.account.id),
    })
  }

  #withPlan(state: AccountState, poller: Poller | undefined): AccountState {
    if (!state.account.enabled) return state.nextPollAt === null ? state : { ...state, nextPollAt: null }
    if (poller === undefined || poller.dueAt === null) return state
    const left = poller.dueAt - this.#deps.clock.monotonicMs()
    const nextPollAt = plusMs(this.#deps.clock.now(), Math.ceil(left))
    const isKnown = state.nextPollAt !== null && Math.abs(nextPollAt - state.nextPollAt) < SECOND_MS
    return isKnown || left < 0 ? state : { ...state, nextPollAt }
  }

  /** The state an account starts from: its poller's, else what this.#deps.board.json knew of the same person, else nothing. */
  #stateFor(entry: RosterAccount, heir: Poller | undefined): AccountState {
    const staleAfterMs = staleAfterOf(entry.account.provider, this.#deps.settings())
    const known = heir === undefined ? this.#restoredFor(entry) : this.#deps.board.get(heir.entry.account.id)
    if (known === undefined) return pendingState(entry, staleAfterMs)
    const same = known.staleAfterMs === staleAfterMs && isEqual(known.account, entry.account)
    return same ? known : { ...known, account: entry.account, staleAfterMs }
  }

  #restoredFor(entry: RosterAccount): AccountState | undefined {
    const owner = this.#deps.memory.account(entry.account.id)
    if (owner !== null && contradicts(owner, entry.identity)) return undefined
    const state = this.#restored.get(entry.account.id)
    return state && { ...state, blocks: (owner?.blocks ?? []).filter((block) => block.until > this.#deps.clock.now()) }
  }

  #adopt(entry: RosterAccount, state: AccountState, heir: Poller | undefined, accounts: number): Poller | undefined {
    if (heir !== undefined) {
      const old = heir.entry
      heir.entry = entry
      if (hasNewLogin(old, entry)) this.#welcomeLogin(heir, state)
      else if (old.account.enabled !== entry.account.enabled) this.#enableOrNot(heir)
      else if (hasLostLogins(old, entry)) this.#deps.polling.plan(heir, soonDelay(this.#deps.random))
      return heir
    }
    const provider = this.#providers.get(entry.account.provider)
    if (provider === undefined) return undefined
    const poller = createPoller(entry, provider)
    if (state.attempt === null) this.#planFirst(poller, accounts)
    else this.#resume(poller, state, accounts)
    return poller
  }

  /** Another login ends what the old one was in for, and is soon asked whose it is; but at most once a minute. */
  #welcomeLogin(poller: Poller, state: AccountState): void {
    poller.refusals = 0
    poller.refused.clear()
    poller.notBefore = Number.NEGATIVE_INFINITY
    this.#deps.memory.noteAccount(poller.entry.account.id, { refusals: 0 })
    const age =
      state.observedAt === null || state.attempt?.problem ? MINUTE_MS : this.#deps.clock.now() - state.observedAt
    this.#deps.polling.plan(poller, Math.max(soonDelay(this.#deps.random), Math.min(MINUTE_MS, MINUTE_MS - age)))
  }

  #enableOrNot(poller: Poller): void {
    if (poller.entry.account.enabled) this.#deps.polling.plan(poller, soonDelay(this.#deps.random))
    else {
      this.#deps.polling.cancel(poller)
      poller.running?.abort.abort()
    }
  }

  #planFirst(poller: Poller, accounts: number): void {
    const interval = intervalOf(poller.provider.id, this.#deps.settings())
    this.#deps.polling.plan(
      poller,
      this.#isFirst ? startDelay(accounts, interval, this.#deps.random) : soonDelay(this.#deps.random),
    )
  }

  /** Takes up where the last process stopped: waits that a service has asked for go on. */
  #resume(poller: Poller, state: AccountState, accounts: number): void {
    const memo = this.#deps.memory.account(poller.entry.account.id)
    const problem = state.attempt?.problem ?? null
    const isSameLogin = fingerprintsOf(poller.entry).every((one) => memo?.fingerprints.includes(one) ?? false)
    if (problem !== null && !isSameLogin) {
      this.#planFirst(poller, accounts)
      return
    }
    const left = (at: number | null): number =>
      Math.min(LONGEST_PLAN_MS, Math.max(0, (at ?? 0) - this.#deps.clock.now()))
    poller.failures = problem === null ? 0 : 1
    poller.refusals = memo?.refusals ?? 0
    const isBarred = problem?.code === 'rate_limited' || (problem?.code === 'credential_expired' && poller.refusals > 0)
    if (isBarred && problem !== null && left(problem.retryAt) > 0) {
      poller.notBefore = this.#deps.clock.monotonicMs() + left(problem.retryAt)
    }
    const interval = intervalOf(poller.provider.id, this.#deps.settings())
    const regular =
      problem === null
        ? Math.min(
            left(state.nextPollAt),
            delayAfterRead(state.reading?.quotas ?? [], this.#deps.clock.now(), interval, this.#deps.random),
          )
        : left(state.nextPollAt)
    this.#deps.polling.plan(poller, Math.max(regular, startDelay(accounts, interval, this.#deps.random)))
  }

  #dismiss(poller: Poller): void {
    poller.gone = true
    this.#deps.polling.cancel(poller)
    poller.running?.abort.abort()
  }
}

function isEqual(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
