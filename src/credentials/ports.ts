import type { Credential, ProviderId, SourceId, SourceReport } from '../model/credential.ts'
import type { Clock, Log } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import type { Secret } from '../model/secret.ts'

/** How a provider's requests are authorised; decides how its access token is obtained. */
export type AuthKind = Provider['auth']

export type UnreadableReason = 'permission' | 'not_a_file' | 'too_large' | 'encoding' | 'unstable' | 'io' | 'malformed'

/** What a guarded read of one file came to. `detail` is for the log; the text shown is ours, made from `reason`. */
export type GuardedRead =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly mtimeMs: number
      readonly dev: number
      readonly ino: number
      readonly size: number
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string }

/**
 * What a look into the keychain came to. `denied`: the entry is there, but its owner's list of programs does not have
 * us, or it is locked; that is another thing than no entry.
 */
export type KeychainRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: 'denied' | 'timeout' | 'io'; readonly detail: string }

/** The plain names inside a folder, in no order. */
export type FolderListing =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string }

/** Rows of a key-value table in another program's database. */
export type RowsRead =
  | { readonly kind: 'rows'; readonly rows: ReadonlyMap<string, string>; readonly mtimeMs: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string }

interface RowQuery {
  readonly table: string
  readonly keyColumn: string
  readonly valueColumn: string
  readonly keys: readonly string[]
}

/** All that this room may touch of the machine. Nothing here can write. */
export interface CredentialPorts {
  /**
   * Reads a whole file. As `json` it is read again for up to 2 s while its text is not complete JSON (an owner in
   * mid-write); as `text` (JSON with comments) it is taken as it is.
   */
  readText(path: string, form: 'json' | 'text'): Promise<GuardedRead>
  /** Rows of a SQLite database as it is now, though its owner may be writing: no lock, no side file, no byte changed. */
  readRows(path: string, query: RowQuery): Promise<RowsRead>
  listFolder(path: string): Promise<FolderListing>
  /** Real path (links resolved) of an executable on PATH; null when there is none. Never runs it. */
  findOnPath(name: string): Promise<string | null>
  /**
   * Every match of a global pattern in the first `maxBytes` of a file, as full match and groups. An absent or
   * unreadable file has no match. Matches may span a reader's chunks.
   */
  scanFile(path: string, pattern: RegExp, maxBytes: number): Promise<readonly (readonly string[])[]>
  /**
   * The text of one entry of another tool in the system's keychain (macOS: the login keychain, Linux: Secret Service).
   * `account` null: whichever there is. Answers within 5 s and never makes a window ask the person anything.
   */
  readKeychain(service: string, account: string | null): Promise<KeychainRead>
  /** Calls back, debounced, when a file or folder changed, appeared or went. Returns the stop function. */
  watchPlaces(paths: readonly string[], onChange: () => void): () => void
  /** SHA-256 of the parts, 16 hex digits. */
  hash(...parts: string[]): string
  readonly clock: Clock
  readonly log: Log
}

/** An OAuth client that was configured by name (environment, `.env`). */
export interface ConfiguredClient {
  readonly provider: ProviderId
  readonly id: string
  readonly secret: Secret
  /** Where the two names were found: `environment`, `.env`. */
  readonly origin: string
}

/** A key or token that stands in the environment under one of its provider's `keyNames`. */
export interface EnvironmentKey {
  readonly provider: ProviderId
  /** Name of the variable. */
  readonly name: string
  readonly secret: Secret
  /** Where it was set: `environment`, `.env`. */
  readonly origin: string
}

/** What the sources must know of the machine and its user. Null: the variable is not set. */
export interface SourceEnvironment {
  /** `linux`, `darwin` or `win32`. */
  readonly platform: string
  readonly home: string
  readonly cwd: string
  /** `$XDG_CONFIG_HOME`, `$XDG_DATA_HOME`, `$XDG_CACHE_HOME`. */
  readonly xdgConfigHome: string | null
  readonly xdgDataHome: string | null
  readonly xdgCacheHome: string | null
  /** `%APPDATA%` and `%LOCALAPPDATA%`. */
  readonly appData: string | null
  readonly localAppData: string | null
  /** `$OPENCODE_CONFIG_DIR`; a relative one is taken from OpenCode's configuration folder, as OpenCode does. */
  readonly openCodeConfigDir: string | null
  /** `$CLAUDE_CONFIG_DIR` and, for the login alone, `$CLAUDE_SECURESTORAGE_CONFIG_DIR`; null when empty too. */
  readonly claudeConfigDir: string | null
  readonly claudeSecureStorageConfigDir: string | null
  /** `$CODEX_HOME`; null when empty too. */
  readonly codexHome: string | null
  /** The name of the user who runs this: keychains file entries under it. */
  readonly userName: string | null
  /** `$GEMINI_CLI_HOME`: stands in for the home folder in the Gemini CLI. */
  readonly geminiCliHome: string | null
  /** In order of preference. */
  readonly googleClients: readonly ConfiguredClient[]
  /** By provider: the project to ask with when a login names none (`GOOGLE_CLOUD_PROJECT` and its cousins). */
  readonly fallbackProjects: Readonly<Record<ProviderId, string>>
  /** Keys set in the environment, in order of preference (`environmentKeys` of key-names.ts). */
  readonly keys: readonly EnvironmentKey[]
  /** By entry of OpenCode's auth.json: whose plain key it holds (`openCodeKeys` of key-names.ts). */
  readonly openCodeKeys: ReadonlyMap<string, ProviderId>
  /** Data folder of an Antigravity that keeps its state beside its program (portable). Absent: none is known. */
  readonly antigravityPortable?: string | null
  /** `$GH_CONFIG_DIR`: stands in for gh's own folder. */
  readonly ghConfigDir: string | null
  /** The providers that exist, and how each is authorised. Logins of others are left alone. */
  readonly providers: ReadonlyMap<ProviderId, AuthKind>
}

/** A path that may be read, and why: the lines of `explain`. */
export interface Place {
  readonly place: string
  readonly why: string
  /** False: not a file, so there is nothing to watch. */
  readonly isFile?: false
  /** Its owner writes it all the time, mostly about other things: news of it may wait a minute. Absent: it may not. */
  readonly isBusy?: boolean
}

export interface SourceFinding {
  readonly credentials: readonly Credential[]
  /** One for every place that was looked at. */
  readonly reports: readonly SourceReport[]
  /** Files and folders whose change means new or other logins. */
  readonly watched: readonly string[]
}

/** Reads one tool's login files. Looks locally, never asks the network, never writes. */
export interface Source {
  readonly id: SourceId
  places(environment: SourceEnvironment): readonly Place[]
  find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding>
}
