import { existsSync, statSync } from 'node:fs'
import {
  AppError,
  type Clock,
  type EpochMs,
  type HistoryCommit,
  type HistoryHealth,
  type Log,
  SECOND_MS,
} from '../model/index.ts'
import { BUSY_MS, type Database, type DatabaseOptions, failureKind, openDatabase, sqliteCode } from './database.ts'
import { createRing, type Ring } from './memory.ts'
import { hasSoundSchema, isEmpty, MIGRATIONS, migrate, schemaVersion } from './migrate.ts'
import { describeFailure, preparePlace } from './place.ts'
import { damageNotice, type Salvage, setAside, startSalvage } from './quarantine.ts'
import { applyWrites, type Write } from './writes.ts'

/** How often a file that could not be written is tried again. */
const RETRY_MS = 10 * SECOND_MS
/** A retry must not hold up the program as long as the first failure did. */
const RETRY_BUSY_MS = 100
const LISTS_A_TRANSACTION = 500
const SALVAGE_ROWS = 20_000
/** Permission, read-only, input/output, cannot open, no lock protocol: the connection may never write again. */
const REOPEN: ReadonlySet<number> = new Set([3, 8, 10, 14, 15])

export interface DiskOptions {
  readonly path: string
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
  readonly log: Log
  readonly open?: ((path: string, options?: DatabaseOptions) => Database) | undefined
  readonly migrations?: readonly string[] | undefined
  readonly mostWaiting?: number | undefined
}

/**
 * The file and what stands in for it: writes reach the file in one transaction or wait in memory; a damaged file is
 * set aside and a fresh one begun. It never throws for a disk that fails.
 */
export interface Disk {
  readonly ring: Ring
  /** Before writes are planned: when memory stands in, tries the file again (now and then; the state may change). */
  prepare(): void
  /** True: committed to the file. False: waiting in memory. */
  write(writes: readonly Write[], commit?: HistoryCommit | null): boolean
  /** Reads from the file; `fallback` where it cannot be read now. */
  read<T>(query: (db: Database) => T, fallback: T): T
  /** Tries what waits, looks after the file, salvages a piece. True: there is more to salvage. */
  tend(): boolean
  /** The file for writes of upkeep; null while it cannot be written. */
  writable(): Database | null
  /** Runs upkeep on the file with the same care as `write`; null where it cannot be done now. */
  upkeep<T>(work: (db: Database) => T): T | null
  health(): HistoryHealth
  close(): void
}

type Mode =
  | { readonly state: 'ok' }
  | { readonly state: 'memory' | 'read_only'; readonly why: string; readonly since: EpochMs }

/** How the disk and the live state meet. */
export interface DiskHooks {
  /** What is live, once `load` has been called: a fresh file gets it first. */
  structure(): readonly Write[]
  /** Whether the live state came from the file; what was planned without it has ids that mean nothing there. */
  isLoaded(): boolean
  /** The file can be read for the first time: take the live state from it and plan again what waits in `ring`. */
  load(db: Database, ring: Ring): void
}

export function openDisk(options: DiskOptions, hooks: DiskHooks): Disk {
  return new FileDisk(options, hooks)
}

class FileDisk implements Disk {
  readonly ring: Ring
  readonly #options: DiskOptions
  readonly #hooks: DiskHooks
  readonly #open: (path: string, options?: DatabaseOptions) => Database
  #db: Database | null = null
  #mode: Mode = { state: 'ok' }
  #notice: string | null = null
  #retryAt = 0
  #salvage: Salvage | null = null
  #inode: number | null = null
  /** The connection is no good for writing any more: the next try makes a new one. */
  #reopen = false

