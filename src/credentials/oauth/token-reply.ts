import { QuotaError } from '../../model/problem.ts'
import type { HttpReply } from '../../model/provider.ts'
import type { Secret } from '../../model/secret.ts'
import { type EpochMs, plusMs, SECOND_MS } from '../../model/time.ts'
import { asObject, field, type JsonObject, parseJson, secretOf } from '../parse.ts'

/** The word for the token endpoint: the key of its cooldown. */
export const TOKEN_ENDPOINT = 'token'

/** What one answer of the token endpoint means. */
export type TokenReply =
  | { readonly kind: 'token'; readonly accessToken: Secret; readonly expiresAt: EpochMs }
  /** `invalid_grant`: the login itself is over. */
  | { readonly kind: 'revoked' }
  /** The login was created with another client. */
  | { readonly kind: 'other_client' }
  /** Refused for a reason that asking again does not change. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Says nothing about the login: wait and try again. */
  | { readonly kind: 'transient'; readonly error: QuotaError }

/** Google's tokens last an hour; said in case an answer does not say it. */
const USUAL_LIFETIME_SECONDS = 3600

/**
 * Reads an answer. The status decides first; of a refusal only the one error word is read, so that nothing of the
 * body can reach a message. A reply's own `refresh_token` is ignored: Google's do not rotate, and an empty one must
 * not erase the good one.
 */
export function interpretTokenReply(reply: HttpReply): TokenReply {
  const isHtml = looksLikeHtml(reply)
  const parsed = isHtml ? null : parseJson(reply.body)
  const body = parsed?.ok ? asObject(parsed.value) : null
  if (reply.status >= 200 && reply.status < 300) return readSuccess(reply, body)
  if (reply.status === 429) return transient(reply, isHtml ? 'blocked_by_gateway' : 'rate_limited')
  if (reply.status === 408 || reply.status >= 500) return transient(reply, 'upstream_unavailable')
  if (reply.status < 400) return transient(reply, 'unexpected_response')
  if (isHtml) return transient(reply, reply.status === 403 ? 'blocked_by_gateway' : 'unexpected_response')
  // Proxies and Google itself have sent these words with 400, 401, 403 and 404: the word counts, not the number.
  const word = body === null ? null : errorWord(body)
  if (word === 'invalid_grant') return { kind: 'revoked' }
  if (word === 'invalid_client' || word === 'unauthorized_client') return { kind: 'other_client' }
  return { kind: 'refused', status: reply.status }
}

function readSuccess(reply: HttpReply, body: JsonObject | null): TokenReply {
  const accessToken = body === null ? null : secretOf(field(body, 'access_token'))
  if (body === null || accessToken === null) return transient(reply, 'unexpected_response')
  const said = Number(field(body, 'expires_in'))
  const seconds = Number.isFinite(said) && said > 0 ? said : USUAL_LIFETIME_SECONDS
  return { kind: 'token', accessToken, expiresAt: plusMs(reply.at, seconds * SECOND_MS) }
}

/** `{"error": "word"}`, or Google's other form `{"error": {"status": "WORD"}}`. */
function errorWord(body: JsonObject): string | null {
  const error = field(body, 'error')
  const word = typeof error === 'string' ? error : field(asObject(error) ?? {}, 'status')
  return typeof word === 'string' ? word.trim().toLowerCase() : null
}

function looksLikeHtml(reply: HttpReply): boolean {
  return (reply.headers['content-type'] ?? '').includes('html') || reply.body.trimStart().startsWith('<')
}

type TransientCode = 'blocked_by_gateway' | 'rate_limited' | 'upstream_unavailable' | 'unexpected_response'

const TRANSIENT_TEXT: Readonly<Record<TransientCode, string>> = {
  blocked_by_gateway: "Something between this machine and Google answered in place of Google's sign-in service.",
  rate_limited: "Google's sign-in service asked to wait.",
  upstream_unavailable: "Google's sign-in service is not available at the moment.",
  unexpected_response: "Google's sign-in service answered with something that is not a token.",
}

function transient(reply: HttpReply, code: TransientCode): TokenReply {
  const error = new QuotaError({
    code,
    message: TRANSIENT_TEXT[code],
    retryAfterMs: retryAfterMs(reply),
    httpStatus: reply.status,
    endpoint: TOKEN_ENDPOINT,
  })
  return { kind: 'transient', error }
}

/** `Retry-After` as seconds or as a date, counted from the answer. Zero, the past and nonsense count as absent. */
function retryAfterMs(reply: HttpReply): number | null {
  const text = reply.headers['retry-after']?.trim() ?? ''
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - reply.at
  return Number.isFinite(wait) && wait > 0 ? Math.ceil(wait) : null
}
