import { type BigIntStats, constants } from 'node:fs'
import { copyFile, lstat, mkdtemp, open, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Clock } from '../model/ports.ts'
import { codeOf, type UnreadableFile, type UnreadableReason } from './files.ts'

/** Which rows of a key-value table are wanted. Names are ours, never a user's text. */
export interface RowQuery {
  readonly table: string
  readonly keyColumn: string
  readonly valueColumn: string
  readonly keys: readonly string[]
}

/** The rows that there are, values as text, and when the database was last written. */
type RowsRead =
  | { readonly kind: 'rows'; readonly rows: ReadonlyMap<string, string>; readonly mtimeMs: number }
  | { readonly kind: 'absent' }
  | UnreadableFile

export type RowReader = (path: string, query: RowQuery) => Promise<RowsRead>

export interface RowReaderOptions {
  readonly clock: Clock
  /** Where a private copy may lie for a moment. Default: the system's folder for temporary files. */
  readonly copyFolder?: string
}

const TIME_LIMIT_MS = 2_000
const PAUSE_MS = 25
/** A copy costs as much as the database is large; one that needs none may be larger. */
const LARGEST_COPIED = 256 * 1024 * 1024
const LARGEST_IN_PLACE = 2 * 1024 * 1024 * 1024
/** Without an index the whole table would be walked. */
const LARGEST_WITHOUT_INDEX = 32 * 1024 * 1024
const LONGEST_VALUE = 4 * 1024 * 1024
/** A file system's clock may stand still for this long: a younger file may change without its time changing. */
const CLOCK_TICK_MS = 10
/** After a large copy the result serves for a while, however often the owner writes. */
const LARGE_COPY = 16 * 1024 * 1024
const REST_MS = 60_000

interface Kept {
  readonly signature: string
  readonly read: RowsRead
  readonly restUntilMs: number
}

/**
 * Reads rows of a SQLite database that another program has open, without a byte, a time or a file of it changing
 * (D10): no lock is taken and no side file is made. With a write-ahead log both files are copied to a private folder
 * and read there; without one the database is read in place as immutable. Either way the reading counts only when
 * nothing changed meanwhile, else it is tried again, for two seconds at most. Never throws.
 */
export function createRowReader({ clock, copyFolder = tmpdir() }: RowReaderOptions): RowReader {
  const kept = new Map<string, Kept>()
  return async (path, query) => {
    const key = `${path}\n${query.keys.join('\n')}`
    const last = kept.get(key)
    const endMs = clock.monotonicMs() + TIME_LIMIT_MS
    if (last !== undefined && clock.monotonicMs() < last.restUntilMs) return last.read
    for (;;) {
      const result = await readOnce(path, query, { clock, copyFolder, last }).catch((error: unknown) =>
        failure(path, error),
      )
      if (result !== 'changed') {
        if ('signature' in result) kept.set(key, result)
        else kept.delete(key)
        return 'signature' in result ? result.read : result
      }
      if (clock.monotonicMs() >= endMs)
        return unreadable('unstable', `${path} changes all the time; it is read again later.`)
      await new Promise<void>((resolve) => {
        clock.after(PAUSE_MS, resolve)
      })
    }
  }
}

interface Once {
  readonly clock: Clock
  readonly copyFolder: string
  readonly last: Kept | undefined
}

async function readOnce(path: string, query: RowQuery, once: Once): Promise<Kept | RowsRead | 'changed'> {
  const target = await realpath(path)
  const before = await look(target)
  const refusal = await refusalOf(path, before)
  if (refusal !== null) return refusal
  if (once.last !== undefined && once.last.signature === before.signature) return once.last
  if (once.clock.now() - Number(before.database.mtimeMs) < CLOCK_TICK_MS || before.hasJournal) return 'changed'
  const rows =
    before.walSize > 0
      ? await readCopied(target, query, once.copyFolder, before)
      : await queryRows(target, query, { isCopy: false, size: Number(before.database.size) })
  const after = await look(target)
  if (rows === 'changed' || !isSame(before, after)) return 'changed'
  if (!(rows instanceof Map)) return unreadable('malformed', `${path} is no database that can be read.`)
  const read: RowsRead = { kind: 'rows', rows, mtimeMs: Math.max(Number(before.database.mtimeMs), before.walMtimeMs) }
  const isLarge = before.walSize > 0 && Number(before.database.size) > LARGE_COPY
  return { signature: before.signature, read, restUntilMs: once.clock.monotonicMs() + (isLarge ? REST_MS : 0) }
}

interface Look {
  readonly database: BigIntStats
  readonly walSize: number
  readonly walMtimeMs: number
  /** A rollback journal with content: the owner is in the middle of a change. */
  readonly hasJournal: boolean
  readonly signature: string
}

