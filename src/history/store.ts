import {
  type AlertLogQuery,
  type AlertLogRow,
  AppError,
  type BackupReport,
  type Clock,
  type Cycle,
  type EpochMs,
  epochMs,
  type HistoryAccount,
  type HistoryCommit,
  type HistoryHealth,
  type HistoryQuery,
  type HistorySeries,
  type HistorySettings,
  type HistoryStats,
  type HistoryStore,
  type HistoryTx,
  HOUR_MS,
  type Log,
  type Maintenance,
  MOST_CYCLES,
  newestFirst,
  type OutboxRow,
  type QuotaKey,
  type Recorded,
  type Rollup,
  type RollupSpan,
  type Sample,
  type SeriesQuery,
} from '../model/index.ts'
import { alertLogOf } from './alert-log.ts'
import { recordTx } from './alert-tx.ts'
import { backfill } from './backfill.ts'
import { backUp } from './backup.ts'
import { cyclesOf } from './cycles.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { type Disk, openDisk } from './disk.ts'
import { emptyState, type LiveSeries, type LiveState, loadState, stateWrites } from './live-state.ts'
import { maintainFile, walBytes } from './maintain.ts'
import { isAlertWrite, type Ring } from './memory.ts'
import { planCommit } from './plan.ts'
import { purgeSeries } from './purge.ts'
import { pagedSamples } from './samples.ts'
import { pointsOf, rollupsOf } from './series.ts'
import { countsOf, type FileCounts } from './stats.ts'
import type { Write } from './writes.ts'

export interface StoreOptions {
  readonly path: string
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
  readonly log: Log
  readonly settings: HistorySettings
  readonly open?: ((path: string, options?: DatabaseOptions) => Database) | undefined
  readonly mostWaiting?: number | undefined
}

/** The SQLite history; `openHistory` is the door. */
export function createStore(options: StoreOptions): HistoryStore {
  return new SqliteHistory(options)
}

/** A series that a query asked for, with its names. */
interface Named {
  readonly account: string
  readonly provider: string
  readonly name: string
  readonly live: LiveSeries
}

class SqliteHistory implements HistoryStore {
  readonly #options: StoreOptions
  readonly #disk: Disk
  #state: LiveState = emptyState()
  #loaded = false
  #storedSamples = 0
  readonly #readErrors = { badRows: 0 }
  #counts: { readonly counts: FileCounts; readonly at: number; readonly stored: number } | null = null

