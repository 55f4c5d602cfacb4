import type { Credential, ProviderId, SourceId } from './credential.ts'
import type { Reading } from './reading.ts'
import type { Secret } from './secret.ts'
import type { EpochMs } from './time.ts'

/** A provider's own table in config.toml: a zod object satisfies it; `model` itself never imports zod. */
export interface SettingsSchema<Settings> {
  parse(input: unknown): Settings
}

/**
 * A service with quotas. One folder in `providers/`, one line in its registry, one page in docs/providers/.
 * It knows wire formats and nothing else: no files, no clock, no retry, no cache, no log.
 */
export interface Provider<Settings = unknown> {
  /** Persisted in history and metrics. Never renamed. */
  readonly id: ProviderId
  /** What people call it. */
  readonly title: string
  /** Its extra keys in `[providers.<id>]`; the common ones (enabled, interval) are the config's own. */
  readonly settings: SettingsSchema<Settings>
  /** Where logins for it may come from, in order of preference. */
  readonly sources: readonly SourceId[]
  /** Every host it asks, without scheme: for `explain`, and to refuse any other. */
  readonly hosts: readonly string[]
  /**
   * The hosts that may see this one login, instead of `hosts`: a login of a company's own server belongs there and
   * nowhere else. Absent: `hosts` for every login.
   */
  hostsFor?(credential: Credential): readonly string[]
  /** Under which names a plain key or token of this service stands in places that serve many. Absent: none. */
  readonly keyNames?: KeyNames
  /** Default cadence, in seconds. */
  readonly intervalSeconds: number
  /** How quickly `--interval` may ask, in seconds. */
  readonly floorSeconds: number
  /** How a request is authorised, hence how the collector obtains `access`. */
  readonly auth: 'google-oauth' | 'bearer' | 'api-key'
  /** What a person does to add an account, one sentence. */
  readonly signIn: string
  /** One bounded attempt for one credential. Throws QuotaError and nothing else. */
  read(credential: Credential, host: ProviderHost<Settings>): Promise<Reading>
  /** The provider's raw answers, for `query`; same rules as `read`. One entry an endpoint. */
  query?(credential: Credential, host: ProviderHost<Settings>): Promise<Readonly<Record<string, unknown>>>
}

/** Names in the order of preference. */
export interface KeyNames {
  /** Environment variables. */
  readonly environment: readonly string[]
  /** Entries of OpenCode's auth.json that hold a key (not an OAuth login). */
  readonly openCode: readonly string[]
}

/** All that a provider may touch. Tests pass fakes; production passes the collector's. */
export interface ProviderHost<Settings = unknown> {
  /** Sends one request. Rejects with QuotaError when there is no usable answer, or the endpoint is cooling down. */
  request(request: HttpRequest): Promise<HttpReply>
  /** The bearer token or key of this account, already refreshed where that is allowed. */
  readonly access: Secret
  readonly settings: Settings
  /** The instant the attempt began. */
  readonly now: EpochMs
  readonly signal: AbortSignal
  /** `linux`, `darwin`, `win32` and `x64`, `arm64`: some clients' User-Agents name them. */
  readonly platform: { readonly os: string; readonly arch: string }
  /** tokstat's own version, for an honest User-Agent. */
  readonly version: string
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The provider's own short word for what is asked (`models`, `summary`): the key of its cooldown. */
  readonly endpoint: string
  /** Largest body in bytes after decoding; default 1 MiB. */
  readonly maxBytes?: number
}

/** A complete answer of any status. Header names are lower case. */
export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Host that answered, without scheme. */
  readonly host: string
  /** When the answer was complete. */
  readonly at: EpochMs
}
