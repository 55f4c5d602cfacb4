import type { AccountState } from './account.ts'
import { type Problem, STATUS_OF_CODE, type Status } from './problem.ts'
import type { Quota } from './quota.ts'
import { type EpochMs, plusMs } from './time.ts'

/**
 * Whether a quota's value belongs to a window that has ended: its reset has passed and the reading is older than it.
 * A reading taken after the reset it names is not due, its countdown just says `now` (contracts section 7.9).
 */
export function isDue(quota: Pick<Quota, 'resetsAt'>, observedAt: EpochMs | null, now: EpochMs): boolean {
  return quota.resetsAt !== null && quota.resetsAt <= now && observedAt !== null && observedAt < quota.resetsAt
}

/** When a quota's value is from: its own instant where it is older than the reading. */
export function observedAtOf(
  quota: Pick<Quota, 'observedAt'>,
  state: Pick<AccountState, 'observedAt'>,
): EpochMs | null {
  return quota.observedAt ?? state.observedAt
}

/** Whether a quota's value may pass for current: its window goes on, and it is not too old. */
export function isCurrent(
  quota: Pick<Quota, 'observedAt' | 'resetsAt'>,
  state: Pick<AccountState, 'observedAt' | 'staleAfterMs'>,
  now: EpochMs,
): boolean {
  const observedAt = observedAtOf(quota, state)
  if (observedAt === null || isDue(quota, observedAt, now)) return false
  return plusMs(observedAt, state.staleAfterMs) > now
}

/** When the present reading stops being current; null without one. */
export function staleAt(state: Pick<AccountState, 'observedAt' | 'staleAfterMs'>): EpochMs | null {
  return state.observedAt === null ? null : plusMs(state.observedAt, state.staleAfterMs)
}

/** Whether the reading is too old to pass for current, whatever the status says. False without a reading. */
export function isStale(state: Pick<AccountState, 'observedAt' | 'staleAfterMs'>, now: EpochMs): boolean {
  const at = staleAt(state)
  return at !== null && at <= now
}

/** The account's status at `now`: disabled above all, then the last finished attempt, then staleness. */
export function statusOf(state: AccountState, now: EpochMs): Status {
  if (!state.account.enabled) return 'disabled'
  if (state.attempt === null) return 'pending'
  if (state.attempt.problem !== null) return STATUS_OF_CODE[state.attempt.problem.code]
  return isStale(state, now) ? 'stale' : 'ok'
}

/** The problem to show beside the status; null for ok, pending and disabled. */
export function problemOf(state: AccountState, now: EpochMs): Problem | null {
  const status = statusOf(state, now)
  if (status === 'ok' || status === 'pending' || status === 'disabled') return null
  if (state.attempt?.problem) return state.attempt.problem
  const since = staleAt(state) ?? now
  return {
    code: 'overdue',
    message: 'The last reading is older than it should be.',
    hint: 'It is read again by itself; press refresh to try now.',
    since,
    retryAt: state.nextPollAt,
  }
}

/**
 * The next instant at which the account looks different without any new reading: a reset passes or the reading
 * turns stale. Null: nothing changes by itself.
 */
export function nextChangeAt(state: AccountState, now: EpochMs): EpochMs | null {
  let next: EpochMs | null = null
  const consider = (at: EpochMs | null): void => {
    if (at !== null && at > now && (next === null || at < next)) next = at
  }
  consider(staleAt(state))
  for (const quota of state.reading?.quotas ?? []) {
    consider(quota.resetsAt)
    if (quota.observedAt !== null) consider(plusMs(quota.observedAt, state.staleAfterMs))
  }
  for (const block of state.blocks) consider(block.until)
  return next
}
