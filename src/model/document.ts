import type { AccountState, Board } from './account.ts'
import type { SourceId } from './credential.ts'
import type { Forecast } from './forecast.ts'
import { isDue, observedAtOf, problemOf, staleAt, statusOf } from './freshness.ts'
import { type Level, levelOf } from './level.ts'
import { markSpentModels } from './models-spent.ts'
import { poolOf } from './pool.ts'
import type { ProblemCode, Status } from './problem.ts'
import type { Quota, QuotaKind } from './quota.ts'
import type { Rules } from './settings.ts'
import { forecastOf } from './shared-window.ts'
import { type EpochMs, toIso, toIsoOrNull } from './time.ts'

/** The document of `list --json` and `GET /api/v1/accounts`: contracts section 4.1. Instants are RFC 3339 UTC. */
export interface AccountsDocument {
  readonly schemaVersion: 1
  readonly generatedAt: string
  readonly accounts: readonly AccountDocument[]
}

export interface AccountDocument {
  readonly id: string
  readonly provider: string
  readonly name: string
  readonly email: string | null
  readonly plan: { readonly id: string; readonly name: string | null } | null
  readonly source: SourceId
  readonly sources: readonly SourceId[]
  readonly active: boolean
  readonly activeFor: readonly string[]
  readonly status: Status
  readonly problem: ProblemDocument | null
  readonly observedAt: string | null
  readonly staleAt: string | null
  readonly nextPollAt: string | null
  /** What answered the last good reading (a host, a path); null without one. */
  readonly via: string | null
  readonly notes: readonly { readonly code: string; readonly message: string }[]
  readonly quotas: readonly QuotaDocument[]
}

interface ProblemDocument {
  readonly code: ProblemCode
  readonly message: string
  readonly hint: string | null
  readonly since: string
  readonly retryAt: string | null
}

export interface QuotaDocument {
  readonly id: string
  readonly label: string
  readonly kind: QuotaKind
  readonly pool: string
  readonly unit: string
  readonly used: number | null
  readonly limit: number | null
  readonly remaining: number | null
  readonly usedRatio: number | null
  readonly remainingRatio: number | null
  readonly unlimited: boolean
  readonly overageAllowed: boolean
  readonly inferred: boolean
  readonly level: Level
  readonly due: boolean
  readonly resetsAt: string | null
  readonly windowSeconds: number | null
  readonly providerPool: string | null
  /** When this value is from, where it is older than the account's `observedAt`; else null. */
  readonly observedAt: string | null
  readonly helper: boolean
  /**
   * A window whose own share is not reported, while every model that draws on it until the same reset is spent. Its
   * numbers and its level stay unknown; its verdict is theirs. Absent: not written by this version.
   */
  readonly modelsSpent?: boolean
  readonly forecast: Forecast | null
}

/** One account as the outside sees it at `now`. */
export function toAccountDocument(state: AccountState, now: EpochMs, rules: Rules): AccountDocument {
  const { account, reading } = state
  const problem = problemOf(state, now)
  return {
    id: account.id,
    provider: account.provider,
    name: account.name,
    email: account.email ?? reading?.identity.email ?? null,
    plan: reading?.plan ?? null,
    source: account.source,
    sources: account.sources,
    active: account.active,
    activeFor: account.activeFor,
    status: statusOf(state, now),
    problem: problem && { ...problem, since: toIso(problem.since), retryAt: toIsoOrNull(problem.retryAt) },
    observedAt: toIsoOrNull(state.observedAt),
    staleAt: toIsoOrNull(staleAt(state)),
    nextPollAt: toIsoOrNull(state.nextPollAt),
    via: reading?.via ?? null,
    notes: reading?.notes ?? [],
    quotas: markSpentModels((reading?.quotas ?? []).map((quota) => toQuotaDocument(quota, state, now, rules))),
  }
}

function toQuotaDocument(quota: Quota, state: AccountState, now: EpochMs, rules: Rules): QuotaDocument {
  const due = isDue(quota, observedAtOf(quota, state), now)
  return {
    id: quota.id,
    label: quota.label,
    kind: quota.kind,
    pool: poolOf(state.account.provider, quota, rules.poolGroup),
    unit: quota.unit,
    used: quota.used,
    limit: quota.limit,
    remaining: quota.remaining,
    usedRatio: quota.usedRatio,
    remainingRatio: quota.remainingRatio,
    unlimited: quota.unlimited,
    overageAllowed: quota.overageAllowed,
    inferred: quota.inferred,
    level: levelOf(quota, due, rules.levels),
    due,
    resetsAt: toIsoOrNull(quota.resetsAt),
    windowSeconds: quota.windowSeconds,
    providerPool: quota.providerPool,
    observedAt: toIsoOrNull(quota.observedAt),
    helper: quota.helper,
    modelsSpent: false,
    forecast: due ? null : forecastOf(quota, state, rules.forecast),
  }
}

/** The whole board as the outside sees it at `now`. */
export function toAccountsDocument(board: Board, now: EpochMs, rules: Rules): AccountsDocument {
  return {
    schemaVersion: 1,
    generatedAt: toIso(now),
    accounts: board.accounts.map((state) => toAccountDocument(state, now, rules)),
  }
}
