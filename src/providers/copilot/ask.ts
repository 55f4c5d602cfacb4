import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { HttpReply, ProviderHost } from '../../model/provider.ts'
import { expectJson } from '../shared/json.ts'
import type { Refinement, Refusal } from '../shared/refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'GitHub Copilot'
export const ENDPOINT = 'user'

const GITHUB = 'github.com'
export const GITHUB_API = 'api.github.com'
const API_VERSION = '2025-04-01'

/** The editor whose requests these are: the service answers other clients too, but documents none (seen 2026-08). */
const EDITOR_HEADERS = {
  'editor-version': 'vscode/1.96.2',
  'editor-plugin-version': 'copilot-chat/0.26.7',
} as const
const EDITOR_USER_AGENT = 'GitHubCopilotChat/0.26.7'

/** The host that a login was stored for; a company's own server stands in the login's file. */
export function homeOf(credential: Credential): string {
  return credential.extra['host'] ?? GITHUB
}

/**
 * Where the API of a login's own host is: its subdomain `api` on GitHub and on GitHub Enterprise Cloud with data
 * residency, a path of the same host on a company's own server. Null for what is no plain host name.
 */
export function apiOf(home: string): { readonly host: string; readonly root: string } | null {
  if (home === GITHUB) return { host: GITHUB_API, root: '' }
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/.test(home)) return null
  if (home === GITHUB_API || home.endsWith(`.${GITHUB}`)) return null
  if (/^[a-z0-9-]+\.ghe\.com$/.test(home)) return { host: `api.${home}`, root: '' }
  return { host: home, root: '/api/v3' }
}

/** Asks for the quota of one login, at the host it belongs to and at no other. */
export async function ask(credential: Credential, host: ProviderHost<Settings>): Promise<HttpReply> {
  const api = apiOf(homeOf(credential))
  if (api === null) {
    throw new QuotaError({
      code: 'credential_unreadable',
      message: 'The GitHub login names a server that cannot be asked; its token is sent nowhere else.',
      hint: `Sign in again: ${credential.signInHint}`,
      endpoint: ENDPOINT,
    })
  }
  const { user_agent } = host.settings
  return host.request({
    method: 'GET',
    url: `https://${api.host}${api.root}/copilot_internal/user`,
    endpoint: ENDPOINT,
    headers: {
      authorization: `token ${host.access.reveal()}`,
      accept: 'application/json',
      'user-agent': userAgentOf(user_agent, EDITOR_USER_AGENT, host.version),
      'x-github-api-version': API_VERSION,
      ...(user_agent === 'honest' ? {} : EDITOR_HEADERS),
    },
  })
}

/** The JSON of a complete answer; throws QuotaError for every other. */
export function read(reply: HttpReply, credential: Credential): unknown {
  return expectJson(reply, {
    title: TITLE,
    endpoint: ENDPOINT,
    signInHint: credential.signInHint,
    refine: (refusal) => refine(refusal, credential),
  })
}

function refine({ status, headers, text }: Refusal, credential: Credential): Refinement | null {
  if (status === 404) {
    const hint = 'The account has no Copilot, or the token is of a kind that may not ask for it.'
    return { code: 'no_quota_reported', message: 'GitHub knows no Copilot quota for this login (404).', hint }
  }
  if (status !== 403) return null
  if (headers['x-ratelimit-remaining'] === '0' || /\brate limit\b/i.test(text)) {
    return { code: 'rate_limited', message: 'GitHub asks us to wait (403, rate limit).' }
  }
  if (headers['x-github-sso'] !== undefined || /\bSAML\b/.test(text)) {
    const hint = "Authorize the token for the organization's single sign-on, on GitHub's page of tokens or apps."
    return { code: 'forbidden', message: 'The organization wants single sign-on for this token (403).', hint }
  }
  if (credential.source === 'env' || /not accessible by/i.test(text)) {
    const hint = 'Use a token of an OAuth login, or a classic one with the scope `copilot`.'
    return { code: 'scope_missing', message: 'This token may not ask for the quota of Copilot (403).', hint }
  }
  return null
}
