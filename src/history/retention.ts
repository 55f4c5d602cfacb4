import type { EpochMs, HistorySettings } from '../model/index.ts'
import type { Database, Value } from './database.ts'
import { SPANS } from './rollup.ts'

/** Rows deleted by one call at most, and by one statement: what keeps upkeep short. */
const ROWS_A_CALL = 20_000
const ROWS_A_SLICE = 5_000
/** Deleting for size goes down to this part of the limit, so that it does not start again at once. */
const ROOM = 0.9
const PAGES_A_CALL = 2_000

export interface Forgotten {
  readonly deleted: number
  readonly more: boolean
}

/** Bytes of the file that hold something. */
export function usedBytes(db: Database): number {
  const of = (name: string): number => Number(Object.values(db.get(`PRAGMA ${name}`) ?? {})[0] ?? 0)
  return (of('page_count') - of('freelist_count')) * of('page_size')
}

/** Forgets what is older than the settings allow: raw samples only once they are rolled up. */
export function forgetOld(db: Database, now: EpochMs, settings: HistorySettings): Forgotten {
  const rawBefore = now - settings.rawRetentionMs
  const before = now - settings.rollupRetentionMs
  let left = ROWS_A_CALL
  const take = (deleted: number): void => {
    left -= deleted
  }
  for (const series of seriesIds(db)) {
    if (left > 0) take(deleteSamples(db, series, rawBefore, left))
    for (const { code, ms } of Object.values(SPANS)) {
      if (left > 0) take(deleteRollups(db, [series, code, Math.floor(before / ms)]))
    }
  }
  if (left > 0) {
    take(db.run('DELETE FROM cycles WHERE ended_at < ?', before))
    take(db.run('DELETE FROM alert_log WHERE at < ?', before))
    take(db.run('DELETE FROM outbox WHERE settled_at < ?', rawBefore))
  }
  return { deleted: ROWS_A_CALL - left, more: left <= 0 }
}

function seriesIds(db: Database): number[] {
  return db.all('SELECT id FROM series').map((row) => Number(row['id']))
}

/** Deletes samples of one series that are older than `before` and rolled up. The newest one always stays. */
function deleteSamples(db: Database, series: number, before: number, atMost: number): number {
  let deleted = 0
  while (deleted < atMost) {
    const meta = db.get('SELECT max_skew, rolled_seq FROM series WHERE id = ?', series)
    const end = Math.min(before + Number(meta?.['max_skew'] ?? 0), Number(meta?.['rolled_seq'] ?? 0))
    const slice = db.get(
      `SELECT max(seq) AS upto, count(*) AS count FROM
         (SELECT seq FROM samples WHERE series = ? AND seq < ? AND seq + skew < ? ORDER BY seq LIMIT ?)`,
      series,
      end,
      before,
      ROWS_A_SLICE,
    )
    if (slice === undefined || slice['count'] === 0) return deleted
    deleted += db.run(
      'DELETE FROM samples WHERE series = ? AND seq <= ? AND seq + skew < ?',
      series,
      slice['upto'] ?? 0,
      before,
    )
  }
  return deleted
}

function deleteRollups(db: Database, key: readonly [series: number, span: number, before: number]): number {
  const values: readonly Value[] = [...key, ROWS_A_SLICE]
  const last = db.get(
    `SELECT max(bucket) AS upto FROM
       (SELECT bucket FROM rollups WHERE series = ? AND span = ? AND bucket < ? ORDER BY bucket LIMIT ?)`,
    ...values,
  )?.['upto']
  if (typeof last !== 'number') return 0
  return db.run('DELETE FROM rollups WHERE series = ? AND span = ? AND bucket <= ?', key[0], key[1], last)
}

/**
 * Keeps the file under its size: the oldest raw day goes first, then the oldest month of hours, then of days.
 * The newest sample of every series stays.
 */
export function forgetForSize(db: Database, settings: HistorySettings): Forgotten {
  if (usedBytes(db) <= settings.maxBytes) return { deleted: 0, more: false }
  const target = settings.maxBytes * ROOM
  let deleted = 0
  while (usedBytes(db) > target && deleted < ROWS_A_CALL) {
    const gone = forgetOldestDay(db) || forgetOldestRollups(db, SPANS.hour) || forgetOldestRollups(db, SPANS.day)
    if (gone === 0) return { deleted, more: false }
    deleted += gone
  }
  return { deleted, more: usedBytes(db) > target }
}

function forgetOldestDay(db: Database): number {
  const oldest = seriesIds(db).map((id) => ({
    id,
    seq: db.get(
      'SELECT min(seq) AS seq FROM samples WHERE series = ? AND seq < (SELECT rolled_seq FROM series WHERE id = ?)',
      id,
      id,
    )?.['seq'],
  }))
  const first = oldest.reduce((least, { seq }) => (typeof seq === 'number' ? Math.min(least, seq) : least), Infinity)
  if (first === Infinity) return 0
  let deleted = 0
  for (const { id, seq } of oldest) {
    if (typeof seq === 'number' && seq <= first + SPANS.day.ms) {
      deleted += deleteSamples(db, id, first + SPANS.day.ms, ROWS_A_SLICE)
    }
  }
  return deleted
}

function forgetOldestRollups(db: Database, span: { readonly code: number; readonly ms: number }): number {
  let deleted = 0
  for (const series of seriesIds(db)) {
    const first = db.get('SELECT min(bucket) AS first FROM rollups WHERE series = ? AND span = ?', series, span.code)
    const from = first?.['first']
    if (typeof from !== 'number') continue
    deleted += deleteRollups(db, [series, span.code, from + Math.ceil((30 * SPANS.day.ms) / span.ms)])
  }
  return deleted
}

/** Gives free pages back to the disk, a bounded number a call. */
export function giveBack(db: Database): void {
  db.exec(`PRAGMA incremental_vacuum(${PAGES_A_CALL})`)
}
