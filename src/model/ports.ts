import type { Credential, KnownLogin, ProviderId, SourceReport } from './credential.ts'
import type { HttpReply, HttpRequest } from './provider.ts'
import type { Secret } from './secret.ts'
import type { EpochMs } from './time.ts'

/** Time and timers, always handed in: tests own a clock that they move. */
export interface Clock {
  now(): EpochMs
  /** Never goes back, keeps no relation to `now`. */
  monotonicMs(): number
  /** Runs `run` once after `delayMs`. A wait above an hour is allowed. */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Message texts are static; everything that varies goes into fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Uniform in 0..1; handed in so that jitter can be tested. */
export type Random = () => number

/**
 * Sends one request: one absolute deadline over connect, headers and body; body cap; no redirect followed.
 * Resolves with any status; rejects with QuotaError (`timeout`, `network`, `offline`, `truncated`, `too_large`,
 * `unexpected_response` for a redirect) and nothing else.
 */
export type SendHttp = (
  request: HttpRequest & { readonly timeoutMs: number },
  signal: AbortSignal,
) => Promise<HttpReply>

/** A small JSON document of ours on disk: atomic, 0600, unknown content is null. */
export interface JsonFile {
  read(): Promise<unknown>
  write(value: unknown): Promise<void>
}

/** What the collector needs of `credentials/`. */
export interface CredentialStore {
  /**
   * Looks at every source again. Never throws: an unreadable source is a report, and keeps its known logins; at the
   * first look also those that an earlier process knew (`known`).
   */
  discover(known?: readonly KnownLogin[]): Promise<Discovery>
  /**
   * A token to send now: the stored one while it lasts, a refreshed one (memory only) where that is allowed.
   * Throws QuotaError (`credential_expired`, `credential_revoked`, `client_missing`, `client_mismatch`, network codes).
   */
  access(credential: Credential, context: AccessContext): Promise<Secret>
  /**
   * After a 401 on `rejected`: the file is read again, then one refresh where it is allowed.
   * The new token, or null when there is no other one to try.
   */
  renew(credential: Credential, rejected: Secret, context: AccessContext): Promise<Secret | null>
  /** Calls back (debounced) when a watched place changed. Returns the stop function. */
  watch(onChange: () => void): () => void
}

export interface Discovery {
  readonly credentials: readonly Credential[]
  readonly reports: readonly SourceReport[]
}

export interface AccessContext {
  readonly send: (request: HttpRequest) => Promise<HttpReply>
  readonly now: EpochMs
  readonly signal: AbortSignal
}

/** What a refresh of one account came to; the entries of `POST /api/v1/refresh`. */
export interface RefreshResult {
  readonly account: string
  readonly provider: ProviderId
  readonly outcome: 'read' | 'cooldown' | 'failed'
  readonly observedAt: EpochMs | null
  readonly retryAt: EpochMs | null
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null
}
