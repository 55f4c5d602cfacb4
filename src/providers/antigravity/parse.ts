import { QuotaError } from '../../model/problem.ts'
import { makeQuota, type Quota, type QuotaKind } from '../../model/quota.ts'
import { type Reading, type ReadingNote, UNKNOWN_IDENTITY } from '../../model/reading.ts'
import { type CodeAssistFacts, readCodeAssist } from '../shared/code-assist.ts'
import { CLOUD_CODE_HOSTS, type CloudCodeAnswer, mostTelling } from '../shared/google.ts'
import { readQuotaBuckets } from '../shared/google-buckets.ts'
import { hostNotes, sideNote } from '../shared/google-notes.ts'
import { unexpected } from '../shared/json.ts'
import { corruptNote } from '../shared/notes.ts'
import { type Answers, TITLE } from './ask.ts'
import { type ModelFacts, parseModels, verifiedByBuckets, verifiedByWindows } from './models.ts'
import { parseSummary, type SummaryFacts } from './summary.ts'

type Result<T> = PromiseSettledResult<T>

/** The answers of one attempt, understood; a part that could not be had carries its error. */
export interface Facts {
  readonly tier: Result<CodeAssistFacts>
  readonly models: Result<ModelFacts>
  readonly summary: Result<SummaryFacts>
  /** Hosts that answered for models and summary. */
  readonly hosts: readonly string[]
}

export function understand(answers: Answers): Facts {
  const { models, summary } = answers
  const hosts = [models, summary].flatMap((result) => (result.status === 'fulfilled' ? [result.value.host] : []))
  return {
    tier: map(answers.tier, 'tier', ({ json }) => readCodeAssist(json)),
    models: map(models, 'models', ({ json }) => parseModels(json)),
    summary: map(summary, 'summary', ({ json, at, host }) => parseSummary(json, at, host !== CLOUD_CODE_HOSTS[0])),
    hosts: [...new Set(hosts)],
  }
}

function map<T>(
  result: Result<CloudCodeAnswer>,
  endpoint: string,
  parse: (answer: CloudCodeAnswer) => T | null,
): Result<T> {
  if (result.status === 'rejected') return result
  const value = parse(result.value)
  if (value !== null) return { status: 'fulfilled', value }
  return { status: 'rejected', reason: unexpected({ title: TITLE, endpoint }) }
}

/** Whether `retrieveUserQuota` is asked: a list in which all is full proves nothing, and no summary stands beside it. */
export function needsProof({ models, summary }: Facts): boolean {
  if (models.status === 'rejected' || !models.value.isMereList) return false
  if (summary.status === 'fulfilled') return !summary.value.isEmpty && !hasNumbers(summary.value)
  // After a wait for the summary that was in vain there is no time left for one more.
  return !(summary.reason instanceof QuotaError && summary.reason.code === 'timeout')
}

function hasNumbers(summary: SummaryFacts): boolean {
  return summary.windows.some((window) => window.remainingRatio !== null && !window.inferred)
}

/** Which kinds of quotas a failed request would have told. */
function unansweredBy({ tier, models, summary }: Facts): Pick<Reading, 'unanswered'> {
  const kinds: readonly (readonly [Result<unknown>, QuotaKind])[] = [
    [models, 'model'],
    [summary, 'window'],
    [tier, 'balance'],
  ]
  const unanswered = kinds.flatMap(([result, kind]) => (result.status === 'rejected' ? [kind] : []))
  return unanswered.length === 0 ? {} : { unanswered }
}

/**
 * The reading of an attempt. One of model list and summary is enough (then with a note); when both failed the more
 * telling error is thrown. Throws QuotaError `no_quota_reported` when both answered and neither reports anything.
 */
export function toReading(facts: Facts, proof: Result<CloudCodeAnswer> | null): Reading {
  const { tier, models, summary, hosts } = facts
  const windows = summary.status === 'fulfilled' ? summary.value.windows : []
  const listed = modelQuotas(facts, proof)
  const credits = tier.status === 'fulfilled' ? creditQuota(tier.value.credits) : []
  const dropped = [tier, models, summary].reduce(
    (sum, part) => sum + (part.status === 'fulfilled' ? part.value.dropped : 0),
    0,
  )
  if (listed.quotas.length + windows.length === 0) throwNothing(facts, dropped, credits.length > 0)
  return {
    identity: UNKNOWN_IDENTITY,
    plan: tier.status === 'fulfilled' ? tier.value.plan : null,
    quotas: [...listed.quotas, ...windows, ...credits],
    notes: [
      ...corruptNote(dropped),
      ...(summary.status === 'fulfilled' ? summary.value.notes : []),
      ...sideNote(models, 'The model list'),
      ...sideNote(summary, 'The shared limits'),
      ...sideNote(tier, 'The plan'),
      ...listed.notes,
      ...hostNotes(hosts),
    ],
    ...unansweredBy(facts),
    observedAt: null,
    via: hosts.join(', '),
  }
}

/** The models with the better numbers put in where all of them were full; contracts section 7.12. */
function modelQuotas(
  { models, summary }: Facts,
  proof: Result<CloudCodeAnswer> | null,
): { readonly quotas: readonly Quota[]; readonly notes: readonly ReadingNote[] } {
  if (models.status === 'rejected') return { quotas: [], notes: [] }
  const { quotas, isMereList } = models.value
  if (!isMereList) return { quotas, notes: [] }
  const verified = verify(quotas, summary, proof)
  const doubted = verified.filter((quota) => quota.inferred && quota.remainingRatio === 1 && !quota.helper)
  const message = 'Every model was reported as full, which may only mean that they exist.'
  return {
    quotas: verified,
    notes: [
      ...(proof === null ? [] : sideNote(proof, 'The quota behind the model list')),
      ...(doubted.length > 0 ? [{ code: 'suspect' as const, message }] : []),
    ],
  }
}

function verify(
  quotas: readonly Quota[],
  summary: Result<SummaryFacts>,
  proof: Result<CloudCodeAnswer> | null,
): readonly Quota[] {
  if (summary.status === 'fulfilled' && hasNumbers(summary.value)) {
    return verifiedByWindows(quotas, summary.value.windows)
  }
  const buckets = proof?.status === 'fulfilled' ? readQuotaBuckets(proof.value.json)?.buckets : undefined
  return buckets === undefined ? quotas : verifiedByBuckets(quotas, buckets)
}

function creditQuota(credits: number | null): readonly Quota[] {
  if (credits === null) return []
  return [makeQuota({ id: 'ai_credits', label: 'AI credits', kind: 'balance', unit: 'credits', remaining: credits })]
}

function throwNothing({ models, summary }: Facts, dropped: number, hasCredits: boolean): void {
  const failures = [models, summary].flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (failures.length > 0) throw mostTelling(failures)
  if (dropped > 0) throw unexpected({ title: TITLE, endpoint: 'models' })
  if (hasCredits) return
  throw new QuotaError({
    code: 'no_quota_reported',
    message: 'Antigravity reports no quota for this account.',
    hint: 'Open Antigravity once with this account, so that Google sets it up.',
    endpoint: 'models',
  })
}
