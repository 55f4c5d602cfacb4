/** The only file that knows `node:sqlite`: its classes will be renamed, and a driver may have to be swapped. */
import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync, backup as onlineBackup, type StatementSync } from 'node:sqlite'
import { AppError } from '../model/index.ts'

export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

/** Older libraries can corrupt a WAL when it is reset while another connection writes (fixed in 3.51.3). */
const OLDEST_SQLITE = [3, 51, 3]
const STATEMENTS_KEPT = 64
/** More pages than a file can have that fits on our disks (8 TiB). */
const EVERY_PAGE = 2 ** 31 - 1
/** How long a statement waits for another process's lock. */
export const BUSY_MS = 5_000

export interface DatabaseOptions {
  readonly readOnly?: boolean
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number
}

/** One connection. Statements are prepared once; every call is synchronous, so callers keep them short. */
export interface Database {
  readonly path: string
  exec(sql: string): void
  /** Number of rows changed. */
  run(sql: string, ...values: readonly Value[]): number
  get(sql: string, ...values: readonly Value[]): Row | undefined
  all(sql: string, ...values: readonly Value[]): readonly Row[]
  /** Rows as arrays, in the order of the selected columns: half the time of `all` for many rows. */
  arrays(sql: string, ...values: readonly Value[]): readonly (readonly Value[])[]
  /** Rows as arrays, one at a time: for reading a damaged file up to where it breaks. */
  iterate(sql: string, ...values: readonly Value[]): IterableIterator<readonly Value[]>
  /** Runs `work` between BEGIN IMMEDIATE and COMMIT; anything thrown rolls back and comes out. */
  tx<T>(work: () => T): T
  setBusyTimeout(ms: number): void
  /** Copies what is committed while this connection goes on writing. */
  backupTo(path: string): Promise<void>
  close(): void
}

/** Opens a file with the settings the history relies on, and reads them back. Throws what SQLite throws. */
export function openDatabase(path: string, options: DatabaseOptions = {}): Database {
  const readOnly = options.readOnly ?? false
  const timeout = options.busyTimeoutMs ?? BUSY_MS
  if (!readOnly && path !== ':memory:') createPrivately(path)
  const db = new DatabaseSync(path, { readOnly, timeout, enableForeignKeyConstraints: true, defensive: true })
  try {
    const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.['version'])
    requireSqlite(version)
    if (!readOnly) applyPragmas(db, timeout)
  } catch (error) {
    db.close()
    throw error
  }
  return wrap(db, path, timeout)
}

/** Refuses a SQLite library that is known to corrupt files. */
export function requireSqlite(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [index, needed] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0
    if (part > needed) return
    if (part < needed) {
      throw new AppError(
        1,
        'sqlite_too_old',
        `This Node brings SQLite ${version}, which can damage a history file; ${OLDEST_SQLITE.join('.')} or newer is needed.`,
        'Install a newer Node 24.',
      )
    }
  }
}

/** The file is ours alone before SQLite writes to it; its -wal and -shm files take over the mode. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600))
    chmodSync(path, 0o600)
  } catch {
    // It exists, or cannot be created: opening it tells which.
  }
}

function applyPragmas(db: DatabaseSync, timeout: number): void {
  db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  const wanted: readonly (readonly [name: string, set: string, readBack: Value])[] = [
    ['journal_mode', 'WAL', 'wal'],
    ['synchronous', 'FULL', 2],
    ['foreign_keys', 'ON', 1],
    ['busy_timeout', String(timeout), timeout],
    ['wal_autocheckpoint', '1000', 1000],
    ['journal_size_limit', '67108864', 67_108_864],
    ['cell_size_check', 'ON', 1],
    ['trusted_schema', 'OFF', 0],
  ]
  for (const [name, set, readBack] of wanted) {
    db.exec(`PRAGMA ${name} = ${set}`)
    const actual = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    if (path(db) !== ':memory:' && actual !== readBack) {
      throw new AppError(1, 'history_setup', `SQLite keeps ${name} at ${String(actual)} where ${set} is needed.`)
    }
  }
}

function path(db: DatabaseSync): string {
  return db.location() ?? ':memory:'
}

function wrap(db: DatabaseSync, file: string, timeout: number): Database {
  const objects = statementCache(db, false)
  const arrays = statementCache(db, true)
  return {
    path: file,
    exec: (sql) => db.exec(sql),
    run: (sql, ...values) => Number(objects(sql).run(...values).changes),
    get: (sql, ...values) => objects(sql).get(...values) as Row | undefined,
    all: (sql, ...values) => objects(sql).all(...values) as Row[],
    arrays: (sql, ...values) => arrays(sql).all(...values) as unknown as (readonly Value[])[],
    iterate: (sql, ...values) => {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement.iterate(...values) as unknown as IterableIterator<readonly Value[]>
    },
    tx: (work) => transaction(db, work),
    setBusyTimeout: (ms) => db.exec(`PRAGMA busy_timeout = ${Math.trunc(ms)}`),
    backupTo: (target) => copyTo(file, target, timeout),
    close: () => {
      if (db.isOpen) db.close()
    },
  }
}

/**
 * A copy has a connection of its own: a step of it fails while its connection is in a write transaction. All pages are
 * one step, outside the main thread, since a write of another connection between two steps begins the copy anew.
 */
async function copyTo(file: string, target: string, timeout: number): Promise<void> {
  const reader = new DatabaseSync(file, { readOnly: true, timeout })
  try {
    await onlineBackup(reader, target, { rate: EVERY_PAGE })
  } finally {
    reader.close()
  }
}

function statementCache(db: DatabaseSync, returnArrays: boolean): (sql: string) => StatementSync {
  const kept = new Map<string, StatementSync>()
  return (sql) => {
    const known = kept.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    statement.setReturnArrays(returnArrays)
    if (kept.size >= STATEMENTS_KEPT) kept.clear()
    kept.set(sql, statement)
    return statement
  }
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite rolls back by itself on some errors (full disk, I/O); a second ROLLBACK would hide the first error.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** `damaged`: the file's content is broken. `unwritable`: the place is (full, read-only, locked); the file is fine. */
export type FailureKind = 'damaged' | 'unwritable' | 'other'

const DAMAGED: ReadonlySet<number> = new Set([11, 26])
const UNWRITABLE: ReadonlySet<number> = new Set([3, 5, 6, 8, 10, 13, 14, 15])

/** Result code of SQLite without its extension (13: disk full); null for every other error. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  return error.errcode & 0xff
}

/** What an error says about the file. Only CORRUPT and NOTADB are damage; anything transient never is. */
export function failureKind(error: unknown): FailureKind {
  const code = sqliteCode(error)
  if (code === null) return 'other'
  if (DAMAGED.has(code)) return 'damaged'
  return UNWRITABLE.has(code) ? 'unwritable' : 'other'
}
