import type { Account } from './account.ts'
import type { CycleEvent } from './cycle.ts'
import type { ProblemCode } from './problem.ts'
import type { Quota, QuotaKind } from './quota.ts'
import type { Reading } from './reading.ts'
import type { EpochMs } from './time.ts'

/**
 * The port of what was. One writer; everything that one reading causes goes in by one `record`, in one transaction.
 * A store keeps answering when its disk does not: `health` then says so, and what is recorded is kept in memory.
 */
export interface HistoryStore {
  /**
   * Writes down one finished attempt. `also` runs inside the same transaction and may write alert rows; when it
   * throws, nothing of the attempt is written and the error comes out.
   * Returns after the commit: what is `durable` survives a kill -9.
   */
  record(commit: HistoryCommit, also?: (tx: HistoryTx) => void): Recorded
  /** Runs alert writes of their own (deliveries, snoozes) in one transaction. Same rules as `record`'s `also`. */
  transact<T>(run: (tx: HistoryTx) => T): T
  /** Points for charts, oldest first, reduced to `points` so that every minimum, maximum and reset survives. */
  series(query: SeriesQuery): readonly HistorySeries[]
  /** Every quota that anything was recorded of, also those that are gone by now; the range counts for nothing. */
  quotas(query: HistoryQuery): readonly QuotaKey[]
  /** Cycles, newest first; the present one first with `endedAt` null. `limit`: most of one quota, 2,000 without it. */
  cycles(query: HistoryQuery & { readonly limit?: number }): readonly Cycle[]
  /** Every stored sample, by account, then quota, then the order of recording. Pages: no transaction stays open. */
  samples(query: HistoryQuery): IterableIterator<Sample>
  /** Roll-ups as they are stored: for analytics and learned rhythms. Oldest first. */
  rollups(query: HistoryQuery & { readonly span: RollupSpan }): readonly Rollup[]
  /** Alerts that fired, newest first. */
  alertLog(query: AlertLogQuery): readonly AlertLogRow[]
  /** Messages still to be delivered whose time has come, oldest first. */
  pending(now: EpochMs, limit: number): readonly OutboxRow[]
  stats(): HistoryStats
  health(): HistoryHealth
  /** A consistent copy, made while recording goes on, opened and checked. Rejects with AppError. */
  backup(path: string): Promise<BackupReport>
  /**
   * Rolls up, forgets what is too old or too much, checkpoints. A bounded piece of work per call: call again soon
   * while `more` is true, else about once a minute.
   */
  maintain(now: EpochMs): Maintenance
  /** Every account that anything was recorded of, also those that are gone by now. */
  accounts(): readonly HistoryAccount[]
  /**
   * What was recorded of `account` goes on under a new id and name. False: nothing was recorded of it.
   * Throws AppError (exit 4) when the new id has a history of its own.
   */
  rename(account: string, to: Pick<Account, 'id' | 'name'>): boolean
  /**
   * Adds what was before everything that is recorded of an account, oldest first, in one transaction: for a past that is
   * made up or brought along. What is not older, and quotas that nothing is recorded of, are passed over. Returns the
   * samples stored; 0 while the file cannot be written.
   */
  backfill(account: string, commits: Iterable<HistoryCommit>): number
  /** Forgets an account and all that was recorded of it. Returns the number of samples forgotten. */
  purge(account: string): number
  close(): void
}

export interface HistoryAccount {
  readonly account: string
  readonly provider: string
  readonly name: string
  /** How the last recorded attempt ended, and since when it has been so. Null: it succeeded. */
  readonly problem: ProblemCode | null
  readonly since: EpochMs
}

/** What one finished attempt of one account came to. */
export interface HistoryCommit {
  /** When the attempt finished. */
  readonly at: EpochMs
  readonly account: Pick<Account, 'id' | 'provider' | 'name'>
  /** Null when the attempt failed: quotas, cycles and samples stay as they are. */
  readonly reading: Pick<Reading, 'quotas' | 'notes'> | null
  /** When the reading's values are from; null: `at`. */
  readonly observedAt: EpochMs | null
  /** Null when it succeeded. */
  readonly problem: ProblemCode | null
}

