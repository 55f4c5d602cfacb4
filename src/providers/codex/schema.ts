import * as z from 'zod'
import { decimal, lenientArray, lenientRecord, openEnum, optional, text } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.codex]` beyond the common keys. */
export const Settings = z
  .strictObject({
    /** Any is served; without one tokstat names itself. */
    user_agent: userAgentSetting,
  })
  .prefault({})

export type Settings = z.output<typeof Settings>

const seconds = decimal.refine((value) => value > 0 && value < 1e9)

/** One window, under whatever key. Its slot says nothing: only `limit_window_seconds` tells what it is. */
export const Window = z.object({
  used_percent: z.unknown().optional(),
  limit_window_seconds: optional(seconds),
  /** Seconds, or milliseconds in some answers. */
  reset_at: z.unknown().optional(),
  /** Counted from the answer. */
  reset_after_seconds: optional(seconds),
})

export type Window = z.output<typeof Window>

/** `rate_limit`: windows and flags side by side. The flags `allowed` and `limit_reached` are not shares and not used. */
const Windows = lenientRecord(z.unknown())

/** A monthly cap in credits: of a person, or of a workspace. Numbers or texts. */
const Cap = z.object({
  limit: optional(decimal),
  used: optional(decimal),
  used_percent: z.unknown().optional(),
  remaining_percent: z.unknown().optional(),
  resets_at: z.unknown().optional(),
  reset_at: z.unknown().optional(),
  resetsAt: z.unknown().optional(),
  reset_after_seconds: optional(seconds),
})

export type Cap = z.output<typeof Cap>

const CapHolder = optional(z.object({ individual_limit: optional(Cap) }))

const Additional = z.object({
  limit_name: optional(text()),
  metered_feature: optional(text()),
  rate_limit: Windows,
})

export type Additional = z.output<typeof Additional>

const Credits = z.object({
  has_credits: optional(z.boolean()),
  unlimited: optional(z.boolean()),
  balance: optional(decimal),
})

export type Credits = z.output<typeof Credits>

/** `GET /backend-api/wham/usage`. */
export const Usage = z.object({
  account_id: optional(text()),
  user_id: optional(text()),
  email: optional(text(320)),
  plan_type: optional(openEnum),
  rate_limit: Windows,
  code_review_rate_limit: Windows,
  additional_rate_limits: lenientArray(Additional),
  credits: optional(Credits),
  individual_limit: optional(Cap),
  spend_control: CapHolder,
  rate_limit_reset_credits: optional(z.object({ available_count: z.int().min(0) })),
})

export type Usage = z.output<typeof Usage>

/** `rate_limit` once more, for the cap that may stand inside it. */
export const RateLimitCap = z.object({ rate_limit: CapHolder })

/** `GET …/spend-controls/current-user/monthly-usage`: what a workspace lets one person spend in a month. */
export const MonthlyUsage = z.object({
  current_month_usage: optional(decimal),
  effective_monthly_limit: optional(
    z.object({
      limit: optional(decimal),
      enforcement_mode: optional(openEnum),
      limit_mode: optional(openEnum),
    }),
  ),
})

export type MonthlyUsage = z.output<typeof MonthlyUsage>

/** `codex app-server` says the same in camel case; some versions in snake case. */
function camelObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess(withCamelKeys, z.object(shape))
}

function withCamelKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([key, one]) => [key.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase()), one]),
  )
}

const OwnerWindow = camelObject({
  usedPercent: z.unknown().optional(),
  windowDurationMins: optional(decimal),
  resetsAt: z.unknown().optional(),
})

export type OwnerWindow = z.output<typeof OwnerWindow>

const OwnerSnapshot = camelObject({
  limitId: optional(text()),
  limitName: optional(text()),
  planType: optional(openEnum),
  primary: optional(OwnerWindow),
  secondary: optional(OwnerWindow),
  credits: optional(camelObject({ hasCredits: z.unknown(), unlimited: z.unknown(), balance: z.unknown() })),
  individualLimit: optional(
    camelObject({ limit: z.unknown(), used: z.unknown(), remainingPercent: z.unknown(), resetsAt: z.unknown() }),
  ),
})

export type OwnerSnapshot = z.output<typeof OwnerSnapshot>

/** The answer to `account/rateLimits/read`: a result, or an error. */
export const OwnerLimits = z.object({
  result: optional(
    camelObject({ rateLimits: optional(OwnerSnapshot), rateLimitsByLimitId: lenientRecord(OwnerSnapshot) }),
  ),
  error: optional(z.object({ message: optional(z.string()) })),
})

/** The answer to `account/read`. */
export const OwnerAccount = z.object({
  result: optional(
    z.object({ account: optional(camelObject({ email: optional(text(320)), planType: optional(openEnum) })) }),
  ),
})
