import { existsSync, renameSync } from 'node:fs'
import { basename } from 'node:path'
import type { EpochMs } from '../model/index.ts'
import { type Database, openDatabase, sqliteCode, type Value } from './database.ts'
import { fileStamp } from './stamp.ts'

/**
 * Sets a damaged file aside under a name with a time stamp, its WAL with it. Nothing is ever deleted.
 * Returns the new path.
 */
export function setAside(path: string, now: EpochMs): string {
  let aside = `${path}.damaged-${fileStamp(now)}`
  for (let number = 2; existsSync(aside); number++) aside = `${path}.damaged-${fileStamp(now)}-${number}`
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  }
  return aside
}

/** What was set aside, for the notice a person reads. */
export function damageNotice(aside: string): string {
  return `The history file was damaged. It is kept as ${basename(aside)}; what can be read is being copied into a fresh one.`
}

/** Copies the readable rows of a damaged file, a piece at a time. */
export interface Salvage {
  /** Copies about `rows` more rows into `target`, in one transaction. False: there is nothing left. */
  step(target: Database, rows: number): boolean
  copied(): number
  /** Rows that could not be read or did not fit. */
  lost(): number
  close(): void
}

interface TablePlan {
  readonly name: string
  /** Columns of the key, for reading from both ends. */
  readonly order: readonly string[]
}

/** Parents before children; samples, the bulk, last. */
const PLANS: readonly TablePlan[] = [
  { name: 'accounts', order: ['id'] },
  { name: 'series', order: ['id'] },
  { name: 'cycles', order: ['series', 'number'] },
  { name: 'alert_state', order: ['key'] },
  { name: 'outbox', order: ['rowid'] },
  { name: 'alert_log', order: ['rowid'] },
  { name: 'rollups', order: ['series', 'span', 'bucket', 'measure'] },
]

interface Found {
  readonly table: string
  readonly columns: readonly string[]
  readonly row: readonly Value[]
}

export function startSalvage(aside: string): Salvage {
  let source: Database | null = null
  let copied = 0
  let lost = 0
  const countLost = (): void => {
    lost += 1
  }
  try {
    source = openDatabase(aside, { readOnly: true })
  } catch {
    // Not a database any more: there is nothing to read, and the file itself is kept.
    countLost()
  }
  const wanted = new Map<string, readonly string[]>()
  const columnsIn = (target: Database, table: string): readonly string[] => {
    const known = wanted.get(table) ?? target.arrays(`PRAGMA table_info(${table})`).map((row) => String(row[1]))
    wanted.set(table, known)
    return known
  }
  const rows = source === null ? null : readableRows(source, countLost)
  return {
    step(target, count) {
      if (rows === null) return false
      let more = true
      target.tx(() => {
        for (let index = 0; index < count; index++) {
          const next = rows.next()
          if (next.done === true) {
            more = false
            return
          }
          if (insert(target, next.value, columnsIn(target, next.value.table))) copied += 1
          else lost += 1
        }
      })
      return more
    },
    copied: () => copied,
    lost: () => lost,
    close: () => source?.close(),
  }
}

/** False when the row does not fit: a broken value, or a parent that was lost. */
function insert(target: Database, found: Found, wanted: readonly string[]): boolean {
  // A column whose name was damaged is still known by its place.
  const samePlaces = wanted.length === found.columns.length
  const values = new Map(found.row.map((value, index) => [samePlaces ? wanted[index] : found.columns[index], value]))
  const names = wanted.filter((name) => values.has(name))
  try {
    target.run(
      `INSERT OR IGNORE INTO ${found.table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
      ...names.map((name) => values.get(name) ?? null),
    )
    return true
  } catch (error) {
    // 19: a constraint, 20: a value of the wrong type. Anything else is about the target and ends the step.
    const code = sqliteCode(error)
    if (code === 19 || code === 20) return false
    throw error
  }
}

function* readableRows(source: Database, countLost: () => void): IterableIterator<Found> {
  for (const plan of PLANS) yield* tableRows(source, plan, countLost)
  const ids: Value[] = []
  for (const row of guarded(() => source.iterate('SELECT id FROM series'), countLost)) ids.push(row[0] ?? null)
  for (const id of ids) {
    const columns = columnsOf(source, 'samples', countLost)
    if (columns.length === 0) return
    yield* bothEnds(
      source,
      { table: 'samples', columns, where: 'WHERE series = ?', values: [id], order: ['seq'] },
      countLost,
    )
  }
}

function columnsOf(source: Database, table: string, countLost: () => void): string[] {
  const names: string[] = []
  for (const row of guarded(() => source.iterate(`PRAGMA table_info(${table})`), countLost)) names.push(String(row[1]))
  return names
}

function* tableRows(source: Database, plan: TablePlan, countLost: () => void): IterableIterator<Found> {
  const columns = columnsOf(source, plan.name, countLost)
  if (columns.length === 0) return
  yield* bothEnds(source, { table: plan.name, columns, where: '', values: [], order: plan.order }, countLost)
}

interface Scan {
  readonly table: string
  readonly columns: readonly string[]
  readonly where: string
  readonly values: readonly Value[]
  readonly order: readonly string[]
}

/** Newest first up to the damage, then oldest first up to the damage. */
function* bothEnds(source: Database, scan: Scan, countLost: () => void): IterableIterator<Found> {
  const select = `SELECT * FROM ${scan.table} ${scan.where} ORDER BY `
  let broke = false
  const stop = (): void => {
    broke = true
    countLost()
  }
  for (const direction of ['DESC', 'ASC']) {
    const order = scan.order.map((column) => `${column} ${direction}`).join(', ')
    for (const row of guarded(() => source.iterate(select + order, ...scan.values), stop)) {
      yield { table: scan.table, columns: scan.columns, row }
    }
    if (!broke) return
  }
}

/** Rows until reading fails; the failure is counted and ends the scan. */
function* guarded(
  open: () => IterableIterator<readonly Value[]>,
  onBroken: () => void,
): IterableIterator<readonly Value[]> {
  try {
    yield* open()
  } catch {
    onBroken()
  }
}
