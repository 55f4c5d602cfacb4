import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { AppError, type BackupReport } from '../model/index.ts'
import { type Database, failureKind, openDatabase } from './database.ts'
import { hasAllTables, schemaVersion } from './migrate.ts'

/**
 * Copies the history while recording goes on, opens the copy and checks it; only then does it get its name.
 * Never overwrites a file, never makes a folder.
 */
export async function backUp(db: Database, path: string): Promise<BackupReport> {
  if (existsSync(path)) {
    throw new AppError(4, 'backup_exists', `${path} exists already.`, 'Name another file, or move that one away.')
  }
  const partial = `${path}.partial`
  try {
    rmSync(partial, { force: true })
    await db.backupTo(partial)
    chmodSync(partial, 0o600)
    const report = verifyBackup(partial)
    // SQLite leaves them beside a file that was only read; nobody but us knows this one.
    for (const beside of [`${partial}-wal`, `${partial}-shm`]) dropPartial(beside)
    renameSync(partial, path)
    return { ...report, path }
  } catch (error) {
    dropPartial(partial)
    if (error instanceof AppError) throw error
    const cause = error instanceof Error ? error.message : String(error)
    throw new AppError(
      1,
      'backup_failed',
      `The backup to ${path} failed: ${cause}.`,
      'Check the folder and its free space.',
    )
  }
}

/** Like `backUp`, of a file that another process may be writing. Throws AppError 1 when there is no history yet. */
export async function copyHistory(source: string, path: string): Promise<BackupReport> {
  if (!existsSync(source)) {
    throw new AppError(
      1,
      'no_history',
      'There is no history yet.',
      'It begins with the first `tokstat list` or `tokstat serve`.',
    )
  }
  const db = openDatabase(source, { readOnly: true })
  try {
    return await backUp(db, path)
  } finally {
    db.close()
  }
}

function dropPartial(partial: string): void {
  try {
    rmSync(partial, { force: true })
  } catch {
    // Its folder does not exist, so neither does the file; the first error is the one to tell.
  }
}

/** Opens a copy and checks every page and row; what `backup` promises and `restore` needs. Throws AppError. */
export function verifyBackup(path: string): BackupReport {
  if (!existsSync(path)) throw new AppError(4, 'no_file', `There is no file ${path}.`)
  try {
    return checked(path)
  } catch (error) {
    if (error instanceof AppError) throw error
    const cause = error instanceof Error ? error.message : String(error)
    if (failureKind(error) === 'damaged') throw broken(path, cause)
    throw new AppError(
      1,
      'backup_unreadable',
      `${path} cannot be read: ${cause}.`,
      'Check the file and who may read it.',
    )
  }
}

function broken(path: string, cause: string): AppError {
  const hint = 'Do not restore it. Make a new one: `tokstat backup <file>`.'
  return new AppError(1, 'backup_broken', `${path} is not a sound copy of a history: ${cause}.`, hint)
}

function checked(path: string): BackupReport {
  const db = openDatabase(path, { readOnly: true })
  try {
    const verdict = Object.values(db.get('PRAGMA integrity_check') ?? {})[0]
    if (verdict !== 'ok' || schemaVersion(db) === 0 || !hasAllTables(db)) {
      throw broken(path, verdict === 'ok' ? 'tables are missing' : String(verdict))
    }
    const count = (table: string): number => Number(db.get(`SELECT count(*) AS count FROM ${table}`)?.['count'])
    return { path, bytes: statSync(path).size, samples: count('samples'), cycles: count('cycles') }
  } finally {
    db.close()
  }
}
