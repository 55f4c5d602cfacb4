import type { Account, AccountState } from '../../src/model/account.ts'
import type { Problem, ProblemCode } from '../../src/model/problem.ts'
import { makeQuota, type Quota, ratiosFromRemaining } from '../../src/model/quota.ts'
import { UNKNOWN_IDENTITY } from '../../src/model/reading.ts'
import { type EpochMs, epochMs, HOUR_MS, plusMs } from '../../src/model/time.ts'

/** Sunday 22 November 2026, 09:00 UTC: "now" of tests that need a date. */
export const NOW = epochMs(Date.UTC(2026, 10, 22, 9, 0, 0))

export function anAccount(facts: Partial<Account> = {}): Account {
  const provider = facts.provider ?? 'claude'
  const name = facts.name ?? 'ada'
  return {
    id: `${provider}/${name}`,
    provider,
    name,
    email: null,
    source: 'env',
    sources: ['env'],
    enabled: true,
    active: false,
    activeFor: [],
    ...facts,
  }
}

export interface StateFacts extends Partial<Omit<AccountState, 'account'>> {
  readonly account?: Partial<Account>
  readonly quotas?: readonly Quota[]
  readonly problem?: Problem | null
}

/** An account that was read a minute ago, with these quotas. */
export function aState(facts: StateFacts = {}): AccountState {
  const { account, quotas = [], problem = null, ...rest } = facts
  const observedAt: EpochMs = rest.observedAt ?? plusMs(NOW, -60_000)
  return {
    account: anAccount(account),
    attempt: { at: observedAt, tookMs: 120, problem },
    reading: { identity: UNKNOWN_IDENTITY, plan: null, quotas, notes: [], observedAt: null, via: 'api.example.com' },
    observedAt,
    nextPollAt: plusMs(NOW, 60_000),
    blocks: [],
    staleAfterMs: 900_000,
    ...rest,
  }
}

export function aProblem(code: ProblemCode, facts: Partial<Problem> = {}): Problem {
  return {
    code,
    message: 'It did not work.',
    hint: 'Try again.',
    since: plusMs(NOW, -HOUR_MS),
    retryAt: null,
    ...facts,
  }
}

/** A window with this share left, resetting in three hours. */
export function aWindow(id: string, left: number | null, facts: Partial<Quota> = {}): Quota {
  return makeQuota({
    id,
    label: id,
    kind: 'window',
    resetsAt: plusMs(NOW, 3 * HOUR_MS),
    ...ratiosFromRemaining(left),
    ...facts,
  })
}

export function aModel(id: string, left: number | null, facts: Partial<Quota> = {}): Quota {
  return aWindow(id, left, { kind: 'model', ...facts })
}
