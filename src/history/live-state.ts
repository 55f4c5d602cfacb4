import {
  type CycleReading,
  type EpochMs,
  epochMs,
  type OpenCycle,
  type OutboxRow,
  type ProblemCode,
  type QuotaKind,
  type StoredFacts,
} from '../model/index.ts'
import type { Database, Row } from './database.ts'
import { decodeSample, SAMPLE_COLUMNS } from './sample-row.ts'
import type { AccountRow, SeriesRow, Write } from './writes.ts'

/** What is known of one series without asking the file. */
export interface LiveSeries {
  readonly row: SeriesRow
  readonly lastSeq: number
  /** The last stored sample. */
  readonly last: (StoredFacts & { readonly at: EpochMs }) | null
  /** The last reading, stored or not; null: none since the quota came (back). */
  readonly reading: CycleReading | null
  readonly cycle: OpenCycle | null
  readonly cycleNumber: number
  /** End of the cycle before; the next one cannot begin earlier. */
  readonly cycleFloor: EpochMs | null
}

export interface LiveAccount {
  readonly row: AccountRow
  /** By `seriesKey`. */
  readonly series: ReadonlyMap<string, LiveSeries>
}

/** The present of the history, held in memory so that recording and health never depend on a read of the file. */
export interface LiveState {
  readonly accounts: Map<string, LiveAccount>
  readonly alerts: Map<string, unknown>
  /** Messages that are not settled. */
  readonly outbox: Map<string, OutboxRow>
  nextAccount: number
  nextSeries: number
  badRows: number
}

export function emptyState(): LiveState {
  return { accounts: new Map(), alerts: new Map(), outbox: new Map(), nextAccount: 1, nextSeries: 1, badRows: 0 }
}

/** One series for each unit a quota was ever counted in. */
export function seriesKey(quota: string, unit: string): string {
  return `${quota}\n${unit}`
}

/** Reads the present from the file: a few rows a series. */
export function loadState(db: Database): LiveState {
  const state = emptyState()
  const byId = new Map<number, { readonly key: string; readonly series: Map<string, LiveSeries> }>()
  for (const row of db.all('SELECT * FROM accounts')) {
    const account = accountOf(row)
    const series = new Map<string, LiveSeries>()
    byId.set(account.id, { key: account.key, series })
    state.accounts.set(account.key, { row: account, series })
    state.nextAccount = Math.max(state.nextAccount, account.id + 1)
  }
  for (const row of db.all('SELECT id, account, quota, unit, label, kind FROM series')) {
    const series = seriesOf(row)
    state.nextSeries = Math.max(state.nextSeries, series.id + 1)
    byId.get(series.account)?.series.set(seriesKey(series.quota, series.unit), loadSeries(db, series, state))
  }
  for (const row of db.all('SELECT key, body FROM alert_state')) {
    const body = parsed(row['body'], state)
    if (body !== null) state.alerts.set(String(row['key']), body)
  }
  for (const row of db.all('SELECT * FROM outbox WHERE settled_at IS NULL')) {
    const message = outboxOf(row, state)
    if (message !== null) state.outbox.set(message.id, message)
  }
  return state
}

function loadSeries(db: Database, row: SeriesRow, state: LiveState): LiveSeries {
  const [lastRow] = db.arrays(
    `SELECT ${SAMPLE_COLUMNS} FROM samples WHERE series = ? ORDER BY seq DESC LIMIT 1`,
    row.id,
  )
  const sample = lastRow === undefined ? null : decodeSample(row.id, lastRow)
  const cycleRow = db.get('SELECT * FROM cycles WHERE series = ? ORDER BY number DESC LIMIT 1', row.id)
  const cycle = cycleRow === undefined || cycleRow['ended_at'] !== null ? null : openCycleOf(cycleRow, state)
  const floor = db.get('SELECT max(ended_at) AS at FROM cycles WHERE series = ?', row.id)?.['at']
  return {
    row,
    lastSeq: sample?.seq ?? 0,
    last: sample === null ? null : { ...sample.facts, at: sample.at },
    reading:
      sample === null || cycle === null
        ? null
        : {
            at: sample.at,
            usedRatio: sample.facts.usedRatio,
            resetsAt: sample.facts.resetsAt,
            windowSeconds: cycle.windowSeconds,
          },
    cycle,
    cycleNumber: Number(cycleRow?.['number'] ?? 0),
    cycleFloor: typeof floor === 'number' ? epochMs(floor) : null,
  }
}

function accountOf(row: Row): AccountRow {
  return {
    id: Number(row['id']),
    key: String(row['key']),
    provider: String(row['provider']),
    name: String(row['name']),
    problem: row['problem'] === null ? null : (String(row['problem']) as ProblemCode),
    problemSince: epochMs(Number(row['problem_since'])),
  }
}

function seriesOf(row: Row): SeriesRow {
  return {
    id: Number(row['id']),
    account: Number(row['account']),
    quota: String(row['quota']),
    unit: String(row['unit']),
    label: String(row['label']),
    kind: String(row['kind']) as QuotaKind,
  }
}

/** An open cycle from its row; a suspect that cannot be read is dropped and counted. */
export function openCycleOf(row: Row, counter: { badRows: number }): OpenCycle {
  return {
    startedAt: epochMs(Number(row['started_at'])),
    resetsAt: instantOf(row['resets_at']),
    windowSeconds: typeof row['window_seconds'] === 'number' ? row['window_seconds'] : null,
    peakUsedRatio: typeof row['peak'] === 'number' ? row['peak'] : null,
    exhaustedMs: Number(row['exhausted_ms']),
    exhaustedSince: instantOf(row['exhausted_since']),
    suspect: row['suspect'] === null ? null : suspectOf(parsed(row['suspect'], counter)),
  }
}

function suspectOf(value: unknown): OpenCycle['suspect'] {
  if (typeof value !== 'object' || value === null || !('before' in value) || !('at' in value)) return null
  const { before, at } = value
  if (typeof at !== 'number' || typeof before !== 'object' || before === null || !('at' in before)) return null
  return { before: before as CycleReading, at: epochMs(at) }
}

export function instantOf(value: unknown): EpochMs | null {
  return typeof value === 'number' ? epochMs(value) : null
}

/** JSON of a column; null (and counted) when it is broken. */
export function parsed(text: unknown, counter: { badRows: number }): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    counter.badRows += 1
    return null
  }
}

function outboxOf(row: Row, counter: { badRows: number }): OutboxRow | null {
  const before = counter.badRows
  const body = parsed(row['body'], counter)
  if (counter.badRows > before) return null
  return {
    id: String(row['id']),
    channel: String(row['channel']),
    createdAt: epochMs(Number(row['created_at'])),
    dueAt: epochMs(Number(row['due_at'])),
    attempts: Number(row['attempts']),
    error: row['error'] === null || row['error'] === undefined ? null : String(row['error']),
    body,
  }
}

/** Everything that is live, as writes: what a fresh file needs before it can take the next reading. */
export function stateWrites(state: LiveState, now: EpochMs): Write[] {
  const writes: Write[] = []
  for (const account of state.accounts.values()) {
    writes.push({ kind: 'account', row: account.row })
    for (const series of account.series.values()) {
      writes.push({ kind: 'series', row: series.row })
      if (series.cycle === null) continue
      writes.push({
        kind: 'cycle',
        row: { series: series.row.id, number: series.cycleNumber, open: series.cycle, closed: null },
      })
    }
  }
  for (const [key, body] of state.alerts) writes.push({ kind: 'alert_state', key, at: now, body })
  for (const row of state.outbox.values()) writes.push({ kind: 'enqueue', row })
  return writes
}
