import { type ProblemCode, QuotaError } from '../../model/problem.ts'
import type { HttpReply } from '../../model/provider.ts'
import { blockedModel, requestedDelayMs } from '../../model/retry-after.ts'
import { parseJson } from './parse-json.ts'

export interface RefusalContext {
  /** What people call the provider. */
  readonly title: string
  /** The provider's own short word for what was asked. */
  readonly endpoint: string
  /** The credential's `signInHint`: a command, or the name of the tool to open. */
  readonly signInHint?: string | null
  /** What this provider's own words in an error mean; null: nothing beyond the status. */
  readonly refine?: (refusal: Refusal) => Refinement | null
}

/** A non-2xx answer as a provider's `refine` sees it. Not called for a web page: that is never the provider speaking. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body as JSON; null when it is something else. */
  readonly json: unknown
  /** The body as text, to look for known words. Never to be shown. */
  readonly text: string
}

/** Message and hint are our own words: no part of the body but what an allow-list let through. */
export interface Refinement {
  readonly code: ProblemCode
  readonly message: string
  readonly hint?: string | null
}

/** What an answer other than 2xx means: the status decides, then the provider's own words. Contracts section 7.7. */
export function refusalOf(reply: HttpReply, context: RefusalContext): QuotaError {
  const isPage = isHtml(reply)
  const refined = isPage ? null : (context.refine?.(refusal(reply)) ?? null)
  const meaning = refined ?? byStatus(reply.status, isPage, context)
  return new QuotaError({
    code: meaning.code,
    message: meaning.message,
    hint: meaning.hint ?? null,
    retryAfterMs: requestedDelayMs(reply),
    httpStatus: reply.status,
    endpoint: context.endpoint,
    model: reply.status === 429 ? (blockedModel(reply)?.model ?? null) : null,
  })
}

function refusal(reply: HttpReply): Refusal {
  const parsed = parseJson(reply.body)
  const json = parsed.state === 'ok' ? parsed.value : null
  return { status: reply.status, headers: reply.headers, json, text: reply.body }
}

/** Whether the body is a web page: a login page, a challenge, a gateway's error. First byte before content type. */
function isHtml(reply: Pick<HttpReply, 'body' | 'headers'>): boolean {
  const body = reply.body.replace(/^\uFEFF/, '').trimStart()
  if (body.startsWith('<')) return true
  return /^text\/html\b/i.test(reply.headers['content-type'] ?? '') && !/^[[{]/.test(body)
}

function byStatus(status: number, isPage: boolean, { title, signInHint }: RefusalContext): Refinement {
  if (status < 400) {
    const message = `${title} sent us elsewhere (${status}); a login is never sent along.`
    return {
      code: 'unexpected_response',
      message,
      hint: 'Check the proxy or the network; it is asked again by itself.',
    }
  }
  if (status === 401) {
    const hint = signInHint ? `Sign in again: ${signInHint}` : 'Sign in again.'
    return { code: 'credential_expired', message: `${title} did not accept the login (401).`, hint }
  }
  if (status === 407 || (isPage && (status === 403 || status === 429))) {
    const message = `Something between here and ${title} blocked the request (${status}).`
    return {
      code: 'blocked_by_gateway',
      message,
      hint: 'Check the proxy, VPN or network; it is asked again by itself.',
    }
  }
  if (status === 403) {
    const hint = 'Check in its own app that this account may use the service.'
    return { code: 'forbidden', message: `${title} refuses this account (403).`, hint }
  }
  return byOtherStatus(status, title)
}

function byOtherStatus(status: number, title: string): Refinement {
  if (status === 404 || status === 410) {
    const message = `${title} has no quota answer at this address any more (${status}).`
    return { code: 'endpoint_gone', message, hint: 'Look for a newer tokstat.' }
  }
  if (status === 408) return { code: 'timeout', message: `${title} gave up waiting for the request (408).` }
  if (status === 429) return { code: 'rate_limited', message: `${title} asks us to wait (429).` }
  if (status >= 500) {
    return { code: 'upstream_unavailable', message: `${title} has trouble of its own (${status}).` }
  }
  const message = `${title} did not understand the request (${status}).`
  return { code: 'rejected', message, hint: 'Look for a newer tokstat.' }
}
