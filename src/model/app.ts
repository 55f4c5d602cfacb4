import type {
  Alert,
  AlertQuery,
  AlertRuleInfo,
  ChannelInfo,
  ChannelTest,
  Rehearsal,
  Snooze,
  SnoozeTarget,
  SwitchReport,
} from './alerts.ts'
import type { BestDocument, BestQuery } from './best.ts'
import type { ProviderId, SourceReport } from './credential.ts'
import type {
  GrafanaDashboard,
  ProvisionOptions,
  ProvisionReport,
  ServiceChange,
  ServiceOptions,
  ServiceStatus,
} from './deploy.ts'
import type { AccountsDocument } from './document.ts'
import type { BackupReport } from './history.ts'
import type { CyclesDocument, HistoryDocument, PastQuery } from './past-document.ts'
import type { RefreshResult } from './ports.ts'
import type { Rules } from './settings.ts'
import type { EpochMs } from './time.ts'

/**
 * What the command line may ask of the program. Types only: main.ts builds it, lazily, so that a command pays for
 * what it uses. Every method may throw `AppError`.
 */
export interface App {
  readonly version: string
  readonly now: () => EpochMs
  /** `TOKSTAT_UPSTREAM`, when set: every surface says so. */
  readonly upstream: string | null
  readonly rules: Rules
  /** The accounts, from the daemon when one runs, else from an engine that polls once in this process. */
  snapshot(options: SnapshotOptions): Promise<Snapshot>
  /** Fetches now, respecting cooldowns; `accounts` null means all. */
  refresh(accounts: readonly string[] | null): Promise<readonly RefreshResult[]>
  best(query: BestQuery): Promise<BestDocument>
  /** Runs the daemon until it is told to stop. Resolves with the exit code. */
  serve(options: ServeOptions): Promise<number>
  /** Runs the daemon against the simulator on a temporary home. */
  demo(options: DemoOptions): Promise<number>
  /** One provider's raw answers, secrets masked unless asked for. */
  query(options: QueryOptions): Promise<readonly QueryAnswer[]>
  providers(): Promise<readonly ProviderInfo[]>
  doctor(): Promise<DoctorReport>
  explain(): Promise<ExplainReport>
  configCheck(): Promise<ConfigReport>
  configPath(): Promise<ConfigPaths>
  /** JSON Schema of config.toml. */
  configSchema(): Promise<unknown>
  /** JSON Schema of the document of `list --json`. */
  accountsSchema(): Promise<unknown>
  /**
   * The `/metrics` page of the moment, without what a process says of itself: it is for somebody else's page, which has
   * its own `process_*`.
   */
  metrics(): Promise<string>
  /** The same into a file that anybody may read, in one step: whoever looks sees the old page or the new one. */
  writeMetrics(path: string): Promise<void>
  /** Points of each quota, oldest first. */
  history(query: PastQuery): Promise<HistoryDocument>
  /** Cycles from reset to reset, newest first. */
  cycles(query: PastQuery): Promise<CyclesDocument>
  /** Every stored sample as text, a piece at a time. */
  exportHistory(format: ExportFormat, query: PastQuery, write: (text: string) => void): Promise<void>
  /** Follows the accounts: through the daemon, else with an engine of its own, else by what another one writes. */
  live(listener: (event: LiveUpdate) => void): Promise<LiveSession>
  /** The dashboard, until its user leaves it. Resolves with the exit code. */
  dashboard(options: DashboardOptions): Promise<number>
  /** A consistent, checked copy of the history. Never overwrites a file. */
  backup(path: string): Promise<BackupReport>
  /** Opens a copy and checks it. */
  verifyBackup(path: string): Promise<BackupReport>
  /** Rules, channels and what fires, from the daemon when one runs, else from config.toml and the history. */
  alerts(query: AlertQuery): Promise<AlertsOverview>
  /** What a person says about alerts: to the daemon when one runs, else straight into the history. */
  alertDesk(): Promise<AlertDesk>
  /** Sends one test message to a channel of config.toml. */
  testChannel(channel: string): Promise<ChannelTest>
  /** What the rules of config.toml would have said over the stored history. */
  rehearseAlerts(since: EpochMs): Promise<Rehearsal>
  /** Makes an account (id or name) the active one in antigravity-accounts.json. */
  switchAccount(account: string, options: SwitchOptions): Promise<SwitchReport>
  /** Logins of our own: signs in and keeps what it is given. */
  login(options: LoginOptions, dialog: LoginDialog): Promise<OwnAccountInfo>
  /** Forgets an account of our own: by name or id. */
  removeAccount(account: string, options: RemoveOptions): Promise<RemovedAccount>
  /** Gives an account of our own another name. */
  renameAccount(account: string, name: string): Promise<OwnAccountInfo>
  /** Writes and starts a service of this system (systemd, launchd, Task Scheduler). */
  installService(options: ServiceOptions): Promise<ServiceChange>
  /** Stops and removes it; settings and history stay. */
  uninstallService(options: ServiceOptions): Promise<ServiceChange>
  serviceStatus(): Promise<ServiceStatus>
  /** Waits until a daemon answers `/healthz`. Null: none did. */
  waitForDaemon(waitMs: number): Promise<{ readonly url: string; readonly version: string } | null>
  /** Where to open the web page signed in, once. Throws AppError 1 when no daemon answers. */
  loginLink(): Promise<LoginLink>
  /** The file of the token that other machines and programs need; null when none is set. */
  tokenFile(): Promise<string | null>
  /** Makes a new token, and names its file in config.toml where none is. Counts from the next start on. */
  newToken(options: { readonly replace: boolean }): Promise<NewToken>
  /** The shipped dashboards, the one for Antigravity first. */
  grafanaDashboards(): Promise<readonly GrafanaDashboard[]>
  /** Folder, data source and dashboards, through Grafana's own API. */
  provisionGrafana(options: ProvisionOptions): Promise<ProvisionReport>
}