  constructor(options: DiskOptions, hooks: DiskHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#open = options.open ?? openDatabase
    this.ring = createRing(options.mostWaiting === undefined ? {} : { mostWrites: options.mostWaiting })
    if (!this.#attempt(() => this.#openFile())) this.#openForReading()
  }

  prepare(): void {
    if (this.#mode.state === 'memory') this.#resume()
  }

  write(writes: readonly Write[], commit: HistoryCommit | null = null): boolean {
    if (writes.length === 0) return this.#mode.state === 'ok'
    const db = this.#db
    const done = this.#mode.state === 'ok' && db !== null && this.#attempt(() => this.#put(writes))
    if (!done) this.ring.push({ at: this.#options.clock.now(), writes, commit })
    return done
  }

  read<T>(query: (db: Database) => T, fallback: T): T {
    let result = fallback
    this.#attempt(() => {
      if (this.#db !== null) result = query(this.#db)
    })
    return result
  }

  tend(): boolean {
    this.prepare()
    if (this.#mode.state === 'ok') this.#attempt(() => this.#noticeVanished())
    return this.#stepSalvage()
  }

  writable(): Database | null {
    return this.#mode.state === 'ok' ? this.#db : null
  }

  upkeep<T>(work: (db: Database) => T): T | null {
    let result: T | null = null
    this.#attempt(() => {
      const db = this.writable()
      if (db !== null) result = work(db)
    })
    return result
  }

  health(): HistoryHealth {
    return { ...this.#mode, notice: this.#notice }
  }

  close(): void {
    this.#retryAt = 0
    this.prepare()
    this.#salvage?.close()
    this.#salvage = null
    this.#attempt(() => {
      if (this.#mode.state === 'ok') this.#db?.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    })
    this.#db?.close()
    this.#db = null
  }

  #put(writes: readonly Write[]): void {
    const db = this.#db
    if (db !== null) db.tx(() => applyWrites(db, writes))
  }

  /** Runs disk work; a failing disk becomes a mode, damage a fresh file and one more try. False: not done. */
  #attempt(work: () => void): boolean {
    for (const last of [false, true]) {
      try {
        work()
        return this.#mode.state !== 'memory'
      } catch (error) {
        const kind = failureKind(error)
        if (kind === 'other') throw error
        if (kind === 'unwritable' || last) {
          this.#reopen ||= kind === 'damaged' || REOPEN.has(sqliteCode(error) ?? 0)
          this.#suspend(describeFailure(error, this.#options.path))
          return false
        }
        if (!this.#replaceDamaged(error)) return false
      }
    }
    return false
  }

  #suspend(why: string): void {
    const { clock, log } = this.#options
    if (this.#mode.state === 'read_only') return
    if (this.#mode.state === 'ok') log.warn('history paused: the file cannot be written', { why })
    this.#mode = { state: 'memory', why, since: this.#mode.state === 'memory' ? this.#mode.since : clock.now() }
    this.#retryAt = clock.monotonicMs() + RETRY_MS
  }

  /** Opens or creates the file. `aside`: the damaged one whose rows are to be brought over. */
  #openFile(aside: string | null = null): void {
    const { path, clock, log, migrations } = this.#options
    const why = preparePlace(path)
    if (why !== null) {
      this.#suspend(why)
      return
    }
    if (existsSync(path) && this.#openNewer(path)) return
    const db = this.#open(path, { busyTimeoutMs: BUSY_MS })
    try {
      this.#refuseBroken(db)
      migrate(db, { now: clock.now(), log, migrations: migrations ?? MIGRATIONS })
      this.#beginSalvage(db, aside)
      this.#meetState(db)
    } catch (error) {
      db.close()
      throw error
    }
    this.#db = db
    this.#inode = path === ':memory:' ? null : statSync(path).ino
  }

  /** What was recorded stays visible while the file cannot be written. */
  #openForReading(): void {
    const { path } = this.#options
    if (this.#db !== null || this.#mode.state !== 'memory' || !existsSync(path)) return
    try {
      const db = this.#open(path, { readOnly: true })
      if (!this.#hooks.isLoaded()) this.#hooks.load(db, this.ring)
      this.#db = db
      this.#reopen = true
    } catch {
      // It cannot be read either: `health` says already why it cannot be used.
    }
  }

  #meetState(db: Database): void {
    if (this.#hooks.isLoaded()) {
      const structure = this.#hooks.structure()
      db.tx(() => applyWrites(db, structure))
    } else {
      this.#hooks.load(db, this.ring)
    }
  }

  /** A file with a newer schema is looked at and never touched. */
  #openNewer(path: string): boolean {
    const { clock, log } = this.#options
    const known = (this.#options.migrations ?? MIGRATIONS).length
    const db = this.#open(path, { readOnly: true })
    const version = schemaVersion(db)
    if (version <= known) {
      db.close()
      return false
    }
    try {
      this.#hooks.load(db, this.ring)
      this.#db = db
    } catch (error) {
      log.warn('history of a newer tokstat cannot be shown', { cause: String(error) })
      db.close()
    }
    const why = `The history was written by a newer tokstat (schema ${version}, this one knows ${known}): it is shown but not added to. Update tokstat.`
    this.#mode = { state: 'read_only', why, since: clock.now() }
    log.warn('history is read-only: newer schema', { schema: version, known })
    return true
  }

  #refuseBroken(db: Database): void {
    const version = schemaVersion(db)
    const migrations = this.#options.migrations ?? MIGRATIONS
    const sound = version === 0 ? isEmpty(db) : hasSoundSchema(db, migrations.slice(0, version))
    if (!sound) throw Object.assign(new Error('the schema of the history is damaged'), { errcode: 11 })
  }

  #replaceDamaged(error: unknown): boolean {
    const { path, clock, log } = this.#options
    this.#salvage?.close()
    this.#salvage = null
    this.#db?.close()
    this.#db = null
    if (this.#mode.state === 'read_only') return false
    try {
      const aside = setAside(path, clock.now())
      this.#notice = damageNotice(aside)
      log.error('history file damaged: set aside, a fresh one begun', { aside, cause: String(error) })
      this.#openFile(aside)
      return this.#db !== null
    } catch (failure) {
      if (failureKind(failure) === 'other' && failure instanceof AppError) throw failure
      this.#suspend(describeFailure(failure, path))
      return false
    }
  }

  /**
   * Starts to bring over rows of a damaged file; also one that a restart cut off (rows that are there already stay).
   * The first step holds accounts and series, so the live state meets a file that knows its ids.
   */
  #beginSalvage(db: Database, aside: string | null): void {
    if (aside !== null) db.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('salvage', ?)", aside)
    const from = aside ?? db.get("SELECT value FROM meta WHERE key = 'salvage'")?.['value']
    if (typeof from !== 'string' || !existsSync(from)) return
    this.#notice = damageNotice(from)
    this.#salvage = startSalvage(from)
    this.#salvage.step(db, SALVAGE_ROWS)
  }

  #stepSalvage(): boolean {
    const salvage = this.#salvage
    const db = this.writable()
    if (salvage === null || db === null) return false
    let more = true
    this.#attempt(() => {
      more = salvage.step(db, SALVAGE_ROWS)
      if (!more) db.run("DELETE FROM meta WHERE key = 'salvage'")
    })
    if (more || this.#mode.state !== 'ok') return more
    this.#options.log.info('history salvaged', { copied: salvage.copied(), lost: salvage.lost() })
    salvage.close()
    this.#salvage = null
    return false
  }

