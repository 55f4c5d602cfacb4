import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { HttpReply, HttpRequest, ProviderHost } from '../../model/provider.ts'
import { DAY_MS } from '../../model/time.ts'
import { expectJson } from '../shared/json.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'Nano-GPT'
export const HOST = 'nano-gpt.com'

/** Keys of this form may look and not spend; each kind of key is refused at the other's address. */
const MANAGEMENT_PREFIX = 'sk-nano-mgmt-'

export interface Answers {
  readonly usage: PromiseSettledResult<unknown>
  /** Null: a management key may not ask for it. */
  readonly balance: PromiseSettledResult<unknown> | null
}

/** Asks for the subscription and the balance, at the same time. Never rejects: answers and errors are handed on. */
export async function ask(credential: Credential, host: ProviderHost<Settings>): Promise<Answers> {
  const key = host.access.reveal()
  if (key.startsWith(MANAGEMENT_PREFIX)) {
    const path = '/api/management/v1/subscription/usage'
    const headers = { authorization: `Bearer ${key}` }
    const [usage] = await Promise.allSettled([
      send(credential, host, { method: 'GET', path, endpoint: 'usage', headers }),
    ])
    return { usage, balance: null }
  }
  const [usage, balance] = await Promise.allSettled([
    send(credential, host, {
      method: 'GET',
      path: '/api/subscription/v1/usage',
      endpoint: 'usage',
      headers: { authorization: `Bearer ${key}`, 'x-api-key': key },
    }),
    // A POST, but it only reads.
    send(credential, host, {
      method: 'POST',
      path: '/api/check-balance',
      endpoint: 'balance',
      headers: { 'x-api-key': key },
    }),
  ])
  return { usage, balance }
}

interface Question extends Pick<HttpRequest, 'method' | 'endpoint'> {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

async function send(
  credential: Credential,
  host: ProviderHost<Settings>,
  { method, path, endpoint, headers }: Question,
): Promise<unknown> {
  const userAgent = userAgentOf(host.settings.user_agent, `tokstat/${host.version}`, host.version)
  const reply = await host.request({
    method,
    url: `https://${HOST}${path}`,
    endpoint,
    headers: { ...headers, accept: 'application/json', 'user-agent': userAgent },
  })
  try {
    return expectJson(reply, { title: TITLE, endpoint, signInHint: credential.signInHint })
  } catch (error) {
    throw error instanceof QuotaError ? untilMidnight(error, reply) : error
  }
}

/** The per-day caps of a key start again at 00:00 UTC; their refusal names no time. */
function untilMidnight(error: QuotaError, reply: HttpReply): QuotaError {
  if (error.code !== 'rate_limited' || error.retryAfterMs !== null || !/per[ -]day|\brpd\b|daily/i.test(reply.body)) {
    return error
  }
  return new QuotaError({
    code: error.code,
    message: `${TITLE} asks us to wait until midnight UTC: the daily cap of this key is reached (429).`,
    retryAfterMs: DAY_MS - (reply.at % DAY_MS),
    httpStatus: error.httpStatus,
    endpoint: error.endpoint,
  })
}
