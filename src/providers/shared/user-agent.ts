import * as z from 'zod'

/** `[providers.x] user_agent`: printable ASCII, as a header allows; `"honest"` names tokstat itself. */
export const userAgentSetting = z
  .string()
  .regex(/^[\x20-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters')
  .optional()

/** The User-Agent to send: the user's choice, tokstat's own name, or that of the service's documented client. */
export function userAgentOf(setting: string | undefined, documented: string, version: string): string {
  if (setting === 'honest') return `tokstat/${version}`
  return setting ?? documented
}