interface LoginLink {
  /** The daemon's own address, without a slash at its end. */
  readonly url: string
  /** Stands behind `/login#code=`; null when no token is set, so that nobody signs in. */
  readonly code: string | null
  readonly expiresAt: EpochMs | null
}

interface NewToken {
  /** Where it is; it is told nowhere else. */
  readonly file: string
  /** False: config.toml (or the environment) named the file before. */
  readonly configChanged: boolean
  readonly replaced: boolean
}

export interface SwitchOptions {
  /** One family; null: every one. */
  readonly pool: string | null
  readonly dryRun: boolean
}

/** The same calls as those of `AlertsPort`. */
export interface AlertDesk {
  snooze(id: string, forMs: number): Promise<Alert | null>
  snoozeTarget(target: SnoozeTarget, forMs: number): Promise<Snooze>
  unsnooze(id: string): Promise<Snooze | null>
  acknowledge(id: string): Promise<Alert | null>
}

export interface AlertsOverview {
  /** Newest first. */
  readonly alerts: readonly Alert[]
  readonly rules: readonly AlertRuleInfo[]
  readonly channels: readonly ChannelInfo[]
  /** What nothing is said about for a while. */
  readonly snoozes: readonly Snooze[]
  /** False: nobody watches now, a daemon does that. */
  readonly live: boolean
}

/** What a live session tells. `document`: all accounts as they are now. */
export type LiveUpdate =
  | { readonly kind: 'document'; readonly document: AccountsDocument }
  | { readonly kind: 'connection'; readonly state: 'open' | 'lost' }
  | { readonly kind: 'alert' }

/** An open view of the accounts, until `close`. */
export interface LiveSession {
  readonly via: 'daemon' | 'engine' | 'board-file'
  /** Fetches now, respecting cooldowns; null means all. */
  refresh(accounts: readonly string[] | null): Promise<readonly RefreshResult[]>
  history(query: PastQuery): Promise<HistoryDocument>
  cycles(query: PastQuery): Promise<CyclesDocument>
  /** The newest first; null: nobody keeps alerts here. */
  alerts(): Promise<readonly Alert[] | null>
  close(): Promise<void>
}

export interface DashboardOptions {
  /** Lines of plain text instead of a screen: for screen readers, pipes and terminals that can do nothing else. */
  readonly plain: boolean
  readonly color: boolean
  /** IANA name of the reader's zone; null: the zone of the process. */
  readonly timeZone: string | null
  /** A conversation on the normal screen, for a login. */
  openDialog(): { readonly dialog: LoginDialog; close(): void }
  /** Calls back at a signal to end. Returns the stop function. */
  onInterrupt(listener: () => void): () => void
  /** For plain lines: writes one, listens to keys. */
  print(line: string): void
  onKeys(listener: (keys: string) => void, onEnd: () => void): () => void
}

export interface LoginOptions {
  readonly provider: string
  /** The user's own name for it; null: the e-mail or login that the service says, else the provider's id. */
  readonly name: string | null
  /** An account of that name is replaced. */
  readonly replace: boolean
  /** False: never open a browser. */
  readonly browser: boolean
  /** The key is read to the end of stdin instead of being asked for. */
  readonly keyFromStdin: boolean
}

