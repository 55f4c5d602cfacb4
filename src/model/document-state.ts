import type { AccountState, Attempt } from './account.ts'
import { type BestDocument, type BestQuery, rankAccounts } from './best.ts'
import { type AccountDocument, type AccountsDocument, type QuotaDocument, toAccountDocument } from './document.ts'
import type { ForecastLookup } from './forecast.ts'
import { isDue, problemOf, statusOf } from './freshness.ts'
import { markSpentModels } from './models-spent.ts'
import type { Quota } from './quota.ts'
import { UNKNOWN_IDENTITY } from './reading.ts'
import type { Rules } from './settings.ts'
import { type EpochMs, epochMs, fromIso, type InstantReader, instantReader, toIso, toIsoOrNull } from './time.ts'

/** Fallback of `stale_after` for a document that names no `staleAt`; contracts section 3.1. */
const DEFAULT_STALE_AFTER_MS = 15 * 60_000

/**
 * The state behind a document of `list --json`, as far as it tells: who only has the document (board.json, REST) can
 * apply the same rules. Not in the document, hence lost: how long the attempt took, models that a 429 has blocked.
 */
export function stateFromDocument(account: AccountDocument, read: InstantReader = fromIso): AccountState {
  const observedAt = read(account.observedAt)
  const staleAt = read(account.staleAt)
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
            quotas: account.quotas.map((quota) => quotaFrom(quota, read)),
            notes: account.notes as NonNullable<AccountState['reading']>['notes'],
            observedAt: null,
            via: account.via ?? '',
          },
    observedAt,
    nextPollAt: read(account.nextPollAt),
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

function quotaFrom(quota: QuotaDocument, read: InstantReader): Quota {
  return {
    id: quota.id,
    label: quota.label,
    kind: quota.kind,
    unit: quota.unit,
    used: quota.used,
    limit: quota.limit,
    remaining: quota.remaining,
    usedRatio: quota.usedRatio,
    remainingRatio: quota.remainingRatio,
    unlimited: quota.unlimited,
    overageAllowed: quota.overageAllowed,
    inferred: quota.inferred,
    resetsAt: read(quota.resetsAt),
    windowSeconds: quota.windowSeconds,
    providerPool: quota.providerPool,
    observedAt: read(quota.observedAt),
    helper: quota.helper,
  }
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

/**
 * `documentAt` under the rules the document was written with. What no instant has changed stays the same object: a
 * list of the last readings costs what it shows, however long it is.
 */
export function agedDocument(document: AccountsDocument, now: EpochMs): AccountsDocument {
  const read = instantReader()
  return {
    ...document,
    generatedAt: toIso(now),
    accounts: document.accounts.map((account) => agedAccount(account, now, read)),
  }
}

function agedAccount(account: AccountDocument, now: EpochMs, read: InstantReader): AccountDocument {
  const observedAt = read(account.observedAt)
  const hasEnded = (quota: QuotaDocument): boolean =>
    !quota.due && isDue({ resetsAt: read(quota.resetsAt) }, read(quota.observedAt) ?? observedAt, now)
  const quotas = account.quotas.some(hasEnded)
    ? markSpentModels(account.quotas.map((quota) => (hasEnded(quota) ? endedQuota(quota) : quota)))
    : account.quotas
  const overdueAt = account.status === 'ok' ? read(account.staleAt) : null
  if (overdueAt === null || overdueAt > now) return quotas === account.quotas ? account : { ...account, quotas }
  const state = stateFromDocument({ ...account, quotas: [] })
  const problem = problemOf(state, now)
  return {
    ...account,
    status: statusOf(state, now),
    problem: problem && { ...problem, since: toIso(problem.since), retryAt: toIsoOrNull(problem.retryAt) },
    quotas,
  }
}

function endedQuota(quota: QuotaDocument): QuotaDocument {
  return { ...quota, due: true, level: quota.unlimited ? 'unlimited' : 'unknown', modelsSpent: false, forecast: null }
}

/** `rankAccounts` for who only has the document. */
export function bestOfDocument(document: AccountsDocument, query: BestQuery, now: EpochMs, rules: Rules): BestDocument {
  const forecast = forecastsOf(document)
  const read = instantReader()
  const states = document.accounts.map((account) => stateFromDocument(account, read))
  return rankAccounts(states, query, now, { ...rules, forecast })
}

function forecastsOf(document: AccountsDocument): ForecastLookup {
  // Asked for the few that are ranked, not for every quota there is.
  const accounts = new Map(document.accounts.map((account) => [account.id, account]))
  return (account, quota) => accounts.get(account)?.quotas.find(({ id }) => id === quota)?.forecast ?? null
}
