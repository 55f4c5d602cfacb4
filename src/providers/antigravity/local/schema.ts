import * as z from 'zod'
import { identifier, lenientArray, openEnum, optional, text } from '../../shared/lenient.ts'

const anything = z.unknown().optional()

/** A text for people that must not be missing: without it there is nothing to call the model by. */
const label: z.ZodType<string, unknown> = text().pipe(z.string())

/** One model of the editor's cache, as the source of logins has put it into `extra.cache`. */
const CachedModel = z.object({ label, left: z.number().nullable(), reset: z.number().nullable() })

export const Cache = z.object({
  models: lenientArray(CachedModel),
  dropped: z.number().int().min(0),
  /** When its file was last written, unix milliseconds. */
  writtenAt: z.number(),
})

/** Here a missing fraction is unknown (contracts section 7.1). */
const ModelConfig = z.object({
  label,
  quotaInfo: z.object({ remainingFraction: anything, resetTime: anything }),
})

export type ModelConfig = z.output<typeof ModelConfig>

const Tier = z.object({ id: identifier, name: optional(text()) })

/** `GetUserStatus`. A model without `quotaInfo` has no quota, which is no fault. */
export const UserStatus = z.object({
  email: optional(text()),
  userTier: optional(Tier),
  cascadeModelConfigData: optional(z.object({ clientModelConfigs: anything })),
})

export const ModelConfigs = lenientArray(z.union([ModelConfig, z.object({ quotaInfo: z.undefined().or(z.null()) })]))

/** The answer of `agy --print /usage` in JSON: the quota summary in snake case. */
const Bucket = z.object({
  id: anything,
  name: anything,
  window: anything,
  remaining_fraction: anything,
  reset_time: anything,
})

export const Usage = z.object({
  status: openEnum,
  command: z.object({
    data: z.object({ groups: lenientArray(z.object({ name: anything, buckets: lenientArray(Bucket) })) }),
  }),
})
