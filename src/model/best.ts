import type { AccountState } from './account.ts'
import { OUTLOOK_WORDS, OUTLOOKS, type Outlook, outlookOf } from './best-outlook.ts'
import type { ForecastLookup } from './forecast.ts'
import { isCurrent, isDue, isStale, observedAtOf, statusOf } from './freshness.ts'
import { isModel, mayServe } from './known-model.ts'
import { poolOf, poolOfModel, poolStates } from './pool.ts'
import type { Status } from './problem.ts'
import type { Quota } from './quota.ts'
import type { Rules } from './settings.ts'
import { forecastOf } from './shared-window.ts'
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

interface Exclusion {
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

/** Why there is no reading, where that is for a while. */
const WAITING: Partial<Record<Status, string>> = {
  rate_limited: 'slowed down by the service',
  unreachable: 'cannot be reached',
  bad_response: 'answers unexpectedly',
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
  /** 3 a known share or unlimited · 2 just reset, not read yet · 1 money without a limit · 0 spent but billed beyond. */
  readonly rank: 0 | 1 | 2 | 3
  /** 0..1; only compared within one rank. */
  readonly headroom: number
  readonly resetsAtMs: EpochMs | null
  /** What limits it. */
  readonly binding: Quota
}

/** The rules, and the forecasts where there are any. */
export interface RankRules extends Rules {
  readonly forecast?: ForecastLookup | undefined
}

/**
 * Which account to use next. Usable means: a fresh reading, no login trouble, and no spent window in the way.
 * More headroom first, then the reset that comes sooner (what is left there would be lost first). Where forecasts are
 * known, what is about to be lost at a reset goes before that, and what runs out before its reset after it.
 */
export function rankAccounts(
  states: readonly AccountState[],
  query: BestQuery,
  now: EpochMs,
  rules: RankRules,
): BestDocument {
  const candidates: Ranked[] = []
  const excluded: Exclusion[] = []
  for (const state of states) {
    if (query.provider !== undefined && state.account.provider !== query.provider) continue
    const verdict = judgeAccount(state, query, now, rules)
    candidates.push(...verdict.candidates.map((candidate) => withOutlook(candidate, state, rules.forecast, now)))
    excluded.push(...verdict.excluded)
  }
  const [best, ...others] = candidates.sort(byUsefulness).map(({ choice }) => choice)
  return { best: best ?? null, others, excluded }
}

/** What one account (for antigravity each of its pools) can do: the parts of a `BestDocument`. */
export interface Verdict {
  readonly candidates: readonly Candidate[]
  readonly excluded: readonly Exclusion[]
  /** Whether a limit that is reached is what excludes it (and not a login, an old reading or an unknown value). */
  readonly isSpent: boolean
}

/** `rankAccounts` for one account. */
export function judgeAccount(state: AccountState, query: BestQuery, now: EpochMs, rules: Rules): Verdict {
  const out = (reason: string, recoversAt: EpochMs | null = null): Verdict => ({
    candidates: [],
    excluded: [{ account: state.account.id, reason, recoversAt: toIsoOrNull(recoversAt) }],
    isSpent: false,
  })
  const unusable = UNUSABLE[statusOf(state, now)]
  // Nothing comes back by itself there: somebody has to do something.
  if (unusable !== undefined) return out(unusable)
  if (state.reading === null) return out(WAITING[statusOf(state, now)] ?? 'no reading yet', state.nextPollAt)
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
  let isSpent = false
  const modelPools = new Set(
    (state.reading?.quotas ?? [])
      .filter((quota) => quota.kind === 'model' && !quota.helper)
      .map((quota) => poolOf(state.account.provider, quota, rules.poolGroup)),
  )
  for (const pool of poolStates(state, now, rules).values()) {
    if (wanted === null ? !modelPools.has(pool.pool) : pool.pool !== wanted) continue
    if (pool.blocked) {
      isSpent = true
      excluded.push(...out(`${pool.pool}: limit reached (${pool.blockedBy})`, pool.recoversAt).excluded)
    } else if (pool.binding !== null) {
      candidates.push(candidateOf(state, pool.pool, pool.binding, 'limit'))
    } else if (pool.due !== null) {
      candidates.push(candidateOf(state, pool.pool, pool.due, 'due'))
    } else {
      excluded.push(...out(`${pool.pool}: what is left is not known`).excluded)
    }
  }
  if (candidates.length === 0 && excluded.length === 0) return out(`has no pool ${wanted ?? ''}`.trim())
  return { candidates, excluded, isSpent }
}

function judgeWindows(state: AccountState, query: BestQuery, now: EpochMs, out: Out): Verdict {
  const quotas = state.reading?.quotas ?? []
  if (query.pool !== undefined && !quotas.some((quota) => quota.id === query.pool))
    return out(`has no pool ${query.pool}`)
  if (
    query.model !== undefined &&
    query.pool === undefined &&
    !mayServe({ provider: state.account.provider, quotas }, query.model)
  ) {
    return out(`does not offer ${query.model}`)
  }
  // Beside windows a balance only adds to what they allow; alone it is the limit.
  const hasWindow = quotas.some((quota) => quota.kind === 'window')
  const binding = quotas.filter((quota) => binds(quota, query) && !(hasWindow && quota.kind === 'balance'))
  const current = binding.filter(
    (quota) => !isDue(quota, observedAtOf(quota, state), now) && !isOutlived(quota, state, now),
  )
  const spent = current.filter(isSpent)
  const blocker = spent.filter((quota) => !quota.overageAllowed).reduce<Quota | null>(later, null)
  if (blocker) return { ...out(`limit reached: ${blocker.label}`, blocker.resetsAt), isSpent: true }
  const billed = spent[0]
  if (billed) return only(candidateOf(state, null, billed, 'overage'))
  if (current.length === 0 && query.model === undefined && query.pool === undefined) {
    const verdict = judgeModels(state, now, out)
    if (verdict) return verdict
  }
  const open = current.reduce<Quota | null>(tighter, null) ?? current.find((quota) => quota.unlimited)
  if (open) return only(candidateOf(state, null, open, 'limit'))
  const due = binding.find((quota) => isDue(quota, observedAtOf(quota, state), now))
  if (due) return only(candidateOf(state, null, due, 'due'))
  const balance = current.find((quota) => quota.kind === 'balance' && quota.remaining !== null)
  if (balance) return only(candidateOf(state, null, balance, 'balance'))
  return out('what is left is not known')
}

/** A value that was kept while its endpoint failed, and is too old by now. */
function isOutlived(quota: Quota, state: AccountState, now: EpochMs): boolean {
  return quota.observedAt !== null && !isCurrent(quota, state, now)
}

function only(candidate: Candidate): Verdict {
  return { candidates: [candidate], excluded: [], isSpent: false }
}

/** A service that counts by model only (gemini-cli) is usable while any of its models is; null when it lists none. */
function judgeModels(state: AccountState, now: EpochMs, out: Out): Verdict | null {
  const models = (state.reading?.quotas ?? []).filter((quota) => quota.kind === 'model' && !quota.helper)
  if (models.length === 0) return null
  const current = models.filter(
    (quota) => !isDue(quota, observedAtOf(quota, state), now) && !isOutlived(quota, state, now),
  )
  const open = current.filter((quota) => !isSpent(quota))
  const binding = open.reduce<Quota | null>(tighter, null) ?? open.find((quota) => quota.unlimited)
  if (binding) return only(candidateOf(state, null, binding, 'limit'))
  const due = models.find((quota) => isDue(quota, observedAtOf(quota, state), now))
  if (due) return only(candidateOf(state, null, due, 'due'))
  if (open.length > 0) return out('what is left is not known')
  const first = current.reduce<Quota | null>((soonest, quota) => {
    return soonest === null || (quota.resetsAt ?? FAR) < (soonest.resetsAt ?? FAR) ? quota : soonest
  }, null)
  return { ...out('limit reached: every model', first?.resetsAt ?? null), isSpent: true }
}

/** Whether a quota stands in the way of the asked-for work: windows of one model only bind that model. */
function binds(quota: Quota, query: BestQuery): boolean {
  if (query.pool !== undefined) return quota.id === query.pool
  if (quota.helper || quota.id.startsWith('x.')) return false
  if (quota.kind === 'model') return query.model !== undefined && isModel(quota.id, query.model)
  if (quota.kind === 'spend' || quota.kind === 'count' || quota.id === 'extra_usage') return false
  const scope = /^weekly\.(.+)$/.exec(quota.id)?.[1] ?? /^(.+)\.(session|weekly|monthly)$/.exec(quota.id)?.[1]
  return scope === undefined || (query.model?.toLowerCase().includes(scope) ?? false)
}

function isSpent(quota: Quota): boolean {
  return !quota.unlimited && ((quota.remainingRatio ?? 1) <= 0 || isEmptyBalance(quota))
}

const FAR = Number.MAX_SAFE_INTEGER

/** The account is back when the last of its spent windows is; an unknown reset counts as the last. */
function later(last: Quota | null, quota: Quota): Quota {
  return last === null || (quota.resetsAt ?? FAR) > (last.resetsAt ?? FAR) ? quota : last
}

function tighter(least: Quota | null, quota: Quota): Quota | null {
  if (quota.remainingRatio === null) return least
  return least === null || quota.remainingRatio < (least.remainingRatio ?? 1) ? quota : least
}

function isEmptyBalance(quota: Quota): boolean {
  return quota.kind === 'balance' && quota.remaining !== null && quota.remaining <= 0
}

/** Why a candidate is one: its tightest limit, a window that has just ended, money left, or billing beyond. */
type Ground = 'limit' | 'due' | 'balance' | 'overage'

const GROUNDS: Readonly<Record<Ground, { readonly rank: Candidate['rank']; readonly why: string }>> = {
  limit: { rank: 3, why: 'is its tightest limit' },
  due: { rank: 2, why: 'has just reset and is read again soon' },
  balance: { rank: 1, why: 'is what it may spend' },
  overage: { rank: 0, why: 'is spent and billed beyond' },
}

function candidateOf(state: AccountState, pool: string | null, binding: Quota, ground: Ground): Candidate {
  const isCurrent = ground !== 'due'
  const why = binding.unlimited ? 'has no limit' : GROUNDS[ground].why
  return {
    choice: {
      account: state.account.id,
      provider: state.account.provider,
      pool,
      remainingRatio: isCurrent ? binding.remainingRatio : null,
      resetsAt: toIsoOrNull(isCurrent ? binding.resetsAt : null),
      reason: `${binding.label} ${why}`,
    },
    rank: GROUNDS[ground].rank,
    headroom: (isCurrent ? binding.remainingRatio : null) ?? 1,
    resetsAtMs: binding.resetsAt,
    binding,
  }
}

function withOutlook(
  candidate: Candidate,
  state: AccountState,
  lookup: ForecastLookup | undefined,
  now: EpochMs,
): Ranked {
  const { binding, choice, rank } = candidate
  const forecast = rank === KNOWN_SHARE ? forecastOf(binding, state, lookup) : null
  const outlook = outlookOf(binding, forecast, now)
  const why = OUTLOOK_WORDS[outlook]
  return { ...candidate, outlook, choice: why === null ? choice : { ...choice, reason: `${choice.reason}; ${why}` } }
}

interface Ranked extends Candidate {
  readonly outlook: Outlook
}

const KNOWN_SHARE = 3

function byUsefulness(a: Ranked, b: Ranked): number {
  if (a.rank !== b.rank) return b.rank - a.rank
  if (a.outlook !== b.outlook) return OUTLOOKS.indexOf(a.outlook) - OUTLOOKS.indexOf(b.outlook)
  if (a.headroom !== b.headroom) return b.headroom - a.headroom
  return (a.resetsAtMs ?? FAR) - (b.resetsAtMs ?? FAR)
}
