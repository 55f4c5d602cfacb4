import * as z from 'zod'
import { amount } from '../shared/amount.ts'
import { identifier, lenientRecord, openEnum, optional } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.copilot]` beyond the common keys. */
export const Settings = z
  .strictObject({
    /** `honest` sends `tokstat/<version>` and no editor headers. */
    user_agent: userAgentSetting,
  })
  .prefault({})

export type Settings = z.output<typeof Settings>

const number = optional(amount)
const flag = optional(z.boolean())

/** One bucket. Numbers have been seen with fractions and as texts. */
const Snapshot = z.object({
  entitlement: number,
  remaining: number,
  quota_remaining: number,
  percent_remaining: number,
  unlimited: flag,
  overage_permitted: flag,
  overage_count: number,
  credits_used: number,
})

export type Snapshot = z.output<typeof Snapshot>

const Counts = optional(z.looseObject({ chat: number, completions: number }))

/** The answer of `copilot_internal/user`. */
export const User = z.object({
  login: optional(identifier),
  user_id: optional(z.union([z.number().int().transform(String), identifier])),
  copilot_plan: optional(openEnum),
  access_type_sku: optional(openEnum),
  quota_reset_date_utc: z.unknown().optional(),
  quota_reset_date: z.unknown().optional(),
  limited_user_reset_date: z.unknown().optional(),
  quota_snapshots: lenientRecord(Snapshot),
  /** What the free plan has left, and what it began with. */
  limited_user_quotas: Counts,
  monthly_quotas: Counts,
})

export type User = z.output<typeof User>
