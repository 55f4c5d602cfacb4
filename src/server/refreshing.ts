import { type AccountState, type EpochMs, epochMs, type RefreshResult, toIsoOrNull } from '../model/index.ts'
import type { ServerDeps } from './deps.ts'
import { RefusalError } from './problems.ts'

/** A caller waits this long for services that hang; the reading goes on without it. */
const LONGEST_ANSWER_MS = 20_000

/** One entry of `POST /api/v1/refresh`. */
export interface RefreshedEntry {
  readonly account: string
  readonly outcome: RefreshResult['outcome']
  readonly observedAt: string | null
  readonly retryAt: string | null
  readonly problem: RefreshResult['problem']
}

/**
 * Reads accounts now (null: all), respecting cooldowns; answers when all are done or after 20 s, then from the board.
 * Throws RefusalError (429) when every account that was asked for was refused.
 */
export async function refreshNow(
  deps: Pick<ServerDeps, 'engine' | 'clock' | 'log'>,
  accounts: readonly string[] | null,
): Promise<readonly RefreshedEntry[]> {
  const startedAt = deps.clock.now()
  const reading = deps.engine.refresh(accounts)
  // When the time is up before the reading fails, its failure must not go unheard.
  reading.catch((error: unknown) => deps.log.error('a refresh failed', { error: String(error) }))
  const results = (await beforeDeadline(deps, reading)) ?? fromBoard(deps, accounts, startedAt)
  if (results.length > 0 && results.every((result) => result.outcome === 'cooldown')) {
    throw allRefused(results)
  }
  return results.map(toEntry)
}

function beforeDeadline<Value>(deps: Pick<ServerDeps, 'clock'>, work: Promise<Value>): Promise<Value | null> {
  return new Promise((resolve, reject) => {
    const timer = deps.clock.after(LONGEST_ANSWER_MS, () => resolve(null))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}

function fromBoard(
  deps: Pick<ServerDeps, 'engine'>,
  accounts: readonly string[] | null,
  startedAt: EpochMs,
): RefreshResult[] {
  return deps.engine
    .board()
    .accounts.filter(({ account }) => account.enabled && (accounts === null || accounts.includes(account.id)))
    .map((state) => resultOf(state, startedAt))
}

function resultOf(state: AccountState, startedAt: EpochMs): RefreshResult {
  const { account, attempt, observedAt, nextPollAt } = state
  const result = { account: account.id, provider: account.provider, observedAt, retryAt: nextPollAt }
  if (attempt === null || attempt.at < startedAt) {
    const message = 'The service has not answered yet.'
    return { ...result, outcome: 'failed', problem: { code: 'timeout', message, hint: 'The reading goes on.' } }
  }
  if (attempt.problem === null) return { ...result, outcome: 'read', retryAt: null, problem: null }
  const { code, message, hint, retryAt } = attempt.problem
  return { ...result, outcome: 'failed', retryAt, problem: { code, message, hint } }
}

function allRefused(results: readonly RefreshResult[]): RefusalError {
  const retries = results.map((result) => result.retryAt).filter((at) => at !== null)
  return new RefusalError({
    status: 429,
    code: 'rate_limited',
    message: 'Every account asked for was read a moment ago or is waiting for its service.',
    hint: 'Its last values are still there; try again after retryAt.',
    retryAt: retries.length === 0 ? null : epochMs(Math.min(...retries)),
    more: { results: results.map(toEntry) },
  })
}

function toEntry(result: RefreshResult): RefreshedEntry {
  return {
    account: result.account,
    outcome: result.outcome,
    observedAt: toIsoOrNull(result.observedAt),
    retryAt: toIsoOrNull(result.retryAt),
    problem: result.problem,
  }
}
