import type { AccountState, ModelBlock } from '../model/account.ts'
import type { Problem, QuotaError } from '../model/problem.ts'
import type { Quota } from '../model/quota.ts'
import type { Reading } from '../model/reading.ts'
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
 * After a good reading. It replaces the old one: a window that it does not name has ended, unless nobody answered for
 * its kind. The plan is kept when the new answer does not tell one, as the tier is a question that may fail alone.
 */
export function stateAfterRead(before: AccountState, outcome: ReadOutcome, nextPollAt: EpochMs): AccountState {
  const { reading } = outcome
  const old = before.reading
  const samePerson = old !== null && !differs(old.identity.subject, reading.identity.subject)
  const plan = reading.plan ?? (samePerson ? old.plan : null)
  const kept = samePerson ? keptQuotas(before, reading) : []
  return {
    ...before,
    attempt: { at: outcome.at, tookMs: outcome.tookMs, problem: null },
    reading:
      plan === reading.plan && kept.length === 0 ? reading : { ...reading, plan, quotas: [...reading.quotas, ...kept] },
    observedAt: outcome.observedAt,
    nextPollAt,
    blocks: [],
  }
}

/** Values of kinds that nobody answered for this time: a failed request never erases the last good one. */
function keptQuotas(before: AccountState, reading: Reading): readonly Quota[] {
  const unanswered = reading.unanswered ?? []
  if (unanswered.length === 0) return []
  const answered = new Set(reading.quotas.map((quota) => quota.id))
  return (before.reading?.quotas ?? [])
    .filter((quota) => unanswered.includes(quota.kind) && !answered.has(quota.id))
    .map((quota) => ({ ...quota, observedAt: quota.observedAt ?? before.observedAt }))
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
