import { existsSync, statSync } from 'node:fs'
import type { EpochMs, HistorySettings, Log, Maintenance } from '../model/index.ts'
import { BUSY_MS, type Database } from './database.ts'
import { forgetForSize, forgetOld, giveBack } from './retention.ts'
import { rollSeries, unrolledSeries } from './rollup.ts'

/** Samples rolled up by one call at most. */
const SAMPLES_A_CALL = 20_000
const SAMPLES_A_SERIES = 2_000
/** From this size on the WAL is written back and cut, even if that has to wait a moment for a reader. */
const WAL_TRUNCATE_BYTES = 8 * 1024 * 1024
const TRUNCATE_WAIT_MS = 50
/** A WAL of this size means that a reader holds it: somebody has to know. */
const WAL_ALARM_BYTES = 64 * 1024 * 1024

export interface MaintainOptions {
  readonly now: EpochMs
  readonly settings: HistorySettings
  readonly log: Log
  readonly path: string
}

/** One bounded piece of upkeep: roll up, forget, give back, checkpoint. */
export function maintainFile(db: Database, options: MaintainOptions): Maintenance {
  const { now, settings, log, path } = options
  const rolled = rollAll(db, settings.heartbeatMs)
  const old = db.tx(() => forgetOld(db, now, settings))
  const big = old.more ? { deleted: 0, more: true } : db.tx(() => forgetForSize(db, settings))
  if (old.deleted + big.deleted > 0) giveBack(db)
  db.get('PRAGMA wal_checkpoint(PASSIVE)')
  if (walBytes(path) > WAL_TRUNCATE_BYTES) truncateWal(db)
  const left = walBytes(path)
  if (left > WAL_ALARM_BYTES) log.warn('history WAL is large: another program keeps reading the file', { bytes: left })
  return {
    rolledUp: rolled.count,
    deleted: old.deleted + big.deleted,
    walBytes: left,
    more: rolled.more || old.more || big.more,
  }
}

/** Cuts the WAL; a reader that holds it makes this fail soon instead of holding everything up. */
function truncateWal(db: Database): void {
  db.setBusyTimeout(TRUNCATE_WAIT_MS)
  try {
    db.get('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.setBusyTimeout(BUSY_MS)
  }
}

function rollAll(db: Database, heartbeatMs: number): { readonly count: number; readonly more: boolean } {
  let count = 0
  let more = false
  for (const series of unrolledSeries(db)) {
    if (count >= SAMPLES_A_CALL) return { count, more: true }
    const rolled = db.tx(() => rollSeries(db, series, SAMPLES_A_SERIES, heartbeatMs))
    count += rolled
    more ||= rolled >= SAMPLES_A_SERIES
  }
  return { count, more }
}

/** Size of the write-ahead log; 0 when there is none. */
export function walBytes(path: string): number {
  const wal = `${path}-wal`
  return existsSync(wal) ? statSync(wal).size : 0
}