export interface Recorded {
  /** Samples stored: quotas whose value changed, or whose heartbeat was due. */
  readonly stored: number
  /** Cycles that ended or began with this reading. */
  readonly events: readonly CycleEvent[]
  /** False while the disk cannot take it: kept in memory until it can. */
  readonly durable: boolean
}

/** What may be written and looked up inside one transaction. Bodies are JSON values of the alerts' own shapes. */
export interface HistoryTx {
  /** What the recorded reading did to its cycles; empty in `transact`. */
  readonly events: readonly CycleEvent[]
  /** The remembered state of one rule, account and quota; null when there is none. */
  alertState(key: string): unknown
  /** Keys of all remembered states. */
  alertKeys(): readonly string[]
  /** `body` null forgets it. */
  putAlertState(key: string, at: EpochMs, body: unknown): void
  /** Adds an entry, or replaces the one with the same id (its deliveries, its end). */
  logAlert(row: AlertLogRow): void
  /** Adds a message to deliver. The same id twice is one message. */
  enqueue(row: OutboxRow): void
  /** The message is delivered (or given up, with `error`); it never comes up again. */
  settle(id: string, at: EpochMs, error: string | null): void
  /** The attempt failed; it comes up again at `dueAt`. */
  postpone(id: string, dueAt: EpochMs, error: string): void
}

export interface AlertLogRow {
  readonly id: string
  readonly at: EpochMs
  /** Account id; null for what concerns none. */
  readonly account: string | null
  readonly body: unknown
}

export interface OutboxRow {
  /** Sent along, so that a receiver can tell a repeat. */
  readonly id: string
  readonly channel: string
  readonly createdAt: EpochMs
  readonly dueAt: EpochMs
  /** Failed attempts so far. */
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly error: string | null
  readonly body: unknown
}

export interface AlertLogQuery {
  /** Only this one. */
  readonly id?: string | undefined
  readonly account?: string | undefined
  readonly since?: EpochMs | undefined
  readonly limit: number
}

export interface HistoryQuery {
  /** Account id; absent: every account. */
  readonly account?: string | undefined
  readonly quota?: string | undefined
  /** Inclusive. */
  readonly since?: EpochMs | undefined
  /** Inclusive. */
  readonly until?: EpochMs | undefined
}

export interface SeriesQuery extends HistoryQuery {
  /** Most points of one series; more come back only where minima, maxima and resets alone are more. */
  readonly points: number
  /** Reads roll-ups wherever there are any, 120 days at most by the hour: fast enough for many series in a row. */
  readonly rolled?: boolean | undefined
}

/** Which series a fact belongs to. */
interface SeriesKey {
  readonly account: string
  readonly provider: string
  readonly quota: string
  readonly unit: string
}

export interface HistorySeries extends SeriesKey {
  readonly label: string
  readonly kind: QuotaKind
  readonly points: readonly SeriesPoint[]
}

/** One value of a quota at one instant. Null is "not reported". Ratios are 0..1, a used one may exceed 1. */
export interface SeriesPoint {
  readonly at: EpochMs
  readonly usedRatio: number | null
  readonly remainingRatio: number | null
  readonly used: number | null
  readonly remaining: number | null
  readonly limit: number | null
  /** The first value of a new cycle. */
  readonly reset: boolean
}

/** One stored sample: the values as the provider reported them. */
export interface Sample extends SeriesKey {
  readonly name: string
  readonly at: EpochMs
  /** Grows by at least one with every sample of its series, whatever the clock does. */
  readonly seq: number
  readonly used: number | null
  readonly limit: number | null
  readonly remaining: number | null
  readonly usedRatio: number | null
  readonly remainingRatio: number | null
  readonly resetsAt: EpochMs | null
  readonly unlimited: boolean
  readonly inferred: boolean
}

