import type { Secret } from './secret.ts'
import type { EpochMs } from './time.ts'

export type ProviderId = string & {}

/** Where a credential was found; contracts section 1. */
export type SourceId =
  | 'opencode'
  | 'antigravity-accounts'
  | 'claude-code'
  | 'codex-cli'
  | 'gemini-cli'
  | 'github-copilot'
  | 'gh'
  | 'cli-proxy-api'
  | 'antigravity-ide'
  | 'env'
  | 'vault'

/** What a source found for one login. Everything but `secrets` may be shown. */
export interface Credential {
  readonly provider: ProviderId
  readonly source: SourceId
  /** `tokstat`: we obtained it and may refresh and store it. `other`: we only ever read it. */
  readonly owner: 'tokstat' | 'other'
  /** The place it was read from, for `doctor` and the log only; never in an answer of the server. */
  readonly origin: string
  /** Names the entry inside its source across rewrites of the file (`google`, `account 2`); not unique over sources. */
  readonly slot: string
  /** Hash of the secret parts, 16 hex digits: cooldowns and caches are bound to it. */
  readonly fingerprint: string
  readonly identity: CredentialIdentity
  /** False: listed, not polled. */
  readonly enabled: boolean
  /** The user's own name for it, when the source has one (the vault). */
  readonly name: string | null
  /** The owner marks it as the one in use: everywhere (`true`), or for these pools. */
  readonly active: boolean
  readonly activeFor: readonly string[]
  /** When its owner last wrote or used it; the freshest of two credentials of one account wins. */
  readonly updatedAt: EpochMs | null
  /** What a person runs to sign in again (`antigravity`, `claude`, `tokstat login copilot`). */
  readonly signInHint: string
  readonly secrets: CredentialSecrets
  /** Provider-specific facts of the file that are not secret: project ids, hosts. */
  readonly extra: Readonly<Record<string, string>>
  /** Why it is listed but cannot be used; null when it can. */
  readonly unreadable: string | null
  /**
   * True: what its owner keeps on this machine can be read without a token or a service (a cache, a running program).
   * Such a reading is poorer and older, so it is taken last, and never instead of a newer one. Absent: a login.
   */
  readonly local?: true
}

export interface CredentialIdentity {
  readonly subject: string | null
  readonly workspace: string | null
  readonly email: string | null
  readonly login: string | null
}

export interface CredentialSecrets {
  readonly accessToken: Secret | null
  /** When `accessToken` ends, by the access token's own claim or the file; null: unknown, try it. */
  readonly accessExpiresAt: EpochMs | null
  readonly refreshToken: Secret | null
  readonly apiKey: Secret | null
}

/** A login without its secrets: what one process may leave to the next. */
export type KnownLogin = Pick<
  Credential,
  'provider' | 'source' | 'owner' | 'origin' | 'slot' | 'fingerprint' | 'identity' | 'name' | 'signInHint'
>

/** What one place said when it was looked at: what `doctor` prints. */
export interface SourceReport {
  readonly source: SourceId
  readonly place: string
  readonly state: 'found' | 'absent' | 'empty' | 'unreadable'
  /** How many logins were found there. */
  readonly count: number
  /** What is wrong; null when nothing is. */
  readonly detail: string | null
  /** What to do, where `detail` does not say it already. */
  readonly hint: string | null
}
