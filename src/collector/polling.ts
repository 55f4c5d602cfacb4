import type { AccountState } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { FetchObserver } from '../model/engine.ts'
import type { Random } from '../model/ports.ts'
import type { QuotaError } from '../model/problem.ts'
import { capRequestedWait } from '../model/retry-after.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import { type AttemptDeps, runAttempt } from './attempt.ts'
import type { BoardStore } from './board.ts'
import { describeFault } from './faults.ts'
import type { Memory } from './memory.ts'
import type { FailedOutcome, Outcome, ReadOutcome } from './outcome.ts'
import { fingerprintsOf, type Poller } from './poller.ts'
import { delayAfterFailure, delayAfterFirstRefusal, delayAfterRead, intervalOf, staleAfterOf } from './schedule.ts'
import type { Slots } from './slots.ts'
import { pendingState, stateAfterFailure, stateAfterRead } from './states.ts'

export interface PollingDeps extends AttemptDeps {
  readonly random: Random
  readonly board: BoardStore
  readonly memory: Memory
  readonly observer: FetchObserver
  /** Accounts fetched at once, by provider, so that one slow service cannot take every place. */
  readonly attemptSlots: Slots
  /** False in a one-shot run: nothing is scheduled. */
  readonly isLive: () => boolean
  readonly isStopped: () => boolean
  /** A reading taught who a login is: counts the accounts anew and returns the poller that has the login now. */
  readonly regroup: (credential: Credential) => Poller | null
  /** Looks for a leap of the clock; true when it has just planned every poll anew. */
  readonly leapt: () => boolean
}

export interface Polling {
  /** Polls now; joins the attempt that is under way. Never rejects. */
  poll(poller: Poller): Promise<Outcome>
  /** Plans the next poll and returns its instant. */
  plan(poller: Poller, delayMs: number): EpochMs
  cancel(poller: Poller): void
  /** Network failures of the next minute are the machine waking up, not news. */
  expectRoughStart(): void
}

const GRACE_AFTER_WAKE_MS = MINUTE_MS
const RETRY_IN_GRACE_MS = 15 * SECOND_MS
const REFUSED_LOGIN_MS = HOUR_MS
/** 401 answers in a row that it takes to say so, when there is a reading to keep. */
const REFUSALS_THAT_COUNT = 2

