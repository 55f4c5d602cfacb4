import type { AlertLogRow, ClosedCycle, EpochMs, OpenCycle, OutboxRow, ProblemCode, QuotaKind } from '../model/index.ts'
import type { Database } from './database.ts'
import { encodeSample, type StoredSample } from './sample-row.ts'

export interface AccountRow {
  readonly id: number
  readonly key: string
  readonly provider: string
  readonly name: string
  readonly problem: ProblemCode | null
  readonly problemSince: EpochMs
}

export interface SeriesRow {
  readonly id: number
  readonly account: number
  readonly quota: string
  readonly unit: string
  readonly label: string
  readonly kind: QuotaKind
}

/** A cycle's row: an open one has no `ended` part. */
export type CycleRow =
  | { readonly series: number; readonly number: number; readonly open: OpenCycle; readonly closed: null }
  | { readonly series: number; readonly number: number; readonly open: null; readonly closed: ClosedCycle }

/**
 * One change of the store, as data: the same list is applied to the file, or waits in memory until the file can take
 * it. Keys are decided beforehand, so applying a list twice is applying it once.
 */
export type Write =
  | { readonly kind: 'account'; readonly row: AccountRow }
  | { readonly kind: 'rename'; readonly row: AccountRow; readonly from: string }
  | { readonly kind: 'series'; readonly row: SeriesRow }
  | { readonly kind: 'sample'; readonly row: StoredSample }
  | { readonly kind: 'cycle'; readonly row: CycleRow }
  | { readonly kind: 'alert_state'; readonly key: string; readonly at: EpochMs; readonly body: unknown }
  | { readonly kind: 'alert_log'; readonly row: AlertLogRow }
  | { readonly kind: 'enqueue'; readonly row: OutboxRow }
  | { readonly kind: 'settle'; readonly id: string; readonly at: EpochMs; readonly error: string | null }
  | {
      readonly kind: 'postpone'
      readonly id: string
      readonly dueAt: EpochMs
      readonly attempts: number
      readonly error: string
    }

/** Applies a list inside the caller's transaction. */
export function applyWrites(db: Database, writes: readonly Write[]): void {
  for (const write of writes) applyWrite(db, write)
}

function applyWrite(db: Database, write: Write): void {
  switch (write.kind) {
    case 'account':
      putAccount(db, write.row)
      break
    case 'rename':
      putAccount(db, write.row)
      db.run('UPDATE alert_log SET account = ? WHERE account = ?', write.row.key, write.from)
      break
    case 'series':
      putSeries(db, write.row)
      break
    case 'sample':
      putSample(db, write.row)
      break
    case 'cycle':
      putCycle(db, write.row)
      break
    case 'alert_state':
      putAlertState(db, write.key, write.at, write.body)
      break
    case 'alert_log':
      putAlertLog(db, write.row)
      break
    case 'enqueue':
      enqueue(db, write.row)
      break
    case 'settle':
      db.run('UPDATE outbox SET settled_at = ?, error = ? WHERE id = ?', write.at, write.error, write.id)
      break
    case 'postpone':
      db.run(
        'UPDATE outbox SET due_at = ?, error = ?, attempts = ? WHERE id = ? AND settled_at IS NULL',
        write.dueAt,
        write.error,
        write.attempts,
        write.id,
      )
  }
}

function putAccount(db: Database, row: AccountRow): void {
  db.run(
    `INSERT INTO accounts (id, key, provider, name, problem, problem_since) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET key = excluded.key, name = excluded.name, problem = excluded.problem,
       problem_since = excluded.problem_since`,
    row.id,
    row.key,
    row.provider,
    row.name,
    row.problem,
    row.problemSince,
  )
}

function putSeries(db: Database, row: SeriesRow): void {
  db.run(
    `INSERT INTO series (id, account, quota, unit, label, kind) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET label = excluded.label, kind = excluded.kind`,
    row.id,
    row.account,
    row.quota,
    row.unit,
    row.label,
    row.kind,
  )
}

export function putSample(db: Database, sample: StoredSample): void {
  db.run(
    `INSERT OR REPLACE INTO samples
     (series, seq, skew, used_nano, remaining_nano, used, remaining, max, resets_in, flags)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...encodeSample(sample),
  )
  const skew = sample.seq - sample.at
  if (skew > 0) {
    db.run('UPDATE series SET max_skew = max(max_skew, ?) WHERE id = ?', skew, sample.series)
  }
}

function putCycle(db: Database, row: CycleRow): void {
  const { open, closed } = row
  const cycle = open ?? closed
  db.run(
    `INSERT OR REPLACE INTO cycles (series, number, started_at, ended_at, resets_at, window_seconds, peak, end_used,
       exhausted_ms, exhausted_since, ended, suspect) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.series,
    row.number,
    cycle.startedAt,
    closed?.endedAt ?? null,
    cycle.resetsAt,
    open?.windowSeconds ?? null,
    cycle.peakUsedRatio,
    closed?.endUsedRatio ?? null,
    Math.round(cycle.exhaustedMs),
    open?.exhaustedSince ?? null,
    closed?.ended ?? null,
    open === null || open.suspect === null ? null : JSON.stringify(open.suspect),
  )
}

function putAlertState(db: Database, key: string, at: EpochMs, body: unknown): void {
  if (body === null) db.run('DELETE FROM alert_state WHERE key = ?', key)
  else {
    db.run('INSERT OR REPLACE INTO alert_state (key, updated_at, body) VALUES (?, ?, ?)', key, at, JSON.stringify(body))
  }
}

function putAlertLog(db: Database, row: AlertLogRow): void {
  db.run(
    'INSERT OR REPLACE INTO alert_log (id, at, account, body) VALUES (?, ?, ?, ?)',
    row.id,
    row.at,
    row.account,
    JSON.stringify(row.body),
  )
}

function enqueue(db: Database, row: OutboxRow): void {
  db.run(
    `INSERT OR IGNORE INTO outbox (id, channel, created_at, due_at, attempts, error, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.channel,
    row.createdAt,
    row.dueAt,
    row.attempts,
    row.error,
    JSON.stringify(row.body),
  )
}
