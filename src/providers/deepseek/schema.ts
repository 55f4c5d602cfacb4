import * as z from 'zod'
import { amount } from '../shared/amount.ts'
import { lenientArray, optional } from '../shared/lenient.ts'
import { userAgentSetting } from '../shared/user-agent.ts'

/** `[providers.deepseek]` beyond the common keys. */
export const Settings = z.strictObject({ user_agent: userAgentSetting }).prefault({})

export type Settings = z.output<typeof Settings>

/** Amounts are decimal texts; the parts that were granted and topped up add up to the total and are not needed. */
const BalanceInfo = z.object({ currency: z.string().regex(/^[A-Z]{3}$/), total_balance: amount })

export type BalanceInfo = z.output<typeof BalanceInfo>

/** The answer of `/user/balance`. */
export const Balance = z.object({
  /** False: calls are refused for want of money, whatever the amounts say. */
  is_available: optional(z.boolean()),
  balance_infos: lenientArray(BalanceInfo),
})

export type Balance = z.output<typeof Balance>