/** Cycles of one quota that are read at once: a year of five-hour windows is 1,752. */
export const MOST_CYCLES = 2_000

/** One quota of one account. */
export interface QuotaKey {
  readonly account: string
  readonly quota: string
}

/** One cycle of a quota, from reset to reset. */
export interface Cycle extends QuotaKey {
  readonly startedAt: EpochMs
  /** Null: the present one. */
  readonly endedAt: EpochMs | null
  readonly resetsAt: EpochMs | null
  readonly peakUsedRatio: number | null
  /** The last value before the reset: 1 minus it was wasted. Null: the present one, or not reported. */
  readonly endUsedRatio: number | null
  /** How long nothing was left. */
  readonly exhaustedSeconds: number
  /** How it ended; null: the present one. `withdrawn`: the service stopped reporting the quota. */
  readonly ended: CycleEnd | null
}

export type CycleEnd = 'reset' | 'early_reset' | 'withdrawn'

export type RollupSpan = 'hour' | 'day'

/** An hour or a UTC day of one series. `measure` says what the numbers are. */
export interface Rollup extends SeriesKey {
  readonly startsAt: EpochMs
  readonly span: RollupSpan
  readonly measure: 'usedRatio' | 'remaining' | 'used'
  readonly min: number
  readonly max: number
  readonly last: number
  /** Weighted by how long each value was true, good to a millionth; null when no time passed. */
  readonly mean: number | null
  /** How long values are known for, in milliseconds; the rest of the span is a gap. */
  readonly knownMs: number
  /** Samples stored in the span; 0: an older value was still true. */
  readonly count: number
}

export interface HistoryStats {
  readonly accounts: number
  readonly series: number
  /** Samples stored since the store was opened. */
  readonly storedSamples: number
  /** Samples now in the store, on disk and in memory. */
  readonly samples: number
  readonly bytes: number
  readonly walBytes: number
  readonly oldestAt: EpochMs | null
  /** Samples that wait in memory for the disk. */
  readonly waiting: number
  /** Writes that memory had to give up (older than a day, or too many). */
  readonly dropped: number
  /** Rows that could not be read and were passed over. */
  readonly badRows: number
}

/** `memory`: the disk cannot be written now; tried again by itself. `read_only`: the file is a newer tokstat's. */
export type HistoryHealth =
  | { readonly state: 'ok'; readonly notice: string | null }
  | {
      readonly state: 'memory' | 'read_only'
      /** What is wrong and what to do, for a person. */
      readonly why: string
      readonly since: EpochMs
      readonly notice: string | null
    }

export interface BackupReport {
  readonly path: string
  readonly bytes: number
  readonly samples: number
  readonly cycles: number
}

export interface Maintenance {
  readonly rolledUp: number
  readonly deleted: number
  readonly walBytes: number
  /** There is more to do; call again soon. */
  readonly more: boolean
}

/** What decides whether a value differs from the one before it. */
export type StoredFacts = Pick<
  Quota,
  'used' | 'limit' | 'remaining' | 'usedRatio' | 'remainingRatio' | 'unlimited' | 'inferred' | 'resetsAt'
> & { readonly windowSeconds?: number | null }

export interface HistorySettings {
  readonly rawRetentionMs: number
  readonly rollupRetentionMs: number
  readonly maxBytes: number
  /** A quiet quota still gets a sample this often. */
  readonly heartbeatMs: number
}

/** Defaults of `[storage]`: 30 days, 2 years, 512 MB; an hour. */
export const DEFAULT_HISTORY_SETTINGS: HistorySettings = {
  rawRetentionMs: 30 * 86_400_000,
  rollupRetentionMs: 730 * 86_400_000,
  maxBytes: 512_000_000,
  heartbeatMs: 3_600_000,
}
