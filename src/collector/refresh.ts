import type { RefreshOptions } from '../model/engine.ts'
import { staleAt } from '../model/freshness.ts'
import type { Clock, RefreshResult } from '../model/ports.ts'
import { type EpochMs, MINUTE_MS, plusMs } from '../model/time.ts'
import type { BoardStore } from './board.ts'
import type { Outcome } from './outcome.ts'
import type { Poller } from './poller.ts'
import type { Polling } from './polling.ts'

export interface RefreshDeps {
  readonly clock: Clock
  readonly board: BoardStore
  readonly polling: Polling
  readonly pollers: () => ReadonlyMap<string, Poller>
  readonly intervalMs: (provider: string) => number
  /** Looks at the login files again. */
  readonly lookAgain: () => Promise<void>
  readonly isStopped: () => boolean
}

/** By hand an account is asked at most this often. */
const LEAST_BETWEEN_MANUAL_MS = MINUTE_MS

export type Refresh = (
  accounts: readonly string[] | null,
  options?: RefreshOptions,
) => Promise<readonly RefreshResult[]>

/**
 * Fetching by hand. It is bound by every cooldown, by a refused login, and by once a minute; with `onlyDue` it is no
 * more than the poll that is due anyway, and accounts that are not due are no part of the answer.
 */
export function createRefresh(deps: RefreshDeps): Refresh {
  const hand = new RefreshByHand(deps)
  return (accounts, options = {}) => hand.run(accounts, options)
}

class RefreshByHand {
  readonly #deps: RefreshDeps

  constructor(deps: RefreshDeps) {
    this.#deps = deps
  }

  async run(accounts: readonly string[] | null, options: RefreshOptions): Promise<readonly RefreshResult[]> {
    const onlyDue = options.onlyDue === true
    // A sign-in that has just happened must count, even before the watcher has noticed it.
    if (!onlyDue && this.#chosen(accounts).some((poller) => poller.refusals > 0)) await this.#deps.lookAgain()
    if (this.#deps.isStopped()) return []
    const wanted = this.#chosen(accounts).filter((poller) => !onlyDue || this.#isDue(poller))
    let done = 0
    return Promise.all(
      wanted.map(async (poller) => {
        const result = await this.#refreshOne(poller, onlyDue)
        done += 1
        options.onProgress?.(done, wanted.length)
        return result
      }),
    )
  }

  /** The accounts asked for, each once. Whoever was switched off is asked for only by name. */
  #chosen(accounts: readonly string[] | null): readonly Poller[] {
    const pollers = this.#deps.pollers()
    if (accounts === null) return [...pollers.values()].filter((poller) => poller.entry.account.enabled)
    return [...new Set(accounts)].flatMap((id) => pollers.get(id) ?? [])
  }

  #isDue(poller: Poller): boolean {
    const { account } = poller.entry
    if (!account.enabled) return false
    const state = this.#deps.board.get(account.id)
    if (state === undefined || state.attempt === null) return true
    const now = this.#deps.clock.now()
    if (state.attempt.problem !== null || poller.failures > 0) {
      return poller.dueAt === null || poller.dueAt <= this.#deps.clock.monotonicMs()
    }
    const age = state.observedAt === null ? Number.POSITIVE_INFINITY : now - state.observedAt
    const endsAt = staleAt(state)
    const hasReset = (state.reading?.quotas ?? []).some(
      ({ resetsAt }) => resetsAt !== null && resetsAt <= now && (state.observedAt ?? now) < resetsAt,
    )
    return age < 0 || age >= this.#deps.intervalMs(account.provider) || hasReset || (endsAt !== null && endsAt <= now)
  }

  async #refreshOne(poller: Poller, onlyDue: boolean): Promise<RefreshResult> {
    const { account } = poller.entry
    if (!account.enabled) return this.#failed(poller, SWITCHED_OFF)
    if (poller.running === null) {
      const barred = this.#barrier(poller, onlyDue)
      if (barred !== null) return barred
      poller.manualAt = this.#deps.clock.monotonicMs()
    }
    return this.#resultOf(poller, await this.#deps.polling.poll(poller, { byHand: !onlyDue }))
  }

  /** Why nothing may be sent now; null when it may. */
  #barrier(poller: Poller, onlyDue: boolean): RefreshResult | null {
    const state = this.#deps.board.get(poller.entry.account.id)
    const monotonic = this.#deps.clock.monotonicMs()
    if (poller.notBefore > monotonic) {
      const problem = state?.attempt?.problem ?? null
      const retryAt = plusMs(this.#deps.clock.now(), Math.ceil(poller.notBefore - monotonic))
      // A login that was refused is no matter of waiting: somebody has to sign in.
      return poller.refusals > 0 && problem !== null
        ? this.#failed(poller, problem, retryAt)
        : { ...this.#base(poller), outcome: 'cooldown', retryAt, problem }
    }
    if (onlyDue) return null
    const sinceManual = monotonic - poller.manualAt
    const age =
      state?.observedAt == null || state.attempt?.problem !== null ? null : this.#deps.clock.now() - state.observedAt
    const passed = Math.min(sinceManual, age !== null && age >= 0 ? age : Number.POSITIVE_INFINITY)
    if (passed >= LEAST_BETWEEN_MANUAL_MS) return null
    const retryAt = plusMs(this.#deps.clock.now(), Math.ceil(LEAST_BETWEEN_MANUAL_MS - passed))
    return { ...this.#base(poller), outcome: 'cooldown', retryAt, problem: null }
  }

  #resultOf(poller: Poller, outcome: Outcome): RefreshResult {
    if (outcome.kind === 'read') {
      const { nextPollAt = null } = this.#deps.board.get(poller.entry.account.id) ?? {}
      return {
        ...this.#base(poller),
        outcome: 'read',
        observedAt: outcome.observedAt,
        retryAt: nextPollAt,
        problem: null,
      }
    }
    if (outcome.kind === 'dropped') return this.#failed(poller, INTERRUPTED)
    const { code, message, hint } = outcome.error
    return this.#failed(
      poller,
      { code, message, hint },
      this.#deps.board.get(poller.entry.account.id)?.nextPollAt ?? null,
    )
  }

  #failed(
    poller: Poller,
    problem: NonNullable<RefreshResult['problem']>,
    retryAt: EpochMs | null = null,
  ): RefreshResult {
    const { code, message, hint } = problem
    return { ...this.#base(poller), outcome: 'failed', retryAt, problem: { code, message, hint } }
  }

  #base(poller: Poller): Pick<RefreshResult, 'account' | 'provider' | 'observedAt'> {
    const { account } = poller.entry
    return {
      account: account.id,
      provider: account.provider,
      observedAt: this.#deps.board.get(account.id)?.observedAt ?? null,
    }
  }
}

const SWITCHED_OFF = {
  code: 'disabled',
  message: 'This account is switched off by its owner.',
  hint: 'Switch it on where it comes from, then refresh again.',
}

const INTERRUPTED = { code: 'interrupted', message: 'The reading was interrupted.', hint: 'Refresh again.' }
