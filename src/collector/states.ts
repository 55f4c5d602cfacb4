import type { AccountState, ModelBlock } from '../model/account.ts'
import type { Problem, QuotaError } from '../model/problem.ts'
import type { EpochMs } from '../model/time.ts'
import type { FailedOutcome, ReadOutcome } from './outcome.ts'
import { differs, type RosterAccount } from './roster.ts'

/** An account that nothing is known about yet. */
export function pendingState(entry: RosterAccount, staleAfterMs: number): AccountState {
  return {
    account: entry.account,
    attempt: null,
    reading: null,
    observedAt: null,
    nextPollAt: null,
    blocks: [],
    staleAfterMs,
  }
}

/**
 * After a good reading. It replaces the old one wholly: a window that it does not name has ended. Only the plan is
 * kept when the new answer does not tell one, as the tier is a question of its own that may fail alone.
 */
export function stateAfterRead(before: AccountState, outcome: ReadOutcome, nextPollAt: EpochMs): AccountState {
  const { reading } = outcome
  const old = before.reading
  const samePerson = old !== null && !differs(old.identity.subject, reading.identity.subject)
  const plan = reading.plan ?? (samePerson ? old.plan : null)
  return {
    ...before,
    attempt: { at: outcome.at, tookMs: outcome.tookMs, problem: null },
    reading: plan === reading.plan ? reading : { ...reading, plan },
    observedAt: outcome.observedAt,
    nextPollAt,
    blocks: [],
  }
}

/** After a failure: the last good reading stays, whatever went wrong. */
export function stateAfterFailure(before: AccountState, outcome: FailedOutcome, nextPollAt: EpochMs): AccountState {
  return {
    ...before,
    attempt: {
      at: outcome.at,
      tookMs: outcome.tookMs,
      problem: problemFrom(outcome.error, before, outcome.at, nextPollAt),
    },
    nextPollAt,
    blocks: withBlock(before.blocks, outcome.block, outcome.at),
  }
}

function problemFrom(error: QuotaError, before: AccountState, at: EpochMs, retryAt: EpochMs): Problem {
  const old = before.attempt?.problem ?? null
  const since = old !== null && old.code === error.code && old.since <= at ? old.since : at
  return { code: error.code, message: error.message, hint: error.hint, since, retryAt }
}

/** One block a model, ended ones dropped, so the list cannot grow without end. */
function withBlock(blocks: readonly ModelBlock[], block: ModelBlock | null, now: EpochMs): readonly ModelBlock[] {
  const rest = blocks.filter((other) => other.until > now && other.model !== block?.model)
  return block === null ? rest : [...rest.slice(-63), block]
}
