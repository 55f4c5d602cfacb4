import * as z from 'zod'
import { userAgentSetting } from '../shared/user-agent.ts'

// Their payloads are shared with Antigravity: providers/shared/google-buckets.ts and code-assist.ts.

/** `[providers.gemini-cli]` beyond the common keys. */
export const Settings = z
  .strictObject({
    /** Show `retrieveUserQuota` of the accounts of antigravity-accounts.json as well. */
    antigravity_accounts: z.boolean().default(false),
    /** `honest` sends `tokstat/<version>`. */
    user_agent: userAgentSetting,
  })
  .prefault({})

export type Settings = z.output<typeof Settings>
