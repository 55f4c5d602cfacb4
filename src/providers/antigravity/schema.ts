import * as z from 'zod'
import { identifier, lenientArray, lenientRecord, openEnum, optional, text } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.antigravity]` beyond the common keys. */
export const Settings = z
  .strictObject({
    /** `honest` sends `tokstat/<version>`; the service then may hide newer models. */
    user_agent: userAgentSetting,
  })
  .prefault({})

export type Settings = z.output<typeof Settings>

const anything = z.unknown().optional()

/** Absent or null quotaInfo: unknown. Present without a fraction but with a reset: 0, because proto3 JSON omits zeros. */
const QuotaInfo = z.object({
  remainingFraction: anything,
  resetTime: anything,
  isExhausted: optional(z.boolean()),
})

const Model = z.object({
  displayName: optional(text()),
  label: optional(text()),
  modelName: optional(text()),
  isInternal: optional(z.boolean()),
  quotaInfo: anything.transform((value) => {
    if (value === undefined || value === null) return { info: null, isCorrupt: false }
    const parsed = QuotaInfo.safeParse(value)
    return parsed.success ? { info: parsed.data, isCorrupt: false } : { info: null, isCorrupt: true }
  }),
})

export type Model = z.output<typeof Model>

/** A model without any value is still a model; one that is a text or a number is not. */
const ModelOrNull = z.preprocess((value) => value ?? {}, Model)

/** The answer of `fetchAvailableModels`: a map keyed by model id. */
export const ModelList = z.object({ models: lenientRecord(ModelOrNull) })

const Bucket = z.object({
  bucketId: identifier,
  displayName: optional(text()),
  window: optional(openEnum),
  remainingFraction: anything,
  /** `{remainingFraction: n}`, or the oneof form `{case: 'remainingFraction', value: n}`. */
  remaining: anything,
  resetTime: anything,
  disabled: optional(z.boolean()),
})

export type Bucket = z.output<typeof Bucket>

const Group = z.object({ displayName: optional(text()), buckets: lenientArray(Bucket) })

/**
 * The answer of `retrieveUserQuotaSummary`. An empty `groups` is a statement ("no quota"); no `groups` at all is not a
 * summary, unless there are buckets at the root.
 */
export const Summary = z.object({
  groups: lenientArray(Group),
  buckets: lenientArray(Bucket),
})

/** The same answer has been seen bare and in three wrappings. */
export const WRAPPERS = ['response', 'summary', 'quotaSummary'] as const