  /** A file that was deleted or replaced under us takes writes that nobody will ever read. */
  #noticeVanished(): void {
    const { path, log } = this.#options
    if (this.#db === null || path === ':memory:') return
    const inode = existsSync(path) ? statSync(path).ino : null
    if (inode === this.#inode) return
    log.error('history file vanished: a fresh one begun', { path })
    this.#notice = 'The history file was removed while tokstat ran; a fresh one was begun.'
    this.#db.close()
    this.#db = null
    this.#openFile()
  }

  #resume(): void {
    const { clock, log } = this.#options
    if (clock.monotonicMs() < this.#retryAt) return
    this.#retryAt = clock.monotonicMs() + RETRY_MS
    const before = this.#mode
    this.#setMode({ state: 'ok' })
    const done = this.#attempt(() => {
      if (this.#reopen) this.#db?.close()
      if (this.#reopen) this.#db = null
      this.#reopen = false
      if (this.#db === null) this.#openFile()
      if (this.#db !== null) this.#catchUp(this.#db)
    })
    if (done && this.writable() !== null) log.info('history resumed: what waited in memory is on disk')
    else if (before.state !== 'ok' && this.#mode.state === before.state) {
      this.#setMode({ ...this.#mode, since: before.since })
      this.#openForReading()
    }
  }

  #catchUp(db: Database): void {
    db.setBusyTimeout(RETRY_BUSY_MS)
    // Samples that memory gave up may have taken the row of their series with them.
    const rows = this.#hooks.structure().filter((write) => write.kind === 'account' || write.kind === 'series')
    db.tx(() => applyWrites(db, rows))
    this.#drain(db)
    db.setBusyTimeout(BUSY_MS)
  }

  #setMode(mode: Mode): void {
    this.#mode = mode
  }

  #drain(db: Database): void {
    for (;;) {
      const lists = this.ring.peek(LISTS_A_TRANSACTION)
      if (lists.length === 0) return
      db.tx(() => {
        for (const writes of lists) applyWrites(db, writes)
      })
      this.ring.shift(lists.length)
    }
  }
}
