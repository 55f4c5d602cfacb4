import type { AccountState, Attempt } from './account.ts'
import { type BestDocument, type BestQuery, rankAccounts } from './best.ts'
import { type AccountDocument, type AccountsDocument, type QuotaDocument, toAccountDocument } from './document.ts'
import type { Quota } from './quota.ts'
import { UNKNOWN_IDENTITY } from './reading.ts'
import type { Rules } from './settings.ts'
import { type EpochMs, epochMs, fromIso, toIso } from './time.ts'

/** Fallback of `stale_after` for a document that names no `staleAt`; contracts section 3.1. */
const DEFAULT_STALE_AFTER_MS = 15 * 60_000

/**
 * The state behind a document of `list --json`, as far as it tells: who only has the document (board.json, REST) can
 * apply the same rules. Not in the document, hence lost: how long the attempt took, models that a 429 has blocked.
 */
export function stateFromDocument(account: AccountDocument): AccountState {
  const observedAt = fromIso(account.observedAt)
  const staleAt = fromIso(account.staleAt)
  return {
    account: {
      id: account.id,
      provider: account.provider,
      name: account.name,
      email: account.email,
      source: account.source,
      sources: account.sources,
      enabled: account.status !== 'disabled',
      active: account.active,
      activeFor: account.activeFor,
    },
    attempt: attemptFrom(account, observedAt),
    reading:
      observedAt === null
        ? null
        : {
            identity: UNKNOWN_IDENTITY,
            plan: account.plan,
            quotas: account.quotas.map(quotaFrom),
            notes: account.notes as NonNullable<AccountState['reading']>['notes'],
            observedAt: null,
            via: account.via ?? '',
          },
    observedAt,
    nextPollAt: fromIso(account.nextPollAt),
    blocks: [],
    staleAfterMs: observedAt !== null && staleAt !== null ? staleAt - observedAt : DEFAULT_STALE_AFTER_MS,
  }
}

function attemptFrom(account: AccountDocument, observedAt: EpochMs | null): Attempt | null {
  if (account.status === 'pending') return null
  const { problem } = account
  if (problem === null || problem.code === 'overdue') return { at: observedAt ?? epochMs(0), tookMs: 0, problem: null }
  const since = fromIso(problem.since) ?? observedAt ?? epochMs(0)
  return { at: since, tookMs: 0, problem: { ...problem, since, retryAt: fromIso(problem.retryAt) } }
}

function quotaFrom(quota: QuotaDocument): Quota {
  const { pool: _pool, level: _level, due: _due, forecast: _forecast, ...facts } = quota
  return { ...facts, resetsAt: fromIso(quota.resetsAt), observedAt: fromIso(quota.observedAt) }
}

/**
 * The same readings as they look at a later instant: a window that has ended is due, an old reading is stale.
 * No surface may print a kept document without this.
 */
export function documentAt(document: AccountsDocument, now: EpochMs, rules: Rules): AccountsDocument {
  return {
    ...document,
    generatedAt: toIso(now),
    accounts: document.accounts.map((account) => {
      const aged = toAccountDocument(stateFromDocument(account), now, rules)
      const quotas = aged.quotas.map((quota, index) => ({
        ...quota,
        forecast: quota.due ? null : (account.quotas[index]?.forecast ?? null),
      }))
      return { ...account, ...aged, via: account.via, plan: account.plan, quotas }
    }),
  }
}

/** `rankAccounts` for who only has the document. */
export function bestOfDocument(document: AccountsDocument, query: BestQuery, now: EpochMs, rules: Rules): BestDocument {
  return rankAccounts(document.accounts.map(stateFromDocument), query, now, rules)
}