/** How a login talks with the person; the command line implements it. */
export interface LoginDialog {
  /** Somebody sits at a terminal. */
  readonly interactive: boolean
  /** One line, on stderr. */
  say(line: string): void
  /** One line of input, not echoed when `hidden`. Null: there is nobody to answer, or the input ended. */
  ask(question: string, options: { readonly hidden: boolean; readonly signal: AbortSignal }): Promise<string | null>
  /** Everything on stdin to its end. */
  readAll(signal: AbortSignal): Promise<string>
  /** Calls back for every key until the returned function is called. Nothing without a terminal. */
  onKeys(listener: (keys: string) => void): () => void
  /** Aborted at Ctrl-C. */
  readonly signal: AbortSignal
}

/** An account that tokstat itself has logged in to. */
export interface OwnAccountInfo {
  /** `provider/name`. */
  readonly id: string
  readonly name: string
  readonly provider: ProviderId
  readonly email: string | null
  /** Where its secret is kept, in words. */
  readonly keptIn: string
}

export interface RemoveOptions {
  /** Its history goes as well. */
  readonly purge: boolean
}

export interface RemovedAccount {
  readonly id: string
  readonly name: string
  readonly purged: boolean
}

export type ExportFormat = 'csv' | 'json' | 'openmetrics'

export interface SnapshotOptions {
  /** `fresh`: readings older than their interval are fetched; `refresh`: all are, respecting cooldowns. */
  readonly mode: 'fresh' | 'refresh'
  /** Account ids, when only some are wanted; the others are shown as they are. */
  readonly accounts?: readonly string[] | undefined
  /** Told as accounts finish, for progress on a terminal. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface Snapshot {
  readonly document: AccountsDocument
  /** Where it came from. */
  readonly via: 'daemon' | 'engine' | 'board-file'
  /** A sentence a person must know (another process holds the lock, an upstream is set); null when all is normal. */
  readonly notice: string | null
  /** What was looked at for logins: shown when there is no account. */
  readonly sources: readonly SourceReport[]
}

export interface ServeOptions {
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Seconds; beats every configured interval but not a provider's floor. */
  readonly intervalSeconds?: number | undefined
  readonly web: boolean
  readonly privacy: boolean
  /** The accounts are invented: the page says so. */
  readonly demo?: boolean
}

export interface DemoOptions {
  readonly port?: number | undefined
  readonly accounts: number
  /** How many times faster than real time the simulated accounts live. */
  readonly speed: number
}

export interface QueryOptions {
  /** A source word of contracts section 4: `antigravity`, `gemini-cli`, `all`, … */
  readonly source: string
  readonly showSecrets: boolean
  readonly keychain: boolean
  readonly keychainService?: string | undefined
}

export interface QueryAnswer {
  readonly source: string
  readonly account: string | null
  /** The raw answers by endpoint, secrets masked; null when it failed. */
  readonly answer: unknown
  /** The answer has a published shape of its own: `--json` prints it bare when it is the only one. */
  readonly bare?: true
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null
}

export interface ProviderInfo {
  readonly id: ProviderId
  readonly title: string
  readonly enabled: boolean
  readonly accounts: number
  readonly intervalSeconds: number
  readonly sources: readonly string[]
  readonly hosts: readonly string[]
  readonly signIn: string
}

export interface DoctorReport {
  readonly checks: readonly DoctorCheck[]
  readonly sources: readonly SourceReport[]
}

export interface DoctorCheck {
  readonly title: string
  readonly state: 'ok' | 'warning' | 'problem' | 'info'
  readonly detail: string
  /** What to do; null when nothing needs doing. */
  readonly hint: string | null
}

export interface ExplainReport {
  /** Files read (never written unless `written`), and why. */
  readonly files: readonly { readonly place: string; readonly why: string; readonly written: boolean }[]
  readonly hosts: readonly {
    readonly host: string
    readonly provider: ProviderId
    readonly intervalSeconds: number
    readonly why: string
  }[]
  readonly promises: readonly string[]
}

interface ConfigReport {
  readonly path: string
  readonly exists: boolean
  readonly problems: readonly ConfigProblem[]
}

export interface ConfigProblem {
  readonly path: string
  readonly key: string
  readonly line: number | null
  readonly message: string
  /** The nearest valid key; null when none is near. */
  readonly suggestion: string | null
}

export interface ConfigPaths {
  readonly config: string
  readonly dotenv: string
  readonly data: string
  readonly state: string
  readonly runtime: string
}

/** A failure that ends a command: what to print and the exit code of contracts section 4. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly exitCode: 1 | 2 | 3 | 4 | 5
  readonly code: string
  readonly hint: string | null

  constructor(exitCode: 1 | 2 | 3 | 4 | 5, code: string, message: string, hint: string | null = null) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.hint = hint
  }
}
