import type { EpochMs } from './time.ts'

/** State of an account; contracts section 1. `ok`, `pending` and `disabled` have no problem. */
export type Status =
  | 'ok'
  | 'stale'
  | 'auth_required'
  | 'forbidden'
  | 'rate_limited'
  | 'unreachable'
  | 'bad_response'
  | 'not_entitled'
  | 'disabled'
  | 'pending'

/** The closed list of problem codes, each with the status it means (contracts section 8). */
export const STATUS_OF_CODE = {
  signed_out: 'auth_required',
  credential_expired: 'auth_required',
  credential_revoked: 'auth_required',
  client_missing: 'auth_required',
  client_mismatch: 'auth_required',
  credential_unreadable: 'auth_required',
  scope_missing: 'auth_required',
  forbidden: 'forbidden',
  verification_required: 'forbidden',
  unsupported_region: 'forbidden',
  no_quota_reported: 'not_entitled',
  consumer_tier_retired: 'not_entitled',
  api_key_login: 'not_entitled',
  rate_limited: 'rate_limited',
  offline: 'unreachable',
  network: 'unreachable',
  timeout: 'unreachable',
  upstream_unavailable: 'unreachable',
  blocked_by_gateway: 'unreachable',
  unexpected_response: 'bad_response',
  truncated: 'bad_response',
  too_large: 'bad_response',
  rejected: 'bad_response',
  endpoint_gone: 'bad_response',
  client_too_old: 'bad_response',
  internal: 'bad_response',
  overdue: 'stale',
} as const satisfies Record<string, Status>

export type ProblemCode = keyof typeof STATUS_OF_CODE

/** Why an account's last attempt failed, for people and machines. Never holds a secret or a response body. */
export interface Problem {
  readonly code: ProblemCode
  /** What happened, one sentence. */
  readonly message: string
  /** What to do next, one sentence; null when waiting is all there is to do. */
  readonly hint: string | null
  /** Since when this code has been the state of the account. */
  readonly since: EpochMs
  /** When it is tried again; null: only when something changes. */
  readonly retryAt: EpochMs | null
}

export interface QuotaErrorOptions {
  readonly code: ProblemCode
  readonly message: string
  readonly hint?: string | null
  /** How long the service asked us to wait, counted from the answer. */
  readonly retryAfterMs?: number | null
  /** HTTP status when there was an answer. */
  readonly httpStatus?: number | null
  /** Which of the provider's endpoints failed (its own word, such as `models`). */
  readonly endpoint?: string | null
  /** The one model that a 429 names; only that model is blocked, not the account. */
  readonly model?: string | null
  readonly cause?: unknown
}

/** The one error a provider or a credential may throw. Message and hint are written by us and hold no secret. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError'
  readonly code: ProblemCode
  readonly hint: string | null
  readonly retryAfterMs: number | null
  readonly httpStatus: number | null
  readonly endpoint: string | null
  readonly model: string | null

  constructor(options: QuotaErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = options.code
    this.hint = options.hint ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
    this.httpStatus = options.httpStatus ?? null
    this.endpoint = options.endpoint ?? null
    this.model = options.model ?? null
  }

  get status(): Status {
    return STATUS_OF_CODE[this.code]
  }
}