export function createPolling(deps: PollingDeps): Polling {
  const { clock, random, board, memory } = deps
  let graceUntil = Number.NEGATIVE_INFINITY

  function plan(poller: Poller, delayMs: number): EpochMs {
    poller.timer?.cancel()
    poller.timer = null
    poller.dueAt = clock.monotonicMs() + delayMs
    if (deps.isLive() && !deps.isStopped() && !poller.gone && poller.entry.account.enabled) {
      poller.timer = clock.after(delayMs, () => {
        poller.timer = null
        if (!deps.leapt()) void poll(poller)
      })
    }
    return plusMs(clock.now(), delayMs)
  }

  function poll(poller: Poller): Promise<Outcome> {
    if (poller.running !== null) return poller.running.promise
    const abort = new AbortController()
    const promise = attemptAndSettle(poller, abort.signal)
    poller.running = { promise, abort }
    return promise
  }

  async function attemptAndSettle(poller: Poller, stop: AbortSignal): Promise<Outcome> {
    // Lets `poll` note the attempt as running before anything of it happens.
    await Promise.resolve()
    let outcome: Outcome = { kind: 'dropped' }
    try {
      outcome = await attempt(poller, stop)
      poller.running = null
      if (outcome.kind !== 'dropped' && !deps.isStopped() && !poller.gone) settle(poller, outcome)
    } catch (thrown) {
      // A fault of our own must not end this account's loop (P01): it is logged and tried again later.
      poller.running = null
      if (!stop.aborted) {
        deps.log.error('An unexpected error ended a poll.', {
          account: poller.entry.account.id,
          ...describeFault(thrown),
        })
        poller.failures += 1
        plan(poller, delayAfterFailure(failureWith('internal', poller, null), deps.settings(), random))
      }
    }
    return outcome
  }

  async function attempt(poller: Poller, stop: AbortSignal): Promise<Outcome> {
    const giveBack = await deps.attemptSlots.acquire(poller.provider.id, stop)
    try {
      const { account, credentials } = poller.entry
      const open = credentials.filter((one) => (poller.refused.get(one.fingerprint) ?? 0) <= clock.monotonicMs())
      const onRefused = (credential: Credential): void => {
        poller.refused.set(credential.fingerprint, clock.monotonicMs() + REFUSED_LOGIN_MS)
      }
      const target = { account: account.id, provider: poller.provider, onRefused }
      return await runAttempt(deps, { ...target, credentials: open.length > 0 ? open : credentials }, stop)
    } finally {
      giveBack()
    }
  }

  function settle(poller: Poller, outcome: ReadOutcome | FailedOutcome): void {
    observe(poller, outcome)
    if (outcome.kind === 'read') settleRead(poller, outcome)
    else settleFailure(poller, outcome)
    void memory.save()
  }

  function observe(poller: Poller, outcome: ReadOutcome | FailedOutcome): void {
    try {
      deps.observer.fetched({
        provider: poller.provider.id,
        account: poller.entry.account.name,
        outcome: outcome.kind === 'read' ? 'read' : outcome.error.code,
        tookMs: outcome.tookMs,
      })
    } catch (thrown) {
      deps.log.error('An observer of fetches failed.', describeFault(thrown))
    }
  }

  function settleRead(asked: Poller, outcome: ReadOutcome): void {
    const isNews = memory.learn(outcome.credential, outcome.reading.identity)
    const poller = isNews ? deps.regroup(outcome.credential) : asked
    if (poller === null || poller.gone) return
    poller.failures = 0
    poller.refusals = 0
    poller.notBefore = Number.NEGATIVE_INFINITY
    // The login that answered is good; others that were refused stay passed over for their hour.
    poller.refused.delete(outcome.credential.fingerprint)
    const interval = intervalOf(poller.provider.id, deps.settings())
    const nextPollAt = plan(poller, delayAfterRead(outcome.reading.quotas, clock.now(), interval, random))
    memory.noteAccount(poller.entry.account.id, { refusals: 0, blocks: [] })
    board.commit({ set: [stateAfterRead(stateOf(poller), outcome, nextPollAt)] })
  }

  function settleFailure(poller: Poller, outcome: FailedOutcome): void {
    const state = stateOf(poller)
    if (clock.monotonicMs() < graceUntil && isNetworkTrouble(outcome.error)) {
      keepAsItWas(state, plan(poller, RETRY_IN_GRACE_MS * (1 + random())))
      return
    }
    if (outcome.unauthorized) poller.refusals += 1
    if (outcome.unauthorized && poller.refusals < REFUSALS_THAT_COUNT && state.reading !== null) {
      // The next poll is to ask this very login again.
      poller.refused.clear()
      memory.noteAccount(state.account.id, { refusals: poller.refusals })
      keepAsItWas(state, plan(poller, delayAfterFirstRefusal(intervalOf(poller.provider.id, deps.settings()), random)))
      return
    }
    poller.failures += 1
    const requestedMs = requestedWait(poller, outcome.error)
    const delay = delayAfterFailure(failureWith(outcome.error.code, poller, requestedMs), deps.settings(), random)
    const closedFor = outcome.unauthorized ? delay : (requestedMs ?? 0)
    poller.notBefore = closedFor > 0 ? clock.monotonicMs() + closedFor : Number.NEGATIVE_INFINITY
    const next = stateAfterFailure(state, outcome, plan(poller, delay))
    memory.noteAccount(state.account.id, { refusals: poller.refusals, blocks: next.blocks })
    board.commit({ set: [next] })
  }

  /** Status and problem stay; only the plan for the next poll is news. */
  function keepAsItWas(state: AccountState, nextPollAt: EpochMs): void {
    board.commit({ set: [{ ...state, nextPollAt }] })
  }

  function stateOf(poller: Poller): AccountState {
    const { account } = poller.entry
    return board.get(account.id) ?? pendingState(poller.entry, staleAfterOf(account.provider, deps.settings()))
  }

  /** What the service, or a cooldown of it, still demands; null: nothing. A wait for one model binds that model only. */
  function requestedWait(poller: Poller, error: QuotaError): number | null {
    const cooling = deps.cooldowns.accountRemainingMs({
      provider: poller.provider.id,
      fingerprints: fingerprintsOf(poller.entry),
      endpoint: error.endpoint,
    })
    const isLimit = error.code === 'rate_limited' || error.code === 'blocked_by_gateway'
    if (isLimit && cooling > 0) return cooling
    if (error.retryAfterMs === null || error.model !== null) return null
    return capRequestedWait(error.retryAfterMs).ms
  }

  function failureWith(code: QuotaError['code'], poller: Poller, requestedMs: number | null) {
    const intervalMs = intervalOf(poller.provider.id, deps.settings())
    return { code, count: poller.failures, requestedMs, intervalMs }
  }

  return {
    poll,
    plan,
    cancel: (poller) => {
      poller.timer?.cancel()
      poller.timer = null
    },
    expectRoughStart: () => {
      graceUntil = clock.monotonicMs() + GRACE_AFTER_WAKE_MS
    },
  }
}

function isNetworkTrouble(error: QuotaError): boolean {
  return error.code === 'offline' || error.code === 'network' || error.code === 'timeout'
}
