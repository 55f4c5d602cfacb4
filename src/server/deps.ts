import type { OwnMetrics } from '../metrics/own.ts'
import type { MetricsPage } from '../metrics/page.ts'
import type {
  AccountDocument,
  AccountsDocument,
  AlertsPort,
  BestDocument,
  Clock,
  ConfigProblem,
  Engine,
  EpochMs,
  HistoryQuery,
  HistoryStore,
  Log,
  ProviderInfo,
  QuotaDocument,
  Rehearsal,
  Rules,
} from '../model/index.ts'
import type { EventHub } from './events.ts'
import type { LoginLinks } from './login-links.ts'
import type { Sessions } from './sessions.ts'

/** The two switches of the v0 management API; kept in settings.json. */
export type ToggleName = 'switch-project' | 'switch-preview-model'

export interface Toggles {
  get(name: ToggleName): boolean
  /** Resolves when the value is on disk. */
  set(name: ToggleName, value: boolean): Promise<void>
}

/** The built web app, as a table in memory: no path ever reaches the file system. */
export interface WebAssets {
  /** `path` is the request's path (`/`, `/assets/app-1a2b.js`); null when the app has no such file. */
  asset(path: string): WebAsset | null
}

export interface WebAsset {
  readonly body: string | Uint8Array<ArrayBuffer>
  /** The same in gzip, made once; absent where it would not be smaller. */
  readonly gzip?: Uint8Array<ArrayBuffer> | undefined
  readonly contentType: string
  /** The name holds a hash of the content: it may be cached for ever. */
  readonly immutable: boolean
}

/** The texts of `format/` that the built-in page needs, handed in because the server makes no text of its own. */
export interface PageWords {
  headline(document: AccountsDocument, best: BestDocument, now: EpochMs): string
  /** `Claude (work)` */
  accountTitle(account: AccountDocument, document: AccountsDocument): string
  /** `as of 3 min ago` */
  age(observedAt: EpochMs | null, now: EpochMs): string
  /** What is wrong and what to do; null when nothing is. */
  problem(account: AccountDocument, now: EpochMs): string | null
  quotaStatus(quota: QuotaDocument, isStale: boolean): QuotaWords
  /** `23% left` */
  left(remainingRatio: number | null): string
  /** `in 3h 45m`, `now`, `—` */
  countdown(at: EpochMs | null, now: EpochMs): string
}

interface QuotaWords {
  /** `23%`, an amount, or '' */
  readonly value: string
  /** `LOW`, `resetting…` */
  readonly word: string
  readonly tone: 'fine' | 'amber' | 'red' | 'grey'
}

/** What was: the stored history, under the names that are shown. */
export interface Past {
  readonly store: HistoryStore
  /** What an account id of the store is called outside (another one only with privacy). */
  shown(account: string): string
  /** A query from outside, with the account id of the store. */
  hidden<Query extends HistoryQuery>(query: Query): Query
  /** The export in pieces, under the shown names. */
  exported(
    format: 'csv' | 'json' | 'openmetrics',
    query: HistoryQuery,
  ): { readonly type: string; readonly text: Iterator<string> }
}

/** Something beside the engine that must be ready before `/readyz` says so (the history). */
interface Readiness {
  readonly name: string
  isReady(): boolean
}

/** All that the server may touch. With `--privacy` the engine handed in is already the one of `withPrivacy`. */
export interface ServerDeps {
  readonly engine: Engine
  readonly clock: Clock
  readonly rules: () => Rules
  readonly metricsPage: MetricsPage
  readonly own: OwnMetrics
  readonly events: EventHub
  readonly toggles: Toggles
  readonly past: Past
  /** Absent where none run: then their routes say so. */
  readonly alerts?: AlertsPort | undefined
  /** What the rules would have said over the stored history, under the shown names; absent with `alerts`. */
  readonly rehearse?: ((since: EpochMs) => Rehearsal) | undefined
  readonly providers: () => readonly ProviderInfo[]
  readonly version: string
  /** Tells this process from another one that answers on the same port; also in daemon.json. */
  readonly instance: string
  /** `TOKSTAT_UPSTREAM`; every surface says that it is set. */
  readonly upstream: string | null
  /** Already read from its file. Null: open, which is allowed on loopback alone. */
  readonly token: string | null
  /** Browsers that have signed in with the token; absent without one. */
  readonly sessions?: Sessions | undefined
  /** Codes that sign a browser in once; absent without a token. */
  readonly links?: LoginLinks | undefined
  /** Starts invented accounts beside this daemon, on loopback, and says where; absent where there are none. */
  readonly demo?: (() => Promise<string>) | undefined
  /** Opens `/metrics` and nothing else. */
  readonly metricsToken: string | null
  /** See `allowedHostsOf`. */
  readonly allowedHosts: readonly string[]
  /** Addresses whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** `/tokstat` when a proxy serves us below a path; '' otherwise. */
  readonly basePath: string
  readonly log: Log
  /** Null with `--no-web`. */
  readonly web: WebAssets | null
  readonly words: PageWords
  readonly privacy: boolean
  readonly readiness: readonly Readiness[]
  /** What the health page tells beside the engine; absent: nothing more is known. */
  readonly about?: (() => About) | undefined
  readonly limits?: Partial<ServerLimits> | undefined
}

/** Facts of this run of the program that no other port has. */
export interface About {
  readonly startedAt: EpochMs
  /** Invented accounts on a simulated machine. */
  readonly demo: boolean
  /** What is wrong in config.toml since it was read last; the settings stay as they were. */
  readonly configProblems: readonly ConfigProblem[]
  /** Keys that have changed and count from the next start on. */
  readonly restartNeeded: readonly string[]
}

/** Bounds on what one peer can hold open. Milliseconds and counts. */
export interface ServerLimits {
  readonly headTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  /** How often the timeouts are looked at. */
  readonly checkIntervalMs: number
  /** Sockets that have not sent a whole request head yet: in all, and of one address that is not loopback. */
  readonly waitingSockets: number
  readonly waitingSocketsPerPeer: number
  readonly sockets: number
  readonly bodyBytes: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  checkIntervalMs: 1_000,
  waitingSockets: 256,
  waitingSocketsPerPeer: 32,
  sockets: 4_096,
  bodyBytes: 64 * 1024,
}
