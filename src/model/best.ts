import type { AccountState } from './account.ts'
import { isDue, isStale, statusOf } from './freshness.ts'
import { poolOfModel, poolStates } from './pool.ts'
import type { Status } from './problem.ts'
import type { Quota } from './quota.ts'
import type { Rules } from './settings.ts'
import { type EpochMs, toIsoOrNull } from './time.ts'

/** One way to work on: an account, for antigravity one pool of it. Shape of `tokstat best --json`. */
export interface Choice {
  readonly account: string
  readonly provider: string
  readonly pool: string | null
  readonly remainingRatio: number | null
  readonly resetsAt: string | null
  readonly reason: string
}

export interface Exclusion {
  readonly account: string
  readonly reason: string
  readonly recoversAt: string | null
}

export interface BestDocument {
  readonly best: Choice | null
  readonly others: readonly Choice[]
  readonly excluded: readonly Exclusion[]
}

export interface BestQuery {
  readonly model?: string | undefined
  readonly pool?: string | undefined
  readonly provider?: string | undefined
}

const UNUSABLE: Partial<Record<Status, string>> = {
  disabled: 'switched off by its owner',
  pending: 'not read yet',
  auth_required: 'signed out',
  forbidden: 'forbidden (403)',
  not_entitled: 'the plan reports no such quota',
}

interface Candidate {
  readonly choice: Choice
  /** Spent, but billed beyond: last of all. */
  readonly overage: boolean
  readonly resetsAtMs: EpochMs | null
}

/**
 * Which account to use next. Usable means: a fresh reading, no login trouble, and no spent window in the way.
 * More headroom first, then the reset that comes sooner (what is left there would be lost first).
 */
export function rankAccounts(
  states: readonly AccountState[],
  query: BestQuery,
  now: EpochMs,
  rules: Rules,
): BestDocument {
  const candidates: Candidate[] = []
  const excluded: Exclusion[] = []
  for (const state of states) {
    if (query.provider !== undefined && state.account.provider !== query.provider) continue
    const verdict = judge(state, query, now, rules)
    candidates.push(...verdict.candidates)
    excluded.push(...verdict.excluded)
  }
  candidates.sort(byUsefulness)
  const [best, ...others] = candidates.map((candidate) => candidate.choice)
  return { best: best ?? null, others, excluded }
}

interface Verdict {
  readonly candidates: readonly Candidate[]
  readonly excluded: readonly Exclusion[]
}

function judge(state: AccountState, query: BestQuery, now: EpochMs, rules: Rules): Verdict {
  const out = (reason: string, recoversAt: EpochMs | null = null): Verdict => ({
    candidates: [],
    excluded: [{ account: state.account.id, reason, recoversAt: toIsoOrNull(recoversAt) }],
  })
  const unusable = UNUSABLE[statusOf(state, now)]
  if (unusable !== undefined) return out(unusable, state.attempt?.problem?.retryAt ?? null)
  if (state.reading === null) return out('no reading yet', state.nextPollAt)
  if (isStale(state, now)) return out('the last reading is too old', state.nextPollAt)
  return state.account.provider === 'antigravity'
    ? judgePools(state, query, now, rules, out)
    : judgeWindows(state, query, now, out)
}

type Out = (reason: string, recoversAt?: EpochMs | null) => Verdict

function judgePools(state: AccountState, query: BestQuery, now: EpochMs, rules: Rules, out: Out): Verdict {
  const wanted = query.pool ?? (query.model === undefined ? null : poolOfModel(state, query.model, rules))
  const candidates: Candidate[] = []
  const excluded: Exclusion[] = []
  const modelPools = new Set(
    (state.reading?.quotas ?? [])
      .filter((quota) => quota.kind === 'model' && !quota.helper)
      .map((quota) => poolOfModel(state, quota.id, rules)),
  )
  for (const pool of poolStates(state, now, rules).values()) {
    if (wanted === null ? !modelPools.has(pool.pool) : pool.pool !== wanted) continue
    if (pool.blocked) {
      excluded.push(...out(`${pool.pool}: limit reached (${pool.blockedBy})`, pool.recoversAt).excluded)
    } else if (pool.binding !== null) {
      candidates.push(candidateOf(state, pool.pool, pool.binding, false))
    } else {
      excluded.push(...out(`${pool.pool}: what is left is not known`).excluded)
    }
  }
  if (candidates.length === 0 && excluded.length === 0) return out(`has no pool ${wanted ?? ''}`.trim())
  return { candidates, excluded }
}

