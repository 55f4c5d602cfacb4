import type { CustomFetch } from 'openid-client'
import { AppError } from '../../model/app.ts'
import { QuotaError } from '../../model/problem.ts'
import { asObject, field, type JsonObject, parseJson } from '../parse.ts'
import type { Send } from './deps.ts'

const BODY_CAP = 64 * 1024
/** When a device code does not say how long it lives, though it should. */
const USUAL_CODE_LIFE_S = 900

export interface OAuthDoor {
  readonly fetch: CustomFetch
  /** A failure as the person is told of it. The library's own messages name its parts, so they are not passed on. */
  explain(error: unknown): AppError
}

export interface OAuthDoorOptions {
  readonly send: Send
  readonly signal: AbortSignal
  /** The word for the endpoint, for the log. */
  readonly endpoint: string
  /** What people call the service. */
  readonly service: string
}

/** openid-client's way out: our own sending, with its limits, and a body made fit for the library. */
export function oauthDoor({ send, signal, endpoint, service }: OAuthDoorOptions): OAuthDoor {
  let failure: QuotaError | null = null
  return {
    fetch: async (url, { method, headers, body }) => {
      failure = null
      try {
        const reply = await send(
          {
            method: method === 'GET' ? 'GET' : 'POST',
            url,
            headers,
            ...(body === undefined || body === null ? {} : { body: String(body) }),
            endpoint,
            maxBytes: BODY_CAP,
          },
          signal,
        )
        if (reply.status === 429 || reply.status >= 500) throw unavailable(service, reply.status)
        const parsed = parseJson(reply.body)
        const answer = parsed.ok ? asObject(parsed.value) : null
        if (answer === null) return new Response(reply.body, { status: reply.status })
        const status = statusOf(reply.status, answer)
        return Response.json(mended(answer), { status })
      } catch (error) {
        if (error instanceof QuotaError) failure = error
        throw error
      }
    },
    explain: (error) => (failure === null ? explained(error, service) : appErrorOf(failure)),
  }
}

/** GitHub sends refusals, "not yet" among them, with HTTP 200; RFC 6749 and 8628 want 400. */
function statusOf(status: number, answer: JsonObject): number {
  return status === 200 && typeof field(answer, 'error') === 'string' ? 400 : status
}

/**
 * Takes out what the library would stumble over: an id_token, whose times it checks against this machine's clock
 * (identity comes from the service itself, over TLS), and numbers that RFC 8628 lets be absent but not be 0.
 */
function mended(answer: JsonObject): JsonObject {
  const fit = Object.entries(answer).filter(([name, value]) => {
    if (name === 'id_token') return false
    const isCount = name === 'interval' || name === 'expires_in'
    return !isCount || (typeof value === 'number' && Number.isFinite(value) && value > 0)
  })
  return { ...('device_code' in answer ? { expires_in: USUAL_CODE_LIFE_S } : {}), ...Object.fromEntries(fit) }
}

function unavailable(service: string, status: number): QuotaError {
  return new QuotaError({
    code: status === 429 ? 'rate_limited' : 'upstream_unavailable',
    message: `${service} cannot sign anybody in at the moment (HTTP ${status}).`,
    hint: 'Try again in a few minutes.',
    httpStatus: status,
  })
}

/** A failure to reach the service, as the end of a command. */
export function appErrorOf(error: QuotaError): AppError {
  return new AppError(3, error.code, error.message, error.hint)
}

function explained(error: unknown, service: string): AppError {
  if (error instanceof AppError) return error
  const word = refusalWord(error)
  if (word === 'invalid_client' || word === 'unauthorized_client') {
    return new AppError(
      2,
      'client_mismatch',
      `${service} does not accept the OAuth client (${word}).`,
      'Check the client id and secret that are set in the environment or in .env.',
    )
  }
  if (word !== null) return new AppError(2, 'login_refused', `OAuth error: ${word}.`, 'Log in again.')
  return new AppError(3, 'unexpected_response', `${service} answered with something that is not a login.`)
}

/** The one word of a refusal (`access_denied`), from whichever of the library's errors has it; null: no refusal. */
export function refusalWord(error: unknown): string | null {
  if (!(error instanceof Error) || !('error' in error) || typeof error.error !== 'string') return null
  return /^[\w-]{1,40}$/.test(error.error) ? error.error : 'unknown'
}

/** Fields of a refusal's body beside its word, such as `interval`. */
export function refusalBody(error: unknown): JsonObject {
  return (error instanceof Error ? asObject(error.cause) : null) ?? {}
}
