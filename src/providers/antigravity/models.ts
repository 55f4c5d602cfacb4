import { isHelperModel } from '../../model/pool.ts'
import { makeQuota, type Quota, ratiosFromRemaining } from '../../model/quota.ts'
import { fromAnyInstant } from '../../model/time.ts'
import { type Fraction, readFraction } from '../shared/fraction.ts'
import type { QuotaBucket } from '../shared/google-buckets.ts'
import { cleanText } from '../shared/lenient.ts'
import { type Model, ModelList } from './schema.ts'

export interface ModelFacts {
  readonly quotas: readonly Quota[]
  /** Models, or parts of them, that could not be read. */
  readonly dropped: number
  /** Every fraction is exactly 1: this may say which models there are, not how much is left of them. */
  readonly isMereList: boolean
}

interface Row {
  readonly id: string
  readonly model: Model
  readonly fraction: Fraction
}

/** Reads a model list; every model of the map is listed, helpers too (flagged). Null: not such an answer. */
export function parseModels(json: unknown): ModelFacts | null {
  const parsed = ModelList.safeParse(json)
  if (!parsed.success || !parsed.data.models.isPresent) return null
  const rows = new Map<string, Row>()
  let dropped = parsed.data.models.dropped
  for (const [key, model] of parsed.data.models.items) {
    const id = modelId(key)
    const fraction = readFraction(model.quotaInfo.info?.remainingFraction)
    if (model.quotaInfo.isCorrupt || fraction.state === 'unreadable') dropped++
    if (id === null || rows.has(id)) dropped++
    else rows.set(id, { id, model, fraction })
  }
  const all = [...rows.values()]
  const hasCarrier = all.some((row) => row.fraction.state === 'known')
  const listed = all.map((row) => ({ row, quota: quotaOf(row, hasCarrier) }))
  const isMereList = hasCarrier && listed.every(({ row, quota }) => quota.remainingRatio === null || isFull(row))
  const quotas = listed.map(({ quota }) => (isMereList ? { ...quota, inferred: quota.remainingRatio !== null } : quota))
  return { quotas, dropped, isMereList }
}

function isFull({ fraction, model }: Row): boolean {
  return fraction.state === 'known' && fraction.value === 1 && model.quotaInfo.info?.isExhausted !== true
}

/** Model ids are kept as they are, but for characters that no id and no label can hold. */
function modelId(key: string): string | null {
  return cleanText(key, 128)?.replace(/\s/g, '-') ?? null
}

/**
 * `hasCarrier`: some model of the answer carries a fraction. Only then is one that is left out beside a reset time 0
 * (contracts section 7.1); a model that lacks its own can only be judged by another's, so one carrier is enough.
 */
function quotaOf({ id, model, fraction }: Row, hasCarrier: boolean): Quota {
  const info = model.quotaInfo.info
  const resetsAt = fromAnyInstant(info?.resetTime)
  const isOmitted = info !== null && fraction.state === 'absent' && resetsAt !== null && hasCarrier
  const isExhausted = info?.isExhausted === true
  const share = isExhausted || isOmitted ? 0 : fraction.state === 'known' ? fraction.value : null
  return makeQuota({
    id,
    label: model.displayName ?? model.label ?? model.modelName ?? id,
    kind: 'model',
    ...ratiosFromRemaining(share),
    inferred: isOmitted && !isExhausted,
    resetsAt,
    providerPool: providerPoolOf(id),
    helper: model.isInternal === true || isHelperModel(id),
  })
}

/** Since 2026-05 Google counts Claude and GPT-OSS together, and all Gemini models together. */
export function providerPoolOf(modelId: string): 'gemini' | '3p' | null {
  if (/^(claude|gpt-oss)/i.test(modelId)) return '3p'
  return /^gemini/i.test(modelId) ? 'gemini' : null
}

/** A mere list with the numbers of `retrieveUserQuota` put in; models that it does not echo stay as they are. */
export function verifiedByBuckets(quotas: readonly Quota[], buckets: readonly QuotaBucket[]): readonly Quota[] {
  return quotas.map((quota) => {
    const known = buckets.filter((bucket) => bucket.modelId === quota.id && bucket.share !== null)
    const [first, ...others] = known
    if (first === undefined) return quota
    const lowest = others.reduce((low, bucket) => ((bucket.share ?? 1) < (low.share ?? 1) ? bucket : low), first)
    return {
      ...quota,
      ...ratiosFromRemaining(lowest.share),
      inferred: lowest.inferred,
      resetsAt: lowest.resetsAt ?? quota.resetsAt,
    }
  })
}

/**
 * A mere list with the numbers of the summary put in: a model has what the tightest window of its pool has, which is
 * what the model list says when it is no mere list. Models of no known pool stay as they are.
 */
export function verifiedByWindows(quotas: readonly Quota[], windows: readonly Quota[]): readonly Quota[] {
  return quotas.map((quota) => {
    if (quota.remainingRatio === null || quota.providerPool === null) return quota
    const ofPool = windows.filter((window) => window.providerPool === quota.providerPool && !window.inferred)
    const [first, ...others] = ofPool.filter((window) => window.remainingRatio !== null)
    if (first === undefined) return quota
    const tightest = others.reduce(
      (low, window) => ((window.remainingRatio ?? 1) < (low.remainingRatio ?? 1) ? window : low),
      first,
    )
    const resetsAt = (tightest.remainingRatio ?? 1) < 1 ? tightest.resetsAt : quota.resetsAt
    return { ...quota, ...ratiosFromRemaining(tightest.remainingRatio), inferred: false, resetsAt }
  })
}