  constructor(options: StoreOptions) {
    this.#options = options
    this.#disk = openDisk(options, {
      structure: () => stateWrites(this.#state, this.#options.clock.now()),
      isLoaded: () => this.#loaded,
      load: (db, ring) => this.#load(db, ring),
    })
  }

  record(commit: HistoryCommit, also?: (tx: HistoryTx) => void): Recorded {
    this.#disk.prepare()
    const plan = planCommit(this.#state, commit, this.#options.settings.heartbeatMs)
    const recorded = recordTx(this.#state, plan.events, (id) => this.#isSettled(id))
    also?.(recorded.tx)
    const durable = this.#disk.write([...plan.writes, ...recorded.writes], commit)
    plan.adopt()
    recorded.adopt()
    this.#storedSamples += plan.stored
    return { stored: plan.stored, events: plan.events, durable }
  }

  transact<T>(run: (tx: HistoryTx) => T): T {
    this.#disk.prepare()
    const recorded = recordTx(this.#state, [], (id) => this.#isSettled(id))
    const result = run(recorded.tx)
    this.#disk.write(recorded.writes)
    recorded.adopt()
    return result
  }

  series(query: SeriesQuery): readonly HistorySeries[] {
    const range = rangeOf(query)
    return this.#named(query).map(({ account, provider, live }) => {
      const { id, quota, unit, label, kind } = live.row
      const waiting = { samples: this.#disk.ring.samples(id), cycles: this.#disk.ring.cycles(id) }
      const asked = { series: id, ...range, points: query.points, ...(query.rolled === true ? { rawLimit: 0 } : {}) }
      const points = this.#disk.read((db) => pointsOf(db, asked, waiting), pointsOf(null, asked, waiting))
      return { account, provider, quota, unit, label, kind, points }
    })
  }

  quotas(query: HistoryQuery): readonly QuotaKey[] {
    const keys = this.#named(query).map(({ account, live }) => ({ account, quota: live.row.quota }))
    // A quota that changed its unit is two series.
    return [...new Map(keys.map((key) => [`${key.account}\n${key.quota}`, key])).values()]
  }

  cycles(query: HistoryQuery & { readonly limit?: number }): readonly Cycle[] {
    const limit = query.limit ?? MOST_CYCLES
    const now = this.#options.clock.now()
    const found = this.#named(query).flatMap(({ account, live }) => {
      const context = { waiting: this.#disk.ring.cycles(live.row.id), now, counter: this.#readErrors }
      const asked = { series: live.row.id, ...rangeOf(query), limit }
      const bare = this.#disk.read((db) => cyclesOf(db, asked, context), cyclesOf(null, asked, context))
      return bare.map((cycle) => ({ account, quota: live.row.quota, ...cycle }))
    })
    return found.sort(newestFirst)
  }

  *samples(query: HistoryQuery): IterableIterator<Sample> {
    const range = rangeOf(query)
    for (const { live, ...names } of this.#named(query)) {
      const { id, quota, unit } = live.row
      const pages = pagedSamples((page) => this.#disk.read(page, []), id, range, this.#readErrors)
      const waiting = this.#disk.ring.samples(id).filter((row) => row.at >= range.since && row.at <= range.until)
      for (const rows of [pages, waiting]) {
        for (const row of rows) yield { ...names, quota, unit, at: row.at, seq: row.seq, ...row.facts }
      }
    }
  }

  rollups(query: HistoryQuery & { readonly span: RollupSpan }): readonly Rollup[] {
    const range = rangeOf(query)
    return this.#named(query).flatMap(({ account, provider, live }) => {
      const { id, quota, unit } = live.row
      const rows = this.#disk.read((db) => rollupsOf(db, id, query.span, range), [])
      return rows.map((row) => ({ account, provider, quota, unit, ...row }))
    })
  }

  alertLog(query: AlertLogQuery): readonly AlertLogRow[] {
    return this.#disk.read(
      (db) => alertLogOf(db, this.#disk.ring, query, this.#readErrors),
      alertLogOf(null, this.#disk.ring, query, this.#readErrors),
    )
  }

  pending(now: EpochMs, limit: number): readonly OutboxRow[] {
    return [...this.#state.outbox.values()]
      .filter((row) => row.dueAt <= now)
      .sort((one, other) => one.dueAt - other.dueAt || one.createdAt - other.createdAt)
      .slice(0, limit)
  }

  stats(): HistoryStats {
    const { ring } = this.#disk
    let waiting = 0
    for (const write of ring.writes()) if (write.kind === 'sample') waiting += 1
    const file = this.#fileCounts()
    let series = 0
    for (const account of this.#state.accounts.values()) series += account.series.size
    return {
      accounts: this.#state.accounts.size,
      series,
      storedSamples: this.#storedSamples,
      samples: file.samples,
      bytes: file.bytes,
      walBytes: walBytes(this.#options.path),
      oldestAt: file.oldestAt,
      waiting,
      dropped: ring.dropped(),
      badRows: this.#state.badRows + this.#readErrors.badRows,
    }
  }

  health(): HistoryHealth {
    return this.#disk.health()
  }

  async backup(path: string): Promise<BackupReport> {
    const db = this.#disk.read<Database | null>((open) => open, null)
    if (db === null) {
      throw new AppError(1, 'history_unavailable', 'There is no history file to copy now.', 'See `tokstat doctor`.')
    }
    return backUp(db, path)
  }

  maintain(now: EpochMs): Maintenance {
    const salvaging = this.#disk.tend()
    const { settings, log, path } = this.#options
    const done = this.#disk.upkeep((db) => maintainFile(db, { now, settings, log, path }))
    if (done !== null && done.deleted > 0) this.#counts = null
    if (done === null) return { rolledUp: 0, deleted: 0, walBytes: walBytes(path), more: salvaging }
    return { ...done, more: done.more || salvaging }
  }

  accounts(): readonly HistoryAccount[] {
    return [...this.#state.accounts.values()].map(({ row }) => ({
      account: row.key,
      provider: row.provider,
      name: row.name,
      problem: row.problem,
      since: row.problemSince,
    }))
  }

  rename(account: string, to: { readonly id: string; readonly name: string }): boolean {
    this.#disk.prepare()
    const live = this.#state.accounts.get(account)
    if (live === undefined) return false
    if (to.id !== account && this.#state.accounts.has(to.id)) {
      throw new AppError(
        4,
        'history_exists',
        `${to.id} has a history of its own.`,
        'Forget it first, or take another name.',
      )
    }
    if (!this.#loaded) throw new AppError(1, 'history_unavailable', 'The history cannot be written now.')
    const row = { ...live.row, key: to.id, name: to.name }
    this.#disk.write([{ kind: 'rename', row, from: account }])
    this.#state.accounts.delete(account)
    this.#state.accounts.set(to.id, { ...live, row })
    return true
  }

  backfill(account: string, commits: Iterable<HistoryCommit>): number {
    const live = this.#state.accounts.get(account)
    if (live === undefined || !this.#loaded) return 0
    const { heartbeatMs } = this.#options.settings
    const done = this.#disk.upkeep((db) => db.tx(() => backfill(db, live, { commits, heartbeatMs })))
    if (done === null || done.stored === 0) return 0
    this.#state.accounts.set(account, done.account)
    this.#counts = null
    return done.stored
  }

  purge(account: string): number {
    const live = this.#state.accounts.get(account)
    if (live === undefined) return 0
    const ids = [...live.series.values()].map((series) => series.row.id)
    const deleted = this.#disk.upkeep((db) => purgeSeries(db, { account, id: live.row.id, series: ids }))
    if (deleted === null) {
      throw new AppError(1, 'history_unavailable', 'The history cannot be written now, so nothing was forgotten.')
    }
    this.#state.accounts.delete(account)
    this.#counts = null
    this.#disk.ring.forget(new Set(ids))
    return deleted
  }

  close(): void {
    this.#disk.close()
  }

  /** Counting reads the whole file, so it is done once an hour at most. */
  #fileCounts(): FileCounts {
    const now = this.#options.clock.monotonicMs()
    if (this.#counts === null || now - this.#counts.at >= HOUR_MS) {
      const counts = this.#disk.read(countsOf, { samples: 0, bytes: 0, oldestAt: null })
      this.#counts = { counts, at: now, stored: this.#storedSamples }
    }
    const { counts, stored } = this.#counts
    return { ...counts, samples: counts.samples + this.#storedSamples - stored }
  }

  #isSettled(id: string): boolean {
    return this.#disk.read((db) => db.get('SELECT 1 FROM outbox WHERE id = ?', id) !== undefined, false)
  }

  #named(query: HistoryQuery): Named[] {
    const found: Named[] = []
    for (const [account, { row, series }] of this.#state.accounts) {
      if (query.account !== undefined && query.account !== account) continue
      for (const live of series.values()) {
        if (query.quota !== undefined && query.quota !== live.row.quota) continue
        found.push({ account, provider: row.provider, name: row.name, live })
      }
    }
    return found
  }

  /** Takes the live state from the file; what waits in memory was planned without it and is planned again. */
  #load(db: Database, ring: Ring): void {
    const before = this.#state
    const state = loadState(db)
    ring.rewrite((entry): readonly Write[] => {
      const alerts = entry.writes.filter(isAlertWrite)
      if (entry.commit === null) return alerts
      const plan = planCommit(state, entry.commit, this.#options.settings.heartbeatMs)
      plan.adopt()
      return [...plan.writes, ...alerts]
    })
    for (const [key, body] of before.alerts) state.alerts.set(key, body)
    for (const [id, row] of before.outbox) state.outbox.set(id, row)
    this.#state = state
    this.#loaded = true
  }
}

function rangeOf(query: HistoryQuery): { readonly since: number; readonly until: number } {
  return { since: query.since ?? 0, until: query.until ?? epochMs(Number.MAX_SAFE_INTEGER / 2) }
}