function judgeWindows(state: AccountState, query: BestQuery, now: EpochMs, out: Out): Verdict {
  const quotas = state.reading?.quotas ?? []
  if (query.pool !== undefined && !quotas.some((quota) => quota.id === query.pool))
    return out(`has no pool ${query.pool}`)
  const current = quotas.filter((quota) => binds(quota, query) && !isDue(quota, state.observedAt, now))
  if (query.model !== undefined && query.pool === undefined && !mayServe(quotas, query.model)) {
    return out(`does not offer ${query.model}`)
  }
  const spent = current.find((quota) => (quota.remainingRatio ?? 1) <= 0 || isEmptyBalance(quota))
  if (spent && !spent.overageAllowed) return out(`limit reached: ${spent.label}`, spent.resetsAt)
  const known = current.filter((quota) => quota.remainingRatio !== null)
  const binding = known.reduce<Quota | null>(
    (least, quota) => (least === null || (quota.remainingRatio ?? 1) < (least.remainingRatio ?? 1) ? quota : least),
    null,
  )
  const open = binding ?? current.find((quota) => quota.unlimited) ?? current.find((quota) => quota.kind === 'balance')
  if (open === undefined) return out('what is left is not known')
  return { candidates: [candidateOf(state, null, open, spent !== undefined)], excluded: [] }
}

/** Whether a quota stands in the way of the asked-for work: windows of one model only bind that model. */
function binds(quota: Quota, query: BestQuery): boolean {
  if (quota.helper || quota.inferred) return false
  if (query.pool !== undefined) return quota.id === query.pool
  if (quota.kind === 'model') return query.model !== undefined && quota.id === query.model
  if (quota.kind === 'spend' || quota.kind === 'count' || quota.id === 'extra_usage') return false
  const scope = /^weekly\.(.+)$/.exec(quota.id)?.[1] ?? /^(.+)\.(session|weekly|monthly)$/.exec(quota.id)?.[1]
  return scope === undefined || (query.model?.toLowerCase().includes(scope) ?? false)
}

/** Providers that list their models serve those; the others are taken to serve any model of theirs. */
function mayServe(quotas: readonly Quota[], model: string): boolean {
  const models = quotas.filter((quota) => quota.kind === 'model')
  return models.length === 0 ? false : models.some((quota) => quota.id === model)
}

function isEmptyBalance(quota: Quota): boolean {
  return quota.kind === 'balance' && quota.remaining !== null && quota.remaining <= 0
}

function candidateOf(state: AccountState, pool: string | null, binding: Quota, overage: boolean): Candidate {
  return {
    choice: {
      account: state.account.id,
      provider: state.account.provider,
      pool,
      remainingRatio: binding.remainingRatio,
      resetsAt: toIsoOrNull(binding.resetsAt),
      reason: overage ? `${binding.label} is spent and billed beyond` : `${binding.label} is its tightest limit`,
    },
    overage,
    resetsAtMs: binding.resetsAt,
  }
}

function byUsefulness(a: Candidate, b: Candidate): number {
  if (a.overage !== b.overage) return a.overage ? 1 : -1
  const headroom = (b.choice.remainingRatio ?? 1) - (a.choice.remainingRatio ?? 1)
  if (headroom !== 0) return headroom
  return (a.resetsAtMs ?? Number.MAX_SAFE_INTEGER) - (b.resetsAtMs ?? Number.MAX_SAFE_INTEGER)
}
