import type { Credential, ProviderId, SourceId } from './credential.ts'
import type { Quota } from './quota.ts'
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
  /**
   * The reading that the owner's own program has handed to us for this login, out of what was kept of it (the file
   * of `EngineOptions.handed`). `observedAt` says when its values were new. Null: none for this login. Pure.
   */
  handed?(content: unknown, credential: Credential): Reading | null
  /** The owner's own program, asked in place of a login that has expired: it may renew what is its own. */
  readonly owner?: OwnerProgram<Settings>
  /** The provider's raw answers, for `query`; same rules as `read`. One entry an endpoint. */
  query?(credential: Credential, host: ProviderHost<Settings>): Promise<Readonly<Record<string, unknown>>>
}

/** Names in the order of preference. */
interface KeyNames {
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
  /** This machine's programs, where they can be asked. Absent: nothing local is asked. */
  readonly local?: LocalHost | undefined
  /** Quotas of the account's last good reading: a source that gives labels alone finds the id that a label has. */
  readonly known?: readonly Pick<Quota, 'id' | 'label'>[] | undefined
}

/** Asked only where programs of others may be run (contracts section 8, Hosts). Both throw QuotaError and nothing else. */
export interface OwnerProgram<Settings = unknown> {
  /** What it answered, raw. Null: it is not the program of this login. */
  ask(credential: Credential, host: OwnerHost<Settings>): Promise<object | null>
  /** Pure. `at`: when the answer was complete. */
  parse(answers: object, credential: Credential, at: EpochMs): Reading
}

/** What a provider may touch while it asks an owner's program: no network and no token. */
export interface OwnerHost<Settings = unknown> extends Omit<ProviderHost<Settings>, 'access' | 'request' | 'local'> {
  readonly runOwner: RunOwner
}

/** The programs of this user on this machine, as a provider may see them. Loopback only; nothing is ever changed. */
export interface LocalHost {
  /** Running programs of this user whose file name matches, with their arguments. Never throws; none where unknown. */
  programs(name: RegExp): Promise<readonly LocalProgram[]>
  /** TCP ports on which a program listens, ascending. Never throws. */
  portsOf(pid: number): Promise<readonly number[]>
  /**
   * Sends one request to a loopback address; a self-signed certificate is accepted there and nowhere else.
   * Rejects with QuotaError (`network`, `timeout`, `too_large`); an address that is not loopback is a fault of ours.
   */
  ask(request: LocalRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }>
  /** Runs an owner's own command. Null: not now; background polls never start anything (contracts section 8, Hosts). */
  readonly runOwner: RunOwner | null
}

export interface LocalProgram {
  readonly pid: number
  /** The program first. */
  readonly argv: readonly string[]
}

export interface LocalRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
}

/** Runs a command found on PATH with an argument list (no shell), a clean environment and a process group of its own. */
export type RunOwner = (
  command: string,
  args: readonly string[],
  limits: OwnerLimits,
  signal: AbortSignal,
) => Promise<OwnerRun>

export interface OwnerLimits {
  /** When it is told to end; five seconds later it is killed. */
  readonly timeoutMs: number
  /** Of stdout; more ends it. */
  readonly maxBytes: number
  /** Written to its stdin. */
  readonly input?: string
  /**
   * For a program that talks: what to write next, asked with all of stdout so far, at the start too (`''`: nothing
   * yet). Null ends the program, as nothing more is wanted. Stdin stays open until then.
   */
  readonly converse?: (stdout: string) => string | null
}

/** `missing`: no such command on PATH. `done`: it ended (or `converse` had enough); the exit code is null after a signal. */
export type OwnerRun =
  | { readonly kind: 'done'; readonly exitCode: number | null; readonly stdout: string }
  | { readonly kind: 'missing' | 'failed' | 'timeout' | 'too_large' | 'stopped' }

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
