import * as z from 'zod'
import { amount } from '../shared/amount.ts'
import { openEnum, optional } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.nano-gpt]` beyond the common keys. */
export const Settings = z.strictObject({ user_agent: userAgentSetting }).prefault({})

export type Settings = z.output<typeof Settings>

const number = optional(amount)
const flag = optional(z.boolean())
const anything = z.unknown().optional()

/** Their names come in camelCase, and in snake_case from older gateways; the same field is read under both. */
function camel(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value)
  const renamed = entries
    .map(([key, child]): [string, unknown] => [
      key.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      child,
    ])
    .filter(([key]) => !Object.hasOwn(value, key))
  return Object.fromEntries([...renamed, ...entries])
}

const Counter = z.preprocess(
  camel,
  z.object({
    used: number,
    remaining: number,
    /** A share, 0..1, and more when more was used. */
    percentUsed: number,
    /** Epoch milliseconds. */
    resetAt: anything,
    /** The counter could not be looked up. */
    degraded: flag,
  }),
)

export type Counter = z.output<typeof Counter>

/** Null or absent: the window does not apply. Something else that is no counter: it cannot be read. */
const counter = anything.transform((value): Counter | 'corrupt' | null => {
  if (value === undefined || value === null) return null
  const parsed = Counter.safeParse(value)
  return parsed.success ? parsed.data : 'corrupt'
})

const Limits = z.preprocess(
  camel,
  z.object({
    daily: number,
    monthly: number,
    weeklyInputTokens: number,
    dailyInputTokens: number,
    dailyImages: number,
  }),
)

/** The answer of `subscription/v1/usage`, in its older form (requests), its present one (tokens), or both mixed. */
export const Usage = z.preprocess(
  camel,
  z.object({
    active: flag,
    state: optional(openEnum),
    graceUntil: anything,
    enforceDailyLimit: flag,
    allowOverage: flag,
    limits: optional(Limits),
    daily: counter,
    monthly: counter,
    weeklyInputTokens: counter,
    dailyInputTokens: counter,
    dailyImages: counter,
    period: optional(z.preprocess(camel, z.object({ currentPeriodEnd: anything }))),
    routing: optional(z.preprocess(camel, z.object({ recommendedMode: optional(openEnum) }))),
  }),
)

export type Usage = z.output<typeof Usage>

export type WindowName = keyof z.output<typeof Limits>

/** Decimal texts, kept to the last digit. The deposit address beside them is nobody's business. */
const money = anything.transform((value): number | 'corrupt' | null => {
  if (value === undefined || value === null) return null
  const parsed = amount.safeParse(value)
  return parsed.success ? parsed.data : 'corrupt'
})

/** The answer of `check-balance`. */
export const Balance = z.preprocess(camel, z.object({ usdBalance: money, nanoBalance: money }))
