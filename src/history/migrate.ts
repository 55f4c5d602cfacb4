import { existsSync } from 'node:fs'
import { AppError, type EpochMs, type Log } from '../model/index.ts'
import { type Database, openDatabase } from './database.ts'
import { INITIAL } from './migrations/0001-initial.ts'
import { fileStamp } from './stamp.ts'

/** Every schema change, in order; the index plus one is the version it leads to. A released one never changes. */
export const MIGRATIONS: readonly string[] = [INITIAL]

/** Tables without which a file is not a history. */
const TABLES = ['accounts', 'series', 'samples', 'rollups', 'cycles', 'alert_state', 'alert_log', 'outbox', 'meta']

export interface MigrateOptions {
  readonly now: EpochMs
  readonly log: Log
  readonly migrations?: readonly string[]
}

/** `PRAGMA user_version`: how many migrations the file has seen. */
export function schemaVersion(db: Database): number {
  return Number(db.get('PRAGMA user_version')?.['user_version'] ?? 0)
}

/** Whether the file has every table a history needs. */
export function hasAllTables(db: Database): boolean {
  const names = new Set(db.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) => row['name']))
  return TABLES.every((name) => names.has(name))
}

/**
 * Whether the file's schema is, word for word, what the migrations make. A flipped bit in the name of a column breaks
 * every statement without SQLite calling it damage.
 */
export function hasSoundSchema(db: Database, migrations: readonly string[] = MIGRATIONS): boolean {
  const model = openDatabase(':memory:')
  try {
    for (const sql of migrations) model.exec(sql)
    const wordsOf = (of: Database): string =>
      JSON.stringify(of.all('SELECT name, sql FROM sqlite_schema ORDER BY name'))
    return wordsOf(db) === wordsOf(model)
  } finally {
    model.close()
  }
}

/** Whether the file has no table at all yet. */
export function isEmpty(db: Database): boolean {
  return db.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' LIMIT 1") === undefined
}

/**
 * Brings the schema up to date: a copy of the file first (when there is anything in it), then all steps in one
 * transaction, so that a crash leaves the old state. Returns the path of the copy, null when none was needed.
 */
export function migrate(db: Database, options: MigrateOptions): string | null {
  const migrations = options.migrations ?? MIGRATIONS
  const from = schemaVersion(db)
  if (from > migrations.length) {
    throw new AppError(1, 'history_newer', `The history has schema ${from}; this tokstat knows ${migrations.length}.`)
  }
  if (from === migrations.length) return null
  const copy = from === 0 || db.path === ':memory:' ? null : copyBefore(db, from, options.now)
  db.tx(() => {
    for (const sql of migrations.slice(from)) db.exec(sql)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
  })
  // A new file is no update.
  if (from > 0) options.log.info('history schema updated', { from, to: migrations.length, copy })
  return copy
}

function copyBefore(db: Database, version: number, now: EpochMs): string {
  let copy = `${db.path}.schema-${version}-${fileStamp(now)}`
  for (let number = 2; existsSync(copy); number++) copy = `${db.path}.schema-${version}-${fileStamp(now)}-${number}`
  db.run('VACUUM INTO ?', copy)
  return copy
}
