import type { AccountState } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { AttemptRecorder, FetchObserver } from '../model/engine.ts'
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
  readonly recorder: AttemptRecorder
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

interface PollOptions {
  /** A person asked for it: then an owner's own command may be run. */
  readonly byHand?: boolean
}

export interface Polling {
  /** Polls now; joins the attempt that is under way. Never rejects. */
  poll(poller: Poller, options?: PollOptions): Promise<Outcome>
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
  return new SelfPacedPolling(deps)
}

class SelfPacedPolling implements Polling {
  readonly #deps: PollingDeps
  #graceUntil = Number.NEGATIVE_INFINITY

  constructor(deps: PollingDeps) {
    this.#deps = deps
  }

  cancel(poller: Poller): void {
    poller.timer?.cancel()
    poller.timer = null
  }

  expectRoughStart(): void {
    this.#graceUntil = this.#deps.clock.monotonicMs() + GRACE_AFTER_WAKE_MS
  }

  plan(poller: Poller, delayMs: number): EpochMs {
    poller.timer?.cancel()
    poller.timer = null
    poller.dueAt = this.#deps.clock.monotonicMs() + delayMs
    if (this.#deps.isLive() && !this.#deps.isStopped() && !poller.gone && poller.entry.account.enabled) {
      poller.timer = this.#deps.clock.after(delayMs, () => {
        poller.timer = null
        if (!this.#deps.leapt()) void this.poll(poller)
      })
    }
    return plusMs(this.#deps.clock.now(), delayMs)
  }

  poll(poller: Poller, { byHand = false }: PollOptions = {}): Promise<Outcome> {
    if (poller.running !== null) return poller.running.promise
    const abort = new AbortController()
    const promise = this.#attemptAndSettle(poller, abort.signal, byHand)
    poller.running = { promise, abort }
    return promise
  }

