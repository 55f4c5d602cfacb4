import * as z from 'zod'
import { amount } from '../shared/amount.ts'
import { openEnum, optional, text } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.openrouter]` beyond the common keys. */
export const Settings = z.strictObject({ user_agent: userAgentSetting }).prefault({})

export type Settings = z.output<typeof Settings>

const number = optional(amount)
const flag = optional(z.boolean())
/** Null is a statement here, so what cannot be read must not pass for it. */
const stated = amount.nullish().transform((value) => value ?? null)

/** The answer of `/key`; the oldest form has only `label`, `usage`, `limit` and `is_free_tier`. US dollars. */
export const KeyAnswer = z.object({
  data: z.object({
    label: optional(text()),
    /** Lifetime, not the window of the limit. */
    usage: number,
    usage_daily: number,
    usage_weekly: number,
    usage_monthly: number,
    byok_usage: number,
    byok_usage_daily: number,
    byok_usage_weekly: number,
    byok_usage_monthly: number,
    /** Null: no cap on this key. 0: the key may not spend. */
    limit: stated,
    limit_remaining: stated,
    /** Null or absent: a cap for the key's lifetime. */
    limit_reset: optional(openEnum),
    include_byok_in_limit: flag,
    is_free_tier: flag,
    expires_at: z.unknown().optional(),
  }),
})

export type Key = z.output<typeof KeyAnswer>['data']

/** The answer of `/credits`: both for the lifetime of the account, in US dollars. */
export const CreditsAnswer = z.object({ data: z.object({ total_credits: amount, total_usage: amount }) })

export type Credits = z.output<typeof CreditsAnswer>['data']
