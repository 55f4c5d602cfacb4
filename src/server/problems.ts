import { STATUS_CODES } from 'node:http'
import { type EpochMs, toIsoOrNull } from '../model/time.ts'

/** Why a request is not answered with what it asked for. Texts are ours: no secret, no path, nothing of the caller. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly hint?: string | null
  /** When to try again; also becomes `Retry-After`. */
  readonly retryAt?: EpochMs | null
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the problem document (RFC 9457 extension members). */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Thrown by a route; becomes an answer in one place. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

export interface WrittenRefusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** RFC 9457 problem+json, or the plain error object that `/v0` has always had. */
export function writeRefusal(path: string, refusal: Refusal, now: EpochMs): WrittenRefusal {
  const isManagement = path === '/v0' || path.startsWith('/v0/')
  const body = isManagement
    ? { error: { code: refusal.code, message: refusal.message } }
    : {
        type: 'about:blank',
        title: STATUS_CODES[refusal.status] ?? 'Error',
        status: refusal.status,
        detail: refusal.message,
        code: refusal.code,
        hint: refusal.hint ?? null,
        retryAt: toIsoOrNull(refusal.retryAt ?? null),
        ...refusal.more,
      }
  return {
    status: refusal.status,
    headers: {
      'content-type': isManagement ? 'application/json' : 'application/problem+json',
      ...(refusal.retryAt ? { 'retry-after': String(secondsUntil(refusal.retryAt, now)) } : {}),
      ...refusal.headers,
    },
    body: JSON.stringify(body),
  }
}

/** Whole seconds, rounded up: never earlier than asked, and at least one. */
function secondsUntil(at: EpochMs, now: EpochMs): number {
  return Math.max(1, Math.ceil((at - now) / 1000))
}

export function notFound(message: string, hint: string | null = null): RefusalError {
  return new RefusalError({ status: 404, code: 'not_found', message, hint })
}

export function badRequest(message: string): RefusalError {
  return new RefusalError({ status: 400, code: 'invalid_request', message })
}
