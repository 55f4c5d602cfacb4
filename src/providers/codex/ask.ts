import type { Credential } from '../../model/credential.ts'
import type { HttpReply, ProviderHost } from '../../model/provider.ts'
import { expectJson, unexpected } from '../shared/json.ts'
import type { Refinement, Refusal } from '../shared/refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import { workspaceId } from './parse.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'Codex'
export const API_HOST = 'chatgpt.com'

export interface Answer {
  readonly json: object
  readonly reply: HttpReply
}

/** `GET /backend-api/wham/usage`. Throws QuotaError for any refusal. */
export function askUsage(credential: Credential, host: ProviderHost<Settings>): Promise<Answer> {
  return ask(credential, host, { endpoint: 'usage', path: 'wham/usage' })
}

/** What the workspace lets this person spend in a month; asked only when the usage answer leaves it open. */
export function askMonthlyCap(
  credential: Credential,
  host: ProviderHost<Settings>,
  workspace: string,
): Promise<Answer> {
  const path = `accounts/${encodeURIComponent(workspace)}/spend-controls/current-user/monthly-usage`
  return ask(credential, host, { endpoint: 'monthly_cap', path })
}

async function ask(
  credential: Credential,
  host: ProviderHost<Settings>,
  what: { readonly endpoint: string; readonly path: string },
): Promise<Answer> {
  const workspace = workspaceId(credential.identity.workspace)
  const reply = await host.request({
    method: 'GET',
    url: `https://${API_HOST}/backend-api/${what.path}`,
    headers: {
      authorization: `Bearer ${host.access.reveal()}`,
      // Of several workspaces it picks the right one; a guess would pick a wrong one, so unknown is left out.
      ...(workspace !== null && /^[\x21-\x7e]{1,128}$/.test(workspace) ? { 'chatgpt-account-id': workspace } : {}),
      accept: 'application/json',
      'user-agent': userAgentOf(host.settings.user_agent, `tokstat/${host.version}`, host.version),
    },
    endpoint: what.endpoint,
  })
  const context = { title: TITLE, endpoint: what.endpoint, signInHint: credential.signInHint, refine }
  const json = expectJson(reply, context)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unexpected(context)
  return { json, reply }
}

function refine(refusal: Refusal): Refinement | null {
  if (refusal.status !== 403) return null
  const words = refusal.text.slice(0, 20_000)
  if (/unsupported_country/i.test(words)) {
    const message = 'Codex is not available where this account is (403).'
    return { code: 'unsupported_region', message, hint: 'Check the country of the account and of the network.' }
  }
  if (/token_(expired|invalidated|revoked)/i.test(words)) {
    const message = 'Codex did not accept the login (403).'
    return { code: 'credential_expired', message, hint: 'Sign in again: codex login' }
  }
  return null
}
