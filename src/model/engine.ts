import type { AccountState, Board } from './account.ts'
import type { ProviderId, SourceReport } from './credential.ts'
import type { RefreshResult } from './ports.ts'
import type { ProblemCode } from './problem.ts'

/** What became different between two revisions of the board. */
export interface BoardChange {
  /** Grows by one with every change. */
  readonly revision: number
  readonly board: Board
  /** Ids of accounts that are new or different. */
  readonly changed: readonly string[]
  /** Ids of accounts that are gone. */
  readonly removed: readonly string[]
}

/** The engine as every surface sees it. Reading from it never causes a request to a service. */
export interface Engine {
  board(): Board
  revision(): number
  /** Called after every change, in order, never while a change is being made. Returns the stop function. */
  subscribe(listener: (change: BoardChange) => void): () => void
  /** Fetches now, respecting cooldowns and once a minute per account; null means every account. */
  refresh(accounts: readonly string[] | null, options?: RefreshOptions): Promise<readonly RefreshResult[]>
  /** What the last look at every source said. */
  sources(): readonly SourceReport[]
  /** True once the first round of polls has finished or is under way. */
  isReady(): boolean
}

export interface RefreshOptions {
  /** Only accounts whose reading is older than their interval (or missing) are fetched. */
  readonly onlyDue?: boolean
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Writes down every finished attempt before the board shows it, so that nothing is shown that a kill could take back.
 * `after` is what the board is about to show. It must not throw for a full disk: then the board goes on without it.
 */
export interface AttemptRecorder {
  record(after: AccountState): void
}

/** Told about every finished attempt; the metrics of the daemon itself are made of this. */
export interface FetchObserver {
  fetched(event: FetchEvent): void
}

export interface FetchEvent {
  readonly provider: ProviderId
  readonly account: string
  readonly outcome: 'read' | ProblemCode
  readonly tookMs: number
}