async function look(target: string): Promise<Look> {
  const [database, wal, journal] = await Promise.all([
    stat(target, { bigint: true }),
    statOrNull(`${target}-wal`),
    statOrNull(`${target}-journal`),
  ])
  const walPart = wal === null ? 'none' : `${wal.ino} ${wal.size} ${wal.mtimeNs}`
  return {
    database,
    walSize: wal?.isFile() === true ? Number(wal.size) : 0,
    walMtimeMs: wal === null ? 0 : Number(wal.mtimeMs),
    hasJournal: journal !== null && journal.size > 0n,
    signature: `${database.dev} ${database.ino} ${database.size} ${database.mtimeNs} ${walPart}`,
  }
}

/** The log may have grown meanwhile; the database itself must be the very same. */
function isSame(before: Look, after: Look): boolean {
  const { database: a } = before
  const { database: b } = after
  const stable = a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && !after.hasJournal
  return stable && (before.walSize > 0 || after.walSize === 0)
}

async function statOrNull(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Why the file is left alone; null when it may be read. Links only to a file of ours or of root (C19). */
async function refusalOf(path: string, { database, walSize }: Look): Promise<UnreadableFile | null> {
  if (!database.isFile()) return unreadable('not_a_file', `${path} is not a regular file.`)
  const us = process.getuid?.()
  const isLink = (await lstat(path)).isSymbolicLink()
  if (isLink && us !== undefined && Number(database.uid) !== us && database.uid !== 0n) {
    return unreadable('permission', `${path} is a link to a file of another user (uid ${database.uid}); not followed.`)
  }
  const size = Number(database.size) + walSize
  return size > (walSize > 0 ? LARGEST_COPIED : LARGEST_IN_PLACE)
    ? unreadable('too_large', `${path} is too large to be read without disturbing its owner.`)
    : null
}

/**
 * A log is appended to until all of it is in the database, then begun anew under another salt. So a copy is whole
 * when neither the database nor the log's header changed while it was made; a frame that was cut off has no valid
 * checksum, and SQLite ignores it.
 */
async function readCopied(
  target: string,
  query: RowQuery,
  copyFolder: string,
  before: Look,
): Promise<ReadonlyMap<string, string> | 'changed' | null> {
  const folder = await mkdtemp(join(copyFolder, 'tokstat-read-'))
  try {
    const header = await headerOf(`${target}-wal`)
    const copy = join(folder, 'copy')
    await copyFile(target, copy, constants.COPYFILE_FICLONE)
    await copyFile(`${target}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE)
    if (header !== (await headerOf(`${target}-wal`)) || !isSame(before, await look(target))) return 'changed'
    return await queryRows(copy, query, { isCopy: true, size: Number(before.database.size) })
  } catch (error) {
    // The log went away while it was copied: its owner has just closed the database.
    if (codeOf(error) === 'ENOENT') return 'changed'
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function headerOf(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(32), 0, 32, 0)
    return buffer.toString('hex', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Null: no database, or one without such a table. */
async function queryRows(
  path: string,
  { table, keyColumn, valueColumn, keys }: RowQuery,
  { isCopy, size }: { readonly isCopy: boolean; readonly size: number },
): Promise<ReadonlyMap<string, string> | null> {
  // Loaded when it is first needed: most machines have no such database, and a start must not pay for it.
  const { DatabaseSync } = await import('node:sqlite')
  const url = pathToFileURL(path)
  if (!isCopy) url.searchParams.set('immutable', '1')
  try {
    const database = new DatabaseSync(url, { readOnly: !isCopy, timeout: 0 })
    try {
      const where = `${keyColumn} IN (${keys.map(() => '?').join(', ')})`
      const sql = `SELECT ${keyColumn} AS key, CAST(${valueColumn} AS TEXT) AS value FROM ${table} WHERE ${where} AND length(${valueColumn}) <= ${LONGEST_VALUE}`
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...keys)
      const isScan = plan.some((step) => String(step['detail']).startsWith('SCAN'))
      if (isScan && size > LARGEST_WITHOUT_INDEX) return null
      const found = database.prepare(sql).all(...keys)
      return new Map(
        found.flatMap(({ key, value }) => (typeof key === 'string' && typeof value === 'string' ? [[key, value]] : [])),
      )
    } finally {
      database.close()
    }
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_SQLITE') === true) return null
    throw error
  }
}

function failure(path: string, error: unknown): RowsRead {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
  if (code === 'EACCES' || code === 'EPERM') return unreadable('permission', `${path} may not be read by this user.`)
  if (code === 'ELOOP') return unreadable('not_a_file', `${path} is a link that leads in a circle.`)
  return unreadable('io', `${path} could not be read (${code ?? 'unknown error'}).`)
}

function unreadable(reason: UnreadableReason, detail: string): UnreadableFile {
  return { kind: 'unreadable', reason, detail }
}
