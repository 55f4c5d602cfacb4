import type { AccountDocument, AccountsDocument, QuotaDocument } from '../../src/model/index.ts'

/** A quota of a test: half used, resets in three hours. */
export function quota(facts: Partial<QuotaDocument> = {}): QuotaDocument {
  return {
    id: 'session',
    label: 'Session (5 h)',
    kind: 'window',
    pool: 'session',
    unit: 'share',
    used: null,
    limit: null,
    remaining: null,
    usedRatio: 0.5,
    remainingRatio: 0.5,
    unlimited: false,
    overageAllowed: false,
    inferred: false,
    level: 'medium',
    due: false,
    resetsAt: '2026-11-22T12:00:00Z',
    windowSeconds: 18_000,
    providerPool: null,
    observedAt: null,
    helper: false,
    forecast: null,
    ...facts,
  }
}

/** An account of a test, read a minute before 2026-11-22T09:00:00Z. */
export function account(facts: Partial<AccountDocument> = {}): AccountDocument {
  return {
    id: 'claude/work',
    provider: 'claude',
    name: 'work',
    email: null,
    plan: null,
    source: 'claude-code',
    sources: ['claude-code'],
    active: false,
    activeFor: [],
    status: 'ok',
    problem: null,
    observedAt: '2026-11-22T08:59:00Z',
    staleAt: '2026-11-22T09:14:00Z',
    nextPollAt: '2026-11-22T09:04:00Z',
    via: 'api.example.test',
    notes: [],
    quotas: [quota()],
    ...facts,
  }
}

export function documentOf(...accounts: readonly AccountDocument[]): AccountsDocument {
  return { schemaVersion: 1, generatedAt: '2026-11-22T09:00:00Z', accounts }
}
