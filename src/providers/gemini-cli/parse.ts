import { makeQuota, type Quota, ratiosFromRemaining, type Unit } from '../../model/quota.ts'
import type { EpochMs } from '../../model/time.ts'
import { DAY_MS, HOUR_MS } from '../../model/time.ts'
import type { QuotaBucket } from '../shared/google-buckets.ts'

/** A reset this far away may still be that of a daily window: the clocks of two machines differ. */
const LONGEST_DAY_MS = DAY_MS + HOUR_MS
const DAY_SECONDS = 86_400

const UNITS: Readonly<Record<string, Unit>> = { REQUESTS: 'requests', TOKENS: 'tokens' }

/**
 * One quota a model; a model that is counted by several token types has one a type, `<model>:<tokenType>`.
 * The same model and type twice keeps the lower value. Buckets that say nothing at all are no quota.
 */
export function parseBuckets(buckets: readonly QuotaBucket[], now: EpochMs): readonly Quota[] {
  const telling = buckets.filter((bucket) => bucket.share !== null || bucket.resetsAt !== null || unitAmount(bucket))
  const types = new Map<string, Set<string | null>>()
  for (const { modelId, tokenType } of telling) {
    types.set(modelId, (types.get(modelId) ?? new Set()).add(tokenType))
  }
  const quotas = new Map<string, Quota>()
  for (const bucket of telling) {
    const isRepeated = (types.get(bucket.modelId)?.size ?? 0) > 1
    const quota = quotaOf(bucket, isRepeated, now)
    const known = quotas.get(quota.id)
    if (known === undefined || isLower(quota, known)) quotas.set(quota.id, quota)
  }
  return [...quotas.values()]
}

function quotaOf(bucket: QuotaBucket, isRepeated: boolean, now: EpochMs): Quota {
  const type = isRepeated ? bucket.tokenType : null
  const amount = unitAmount(bucket)
  return makeQuota({
    id: type === null ? bucket.modelId : `${bucket.modelId}:${type}`.replace(/\s/g, '-'),
    label: type === null ? labelOf(bucket.modelId) : `${labelOf(bucket.modelId)} (${type.toLowerCase()})`,
    kind: 'model',
    ...ratiosFromRemaining(bucket.share),
    ...(amount ?? {}),
    inferred: bucket.inferred,
    resetsAt: bucket.resetsAt,
    windowSeconds: isDaily(bucket.resetsAt, now) ? DAY_SECONDS : null,
  })
}

/** An amount only has a meaning together with what is counted. */
function unitAmount(bucket: QuotaBucket): { readonly remaining: number; readonly unit: Unit } | null {
  const unit = UNITS[bucket.tokenType ?? '']
  return unit === undefined || bucket.amount === null ? null : { remaining: bucket.amount, unit }
}

/** The allowance is nominally daily; a reset further away belongs to another sort of window. */
function isDaily(resetsAt: EpochMs | null, now: EpochMs): boolean {
  return resetsAt !== null && resetsAt - now <= LONGEST_DAY_MS
}

/** An unknown share never displaces a known one. */
function isLower(quota: Quota, than: Quota): boolean {
  if (quota.remainingRatio === null) return false
  return than.remainingRatio === null || quota.remainingRatio < than.remainingRatio
}

/** `gemini-2.5-flash-lite` → `Gemini 2.5 Flash Lite`. */
function labelOf(modelId: string): string {
  const words = modelId.split('-').filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ') || modelId
}
