/** The budgets of the history: size of a year, a month as 500 points, and a backup while readings go on. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openHistory } from '../src/history/open.ts'
import { epochMs, type HistoryStore, MINUTE_MS } from '../src/model/index.ts'
import { backupRows } from './history-backup.ts'
import {
  ACCOUNTS,
  fillSamples,
  freshFile,
  liveThrough,
  QUOTAS,
  SILENT,
  START,
  seeded,
  type Trace,
} from './history-files.ts'
import { withFolder } from './processes.ts'
import { type Bench, megabytes, ms, type Row } from './row.ts'

const SIZE_BUDGET_MB = 100
const P95_BUDGET_MS = 20
const MONTH_MINUTES = 43_200
const POINTS = 500

export const historySize: Bench = {
  name: 'history-size',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const days = quick ? 14 : 365
      const years = (['typical', 'worst'] as const).map((trace) => sizeOfYear(folder, days, trace))
      const plain = plainBytesADay(folder, quick ? 2 : 14) * days
      return years.map((year) => sizeRow(year, days, plain))
    }),
}

export const historyMonth: Bench = {
  name: 'history-month',
  run: ({ quick }) => withFolder(async (folder) => [speedOfMonth(folder, quick ? 2_200_000 : 10_000_000)]),
}

export const historyBackup: Bench = {
  name: 'history-backup',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const { path, db } = freshFile(folder, 'history.db')
      fillSamples(db, quick ? 500_000 : 3_000_000)
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
      return backupRows(path, quick ? 2 : 7)
    }),
}

interface Year {
  readonly path: string
  readonly trace: Trace
  readonly stored: number
}

function sizeOfYear(folder: string, days: number, trace: Trace): Year {
  const { path, db } = freshFile(folder, `${trace}.db`)
  const stored = liveThrough(db, path, days, trace)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  return { path, trace, stored }
}

/** What a day takes in the plainest table there is: a row a reading, the key and the share. */
function plainBytesADay(folder: string, days: number): number {
  const path = join(folder, 'plain.db')
  const db = new DatabaseSync(path)
  db.exec('CREATE TABLE readings (quota INTEGER, at INTEGER, used REAL, PRIMARY KEY (quota, at)) WITHOUT ROWID')
  const insert = db.prepare('INSERT INTO readings VALUES (?, ?, ?)')
  const random = seeded(7)
  for (let quota = 0; quota < QUOTAS; quota++) {
    db.exec('BEGIN')
    for (let minute = 0; minute < days * 1_440; minute++) insert.run(quota, START + minute * MINUTE_MS, random())
    db.exec('COMMIT')
  }
  db.close()
  return statSync(path).size / days
}

const TRACES: Readonly<Record<Trace, string>> = {
  typical: 'whole percents, working hours',
  worst: 'another value at every poll',
}

function sizeRow({ path, trace, stored }: Year, days: number, plain: number): Row {
  const bytes = statSync(path).size
  const readings = (days * 1_440 * QUOTAS) / 1e6
  return {
    bench: 'history-size',
    what: `${days} days of ${QUOTAS} quotas polled each minute (${readings.toFixed(1)} M readings, ${(stored / 1e6).toFixed(2)} M samples written), ${TRACES[trace]}`,
    figure: megabytes(bytes),
    against: `${megabytes(plain)}, a plain SQLite table with a row a reading`,
    ratio: bytes / plain,
    budget: `${SIZE_BUDGET_MB} MB`,
    held: bytes <= SIZE_BUDGET_MB * 1e6,
  }
}

/** A month of one quota, against reading the same rows with nothing but node:sqlite, in turns. */
function speedOfMonth(folder: string, samples: number): Row {
  const { path, db } = freshFile(folder, 'many.db')
  fillSamples(db, samples)
  db.close()
  const clock = { now: () => epochMs(START), monotonicMs: () => 0 }
  const store = openHistory({ path, clock, log: SILENT })
  const plain = new DatabaseSync(path, { readOnly: true })
  const scan = plain.prepare('SELECT seq, used_nano FROM samples WHERE series = ? AND seq >= ? AND seq <= ?')
  const each = Math.floor(samples / QUOTAS)
  const random = seeded(5)
  const times: { readonly ours: number; readonly scan: number }[] = []
  for (let round = 0; round < 200; round++) {
    const series = Math.floor(random() * QUOTAS)
    const since = START + Math.floor(random() * Math.max(1, each - MONTH_MINUTES)) * MINUTE_MS
    const until = since + MONTH_MINUTES * MINUTE_MS
    times.push({
      ours: timed(() => readMonth(store, series, since, until)),
      scan: timed(() => scan.all(series + 1, since, until)),
    })
  }
  store.close()
  plain.close()
  const [ours, other] = [p95(times.map((one) => one.ours)), p95(times.map((one) => one.scan))]
  return {
    bench: 'history-month',
    what: `p95 of a month of one quota as ${POINTS} points, out of ${(samples / 1e6).toFixed(1)} M samples`,
    figure: ms(ours),
    against: `${ms(other)}, reading the rows of the month with node:sqlite alone`,
    ratio: ours / other,
    budget: `${P95_BUDGET_MS} ms`,
    held: ours <= P95_BUDGET_MS,
  }
}

/** Throws when the month comes without its points: a fast wrong answer is no figure. */
function readMonth(store: HistoryStore, series: number, since: number, until: number): void {
  const each = QUOTAS / ACCOUNTS
  const [found] = store.series({
    account: `claude/user${Math.floor(series / each)}@example.com`,
    quota: `window.${series}`,
    since: epochMs(since),
    until: epochMs(until),
    points: POINTS,
  })
  if (found === undefined || found.points.length < 400) throw new Error('the month came back without its points')
}

function timed(work: () => void): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN
}
