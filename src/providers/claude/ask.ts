import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { HttpReply, ProviderHost } from '../../model/provider.ts'
import { expectJson, unexpected } from '../shared/json.ts'
import type { Refinement, Refusal } from '../shared/refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'Claude'
export const API_HOST = 'api.anthropic.com'

/** Sent when the installed version is not known: one that the endpoint is known to serve (seen 2026-03). */
const CLIENT_VERSION = '2.1.80'

export type Endpoint = 'usage' | 'profile'

/**
 * One `GET /api/oauth/<endpoint>`. Throws QuotaError for a refusal, also for one that comes with 200, and without a
 * request for a login whose scopes say that it may not ask.
 */
export async function ask(
  credential: Credential,
  host: ProviderHost<Settings>,
  endpoint: Endpoint,
): Promise<{ readonly json: object; readonly reply: HttpReply }> {
  requireScope(credential, endpoint)
  const userAgent = userAgentOf(host.settings.user_agent, documentedClient(credential), host.version)
  // Saved resets are only told to the command line client's own name.
  const query = endpoint === 'usage' && userAgent.startsWith('claude-cli/') ? '?cedar_ember=1' : ''
  const reply = await host.request({
    method: 'GET',
    url: `https://${API_HOST}/api/oauth/${endpoint}${query}`,
    headers: {
      authorization: `Bearer ${host.access.reveal()}`,
      'anthropic-beta': 'oauth-2025-04-20',
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': userAgent,
    },
    endpoint,
  })
  const context = { title: TITLE, endpoint, signInHint: credential.signInHint }
  const json = expectJson(reply, { ...context, refine: (refusal) => refine(refusal, credential) })
  const hidden = errorType(json)
  if (hidden !== null) throw refusalInside(hidden, context)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unexpected(context)
  return { json, reply }
}

function documentedClient(credential: Credential): string {
  const installed = credential.extra['clientVersion'] ?? ''
  return `claude-code/${/^\d{1,4}(\.\d{1,5}){2}$/.test(installed) ? installed : CLIENT_VERSION}`
}

/** No scopes told means that they are not known, and the request shows. */
function requireScope(credential: Credential, endpoint: Endpoint): void {
  const scopes = credential.extra['scopes']?.split(' ').filter((scope) => scope !== '') ?? []
  if (scopes.length === 0 || scopes.includes('user:profile')) return
  throw new QuotaError({ ...scopeMissing(credential), endpoint })
}

function scopeMissing(credential: Credential): Refinement {
  return {
    code: 'scope_missing',
    message: 'This Claude login may run models, but not read how much is left.',
    hint:
      credential.source === 'env'
        ? 'A token of `claude setup-token` cannot: log in with `claude` on this machine.'
        : `Sign in again: run \`${credential.signInHint}\` and log in with the subscription.`,
  }
}

function refine(refusal: Refusal, credential: Credential): Refinement | null {
  if (refusal.status === 429) {
    return {
      code: 'rate_limited',
      message: 'Claude asks us to wait (429).',
      hint: 'This is the throttle of the usage page, not your plan; it is asked again by itself.',
    }
  }
  if (refusal.status !== 403) return null
  const words = refusal.text.slice(0, 20_000)
  if (/unsupported_country|not available in your (country|region)/i.test(words)) {
    const message = 'Claude is not available where this account is (403).'
    return { code: 'unsupported_region', message, hint: 'Check the country of the account and of the network.' }
  }
  if (/\bscope\b|user:profile/i.test(words)) return scopeMissing(credential)
  // A token for inference alone is refused in other words too; only a word about the organisation is another matter.
  return credential.source === 'env' && !/organi[sz]ation/i.test(words) ? scopeMissing(credential) : null
}

/** The type inside `{"type":"error","error":{"type":…}}`, which has been seen with status 200. */
function errorType(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !('type' in json) || json.type !== 'error') return null
  if (!('error' in json) || typeof json.error !== 'object' || json.error === null) return ''
  return 'type' in json.error && typeof json.error.type === 'string' ? json.error.type : ''
}

function refusalInside(
  type: string,
  context: { readonly title: string; readonly endpoint: string; readonly signInHint: string },
): QuotaError {
  const { endpoint, signInHint } = context
  if (type === 'authentication_error') {
    const hint = `Sign in again: ${signInHint}`
    return new QuotaError({ code: 'credential_expired', message: 'Claude did not accept the login.', hint, endpoint })
  }
  if (type === 'permission_error') {
    return new QuotaError({ code: 'forbidden', message: 'Claude refuses this account.', endpoint })
  }
  if (type === 'rate_limit_error') {
    return new QuotaError({ code: 'rate_limited', message: 'Claude asks us to wait.', endpoint })
  }
  if (type === 'overloaded_error' || type === 'api_error') {
    return new QuotaError({ code: 'upstream_unavailable', message: 'Claude has trouble of its own.', endpoint })
  }
  return unexpected(context)
}
