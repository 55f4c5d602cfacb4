import * as z from 'zod'
import { decimal, lenientArray, openEnum, optional, text } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.claude]` beyond the common keys. */
export const Settings = z
  .strictObject({
    /** `honest` sends `tokstat/<version>`; the service throttles such a client for good (docs/providers/claude.md). */
    user_agent: userAgentSetting,
  })
  .prefault({})

export type Settings = z.output<typeof Settings>

const amount = decimal.refine((value) => value >= 0)
const exponent = z.int().min(0).max(6)

/** One entry of `limits[]`. `is_active` is left out on purpose: enforced weekly rows come back with false. */
const Limit = z.object({
  kind: openEnum.refine((kind) => kind !== null),
  percent: z.unknown().optional(),
  resets_at: z.unknown().optional(),
  scope: optional(
    z.object({
      model: optional(z.object({ id: optional(text()), display_name: optional(text()) })),
      surface: optional(text()),
    }),
  ),
})

export type Limit = z.output<typeof Limit>

/** A window of the older form, under a key of its own. */
export const Window = z.object({ utilization: z.unknown().optional(), resets_at: z.unknown().optional() })

export type Window = z.output<typeof Window>

/** Amounts are in minor units of `currency`; the web form calls the limit `monthly_credit_limit`. */
const ExtraUsage = z.object({
  is_enabled: optional(z.boolean()),
  monthly_limit: optional(amount),
  monthly_credit_limit: optional(amount),
  used_credits: optional(amount),
  utilization: z.unknown().optional(),
  currency: optional(z.string().regex(/^[A-Z]{3}$/)),
  decimal_places: optional(exponent),
})

export type ExtraUsage = z.output<typeof ExtraUsage>

const Amount = z.object({
  amount_minor: amount,
  currency: z.string().regex(/^[A-Z]{3}$/),
  exponent: optional(exponent),
})

export type Amount = z.output<typeof Amount>

/** The newer form of extra usage; every amount says its own currency and exponent. */
const Spend = z.object({
  enabled: optional(z.boolean()),
  percent: z.unknown().optional(),
  used: optional(Amount),
  limit: optional(Amount),
  cap: optional(Amount),
})

export type Spend = z.output<typeof Spend>

/** Saved resets of the limits (seen since 2026-09-22). */
const Grants = z.object({
  eligible: optional(z.boolean()),
  grants: lenientArray(
    z.object({
      resets_left: z.number().int().min(0),
      starts_at: z.unknown().optional(),
      ends_at: z.unknown().optional(),
      paused: optional(z.boolean()),
    }),
  ),
})

export type Grants = z.output<typeof Grants>

/** `GET /api/oauth/usage`. The windows of the older form are looked up by key in the same object. */
export const Usage = z.object({
  limits: lenientArray(Limit),
  extra_usage: optional(ExtraUsage),
  spend: optional(Spend),
  cedar_ember: optional(Grants),
  subscription_type: optional(openEnum),
})

export type Usage = z.output<typeof Usage>

const email = optional(text(320))

/** `GET /api/oauth/profile`. The name of the e-mail's key varies, and it may stand at the root. */
export const Profile = z.object({
  account: optional(
    z.object({
      uuid: optional(text()),
      email,
      email_address: email,
      emailAddress: email,
      has_claude_max: optional(z.boolean()),
      has_claude_pro: optional(z.boolean()),
    }),
  ),
  organization: optional(
    z.object({ uuid: optional(text()), organization_type: optional(openEnum), rate_limit_tier: optional(openEnum) }),
  ),
  email,
  email_address: email,
  emailAddress: email,
})

export type Profile = z.output<typeof Profile>