  async #attemptAndSettle(poller: Poller, stop: AbortSignal, byHand: boolean): Promise<Outcome> {
    // Lets `poll` note the attempt as running before anything of it happens.
    await Promise.resolve()
    let outcome: Outcome = { kind: 'dropped' }
    try {
      outcome = await this.#attempt(poller, stop, byHand)
      poller.running = null
      if (outcome.kind !== 'dropped' && !this.#deps.isStopped() && !poller.gone) this.#settle(poller, outcome)
    } catch (thrown) {
      // A fault of our own must not end this account's loop (P01): it is logged and tried again later.
      poller.running = null
      if (!stop.aborted) {
        this.#deps.log.error('An unexpected error ended a poll.', {
          account: poller.entry.account.id,
          ...describeFault(thrown),
        })
        poller.failures += 1
        this.plan(
          poller,
          delayAfterFailure(this.#failureWith('internal', poller, null), this.#deps.settings(), this.#deps.random),
        )
      }
    }
    return outcome
  }

  async #attempt(poller: Poller, stop: AbortSignal, byHand: boolean): Promise<Outcome> {
    const giveBack = await this.#deps.attemptSlots.acquire(poller.provider.id, stop)
    try {
      const { account, credentials } = poller.entry
      const open = credentials.filter(
        (one) => (poller.refused.get(one.fingerprint) ?? 0) <= this.#deps.clock.monotonicMs(),
      )
      const onRefused = (credential: Credential): void => {
        poller.refused.set(credential.fingerprint, this.#deps.clock.monotonicMs() + REFUSED_LOGIN_MS)
      }
      const { reading = null, observedAt = null } = this.#deps.board.get(account.id) ?? {}
      const last = reading === null || observedAt === null ? null : { reading, observedAt }
      const sinceAskedMs = this.#deps.clock.monotonicMs() - poller.askedAt
      const target = { account: account.id, provider: poller.provider, onRefused, last, byHand, sinceAskedMs }
      return await runAttempt(this.#deps, { ...target, credentials: open.length > 0 ? open : credentials }, stop)
    } finally {
      giveBack()
    }
  }

  #settle(poller: Poller, outcome: ReadOutcome | FailedOutcome): void {
    this.#observe(poller, outcome)
    if (outcome.kind === 'read') this.#settleRead(poller, outcome)
    else this.#settleFailure(poller, outcome)
    void this.#deps.memory.save()
  }

  #observe(poller: Poller, outcome: ReadOutcome | FailedOutcome): void {
    try {
      this.#deps.observer.fetched({
        provider: poller.provider.id,
        account: poller.entry.account.id,
        outcome: outcome.kind === 'read' ? 'read' : outcome.error.code,
        tookMs: outcome.tookMs,
      })
    } catch (thrown) {
      this.#deps.log.error('An observer of fetches failed.', describeFault(thrown))
    }
  }

  #settleRead(asked: Poller, outcome: ReadOutcome): void {
    const isNews = this.#deps.memory.learn(outcome.credential, outcome.reading.identity)
    const poller = isNews ? this.#deps.regroup(outcome.credential) : asked
    if (poller === null || poller.gone) return
    poller.failures = 0
    poller.refusals = 0
    poller.notBefore = Number.NEGATIVE_INFINITY
    if (!outcome.handed) poller.askedAt = this.#deps.clock.monotonicMs()
    // The login that answered is good; others that were refused stay passed over for their hour.
    poller.refused.delete(outcome.credential.fingerprint)
    const interval = intervalOf(poller.provider.id, this.#deps.settings())
    const nextPollAt = this.plan(
      poller,
      delayAfterRead(outcome.reading.quotas, this.#deps.clock.now(), interval, this.#deps.random),
    )
    this.#deps.memory.noteAccount(poller.entry.account.id, { refusals: 0, blocks: [] })
    this.#publish(stateAfterRead(this.#stateOf(poller), outcome, nextPollAt))
  }

  #settleFailure(poller: Poller, outcome: FailedOutcome): void {
    const state = this.#stateOf(poller)
    if (this.#deps.clock.monotonicMs() < this.#graceUntil && isNetworkTrouble(outcome.error)) {
      this.#keepAsItWas(state, this.plan(poller, RETRY_IN_GRACE_MS * (1 + this.#deps.random())))
      return
    }
    if (outcome.unauthorized) poller.refusals += 1
    if (outcome.unauthorized && poller.refusals < REFUSALS_THAT_COUNT && state.reading !== null) {
      // The next poll is to ask this very login again.
      poller.refused.clear()
      this.#deps.memory.noteAccount(state.account.id, { refusals: poller.refusals })
      this.#keepAsItWas(
        state,
        this.plan(
          poller,
          delayAfterFirstRefusal(intervalOf(poller.provider.id, this.#deps.settings()), this.#deps.random),
        ),
      )
      return
    }
    poller.failures += 1
    const requestedMs = this.#requestedWait(poller, outcome.error)
    const delay = delayAfterFailure(
      this.#failureWith(outcome.error.code, poller, requestedMs),
      this.#deps.settings(),
      this.#deps.random,
    )
    const closedFor = outcome.unauthorized ? delay : (requestedMs ?? 0)
    poller.notBefore = closedFor > 0 ? this.#deps.clock.monotonicMs() + closedFor : Number.NEGATIVE_INFINITY
    const next = stateAfterFailure(state, outcome, this.plan(poller, delay))
    this.#deps.memory.noteAccount(state.account.id, { refusals: poller.refusals, blocks: next.blocks })
    this.#publish(next)
  }

  /** Commit first, then publish: what is shown has been written down. */
  #publish(next: AccountState): void {
    try {
      this.#deps.recorder.record(next)
    } catch (thrown) {
      this.#deps.log.error('A reading could not be written down.', {
        account: next.account.id,
        ...describeFault(thrown),
      })
    }
    this.#deps.board.commit({ set: [next] })
  }

  /** Status and problem stay; only the plan for the next poll is news. */
  #keepAsItWas(state: AccountState, nextPollAt: EpochMs): void {
    this.#deps.board.commit({ set: [{ ...state, nextPollAt }] })
  }

  #stateOf(poller: Poller): AccountState {
    const { account } = poller.entry
    return (
      this.#deps.board.get(account.id) ??
      pendingState(poller.entry, staleAfterOf(account.provider, this.#deps.settings()))
    )
  }

  /** What the service, or a cooldown of it, still demands; null: nothing. A wait for one model binds that model only. */
  #requestedWait(poller: Poller, error: QuotaError): number | null {
    const cooling = this.#deps.cooldowns.accountRemainingMs({
      provider: poller.provider.id,
      fingerprints: fingerprintsOf(poller.entry),
      endpoint: error.endpoint,
    })
    const isLimit = error.code === 'rate_limited' || error.code === 'blocked_by_gateway'
    if (isLimit && cooling > 0) return cooling
    if (error.retryAfterMs === null || error.model !== null) return null
    return capRequestedWait(error.retryAfterMs).ms
  }

  #failureWith(code: QuotaError['code'], poller: Poller, requestedMs: number | null) {
    const intervalMs = intervalOf(poller.provider.id, this.#deps.settings())
    return { code, count: poller.failures, requestedMs, intervalMs }
  }
}

function isNetworkTrouble(error: QuotaError): boolean {
  return error.code === 'offline' || error.code === 'network' || error.code === 'timeout'
}
