/**
 * The two budgets of the history: how large a year of 50 quotas polled each minute is, and how fast a month of one
 * quota comes as 500 points out of 10 million samples (against reading the month's rows with plain node:sqlite).
 *
 *   node bench/history.ts [--quick]      --quick: 14 days instead of a year, 2.2 million samples instead of 10
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Database, openDatabase } from '../src/history/database.ts'
import { loadState } from '../src/history/live-state.ts'
import { maintainFile } from '../src/history/maintain.ts'
import { migrate } from '../src/history/migrate.ts'
import { openHistory } from '../src/history/open.ts'
import { planCommit } from '../src/history/plan.ts'
import { rollSeries } from '../src/history/rollup.ts'
import { applyWrites, putSample } from '../src/history/writes.ts'
import { DAY_MS, DEFAULT_HISTORY_SETTINGS, epochMs, HOUR_MS, type Log, MINUTE_MS } from '../src/model/index.ts'
import { makeQuota, type Quota, ratiosFromUsed } from '../src/model/quota.ts'

export interface BenchLine {
  readonly what: string
  readonly figure: string
  readonly budget: string
  readonly held: boolean
}

const START = Date.UTC(2026, 0, 1)
const QUOTAS = 50
const ACCOUNTS = 10
const WINDOW_MINUTES = 300
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** How a quota's used share moves. `typical`: whole percents in working hours; `worst`: another value at each poll. */
type Trace = 'typical' | 'worst'

function traced(trace: Trace, random: () => number): (quota: number, minute: number) => Quota {
  const used = new Array<number>(QUOTAS).fill(0)
  return (quota, minute) => {
    const offset = (quota * 17) % WINDOW_MINUTES
    const inWindow = (minute + offset) % WINDOW_MINUTES
    if (inWindow === 0) used[quota] = 0
    const hour = Math.floor(minute / 60) % 24
    const works = trace === 'worst' || (hour >= 8 && hour < 20 && random() < 0.3)
    if (works) used[quota] = Math.min(1, (used[quota] ?? 0) + random() * (trace === 'worst' ? 0.004 : 0.02))
    const exact = used[quota] ?? 0
    return makeQuota({
      id: `window.${quota}`,
      label: `Window ${quota}`,
      kind: 'window',
      windowSeconds: WINDOW_MINUTES * 60,
      resetsAt: epochMs(START + (minute - inWindow + WINDOW_MINUTES) * MINUTE_MS),
      ...ratiosFromUsed(trace === 'worst' ? exact - random() * 1e-6 : Math.round(exact * 100) / 100),
    })
  }
}

/** Polls every minute for so many days with the code the store records with, a day a transaction. */
function liveThrough(db: Database, path: string, days: number, trace: Trace): number {
  const state = loadState(db)
  const quotaAt = traced(trace, seeded(7))
  let stored = 0
  for (let day = 0; day < days; day++) {
    db.tx(() => {
      for (let minute = day * 1_440; minute < (day + 1) * 1_440; minute++) stored += pollAll(db, state, quotaAt, minute)
    })
    const now = epochMs(START + (day + 1) * DAY_MS)
    const options = { now, settings: DEFAULT_HISTORY_SETTINGS, log: SILENT, path }
    for (let more = true; more; ) more = maintainFile(db, options).more
  }
  return stored
}

function pollAll(
  db: Database,
  state: ReturnType<typeof loadState>,
  quotaAt: (quota: number, minute: number) => Quota,
  minute: number,
): number {
  let stored = 0
  for (let account = 0; account < ACCOUNTS; account++) {
    const quotas = Array.from({ length: QUOTAS / ACCOUNTS }, (_, index) =>
      quotaAt(account * (QUOTAS / ACCOUNTS) + index, minute),
    )
    const name = `user${account}@example.com`
    const commit = {
      at: epochMs(START + minute * MINUTE_MS + account * 37),
      account: { id: `claude/${name}`, provider: 'claude', name },
      reading: { quotas, notes: [] },
      observedAt: null,
      problem: null,
    }
    const plan = planCommit(state, commit, HOUR_MS)
    applyWrites(db, plan.writes)
    plan.adopt()
    stored += plan.stored
  }
  return stored
}

function freshFile(folder: string, name: string): { readonly path: string; readonly db: Database } {
  const path = join(folder, name)
  const db = openDatabase(path)
  // Durability is measured by the kill test; here it would only measure the disk.
  db.exec('PRAGMA synchronous = OFF')
  migrate(db, { now: epochMs(START), log: SILENT })
  return { path, db }
}

function sizeOfYear(folder: string, days: number, trace: Trace): BenchLine {
  const { path, db } = freshFile(folder, `${trace}.db`)
  const stored = liveThrough(db, path, days, trace)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  const megabytes = statSync(path).size / 1e6
  const polls = days * 1_440 * QUOTAS
  return {
    what: `${days} days of ${QUOTAS} quotas each minute, ${trace}: ${polls} readings, ${stored} samples stored`,
    figure: `${megabytes.toFixed(1)} MB`,
    budget: '100 MB',
    held: megabytes <= 100,
  }
}

const MONTH_MINUTES = 43_200

function fillSamples(db: Database, samples: number): void {
  const state = loadState(db)
  const quotaAt = traced('typical', seeded(3))
  pollAll(db, state, quotaAt, 0)
  const each = Math.floor(samples / QUOTAS)
  const random = seeded(11)
  for (let series = 1; series <= QUOTAS; series++) {
    db.tx(() => {
      for (let minute = 1; minute <= each; minute++) {
        const at = START + minute * MINUTE_MS
        const usedRatio = ((minute % WINDOW_MINUTES) + random()) / (WINDOW_MINUTES + 1)
        const facts = { used: null, limit: null, remaining: null, usedRatio, remainingRatio: null, resetsAt: null }
        const sample = { ...facts, unlimited: false, inferred: false, remainingRatio: 1 - usedRatio }
        putSample(db, { series, seq: at, at: epochMs(at), facts: sample })
      }
    })
    for (let more = true; more; ) more = db.tx(() => rollSeries(db, series, 20_000, HOUR_MS)) > 0
  }
}

function speedOfMonth(folder: string, samples: number): BenchLine {
  const { path, db } = freshFile(folder, 'many.db')
  fillSamples(db, samples)
  db.close()
  const clock = { now: () => epochMs(START), monotonicMs: () => 0 }
  const store = openHistory({ path, clock, log: SILENT })
  const each = Math.floor(samples / QUOTAS)
  const random = seeded(5)
  const times: number[] = []
  for (let round = 0; round < 200; round++) {
    const account = `claude/user${Math.floor(random() * ACCOUNTS)}@example.com`
    const quota = store.series({ account, points: 1, until: epochMs(0) })[Math.floor(random() * 5)]?.quota
    const since = epochMs(START + Math.floor(random() * Math.max(1, each - MONTH_MINUTES)) * MINUTE_MS)
    const began = performance.now()
    const [series] = store.series({
      account,
      quota,
      since,
      until: epochMs(since + MONTH_MINUTES * MINUTE_MS),
      points: 500,
    })
    times.push(performance.now() - began)
    if (series === undefined || series.points.length < 400) throw new Error('the month came back without its points')
  }
  store.close()
  const plain = plainScan(path, each)
  const p95 = percentile(times, 0.95)
  return {
    what: `a month of one quota to 500 points from ${each * QUOTAS} samples (plain scan of its rows: ${plain.toFixed(1)} ms)`,
    figure: `p95 ${p95.toFixed(1)} ms, median ${percentile(times, 0.5).toFixed(1)} ms, ${(p95 / plain).toFixed(2)} × the scan`,
    budget: 'p95 20 ms',
    held: p95 <= 20,
  }
}

/** Median of reading one month's rows, nothing else, with node:sqlite. */
function plainScan(path: string, each: number): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const statement = db.prepare('SELECT seq, used_nano FROM samples WHERE series = ? AND seq >= ? AND seq <= ?')
  const times: number[] = []
  for (let round = 0; round < 20; round++) {
    const since = START + Math.floor(((each - MONTH_MINUTES) * round) / 20) * MINUTE_MS
    const began = performance.now()
    statement.all(1 + round, since, since + MONTH_MINUTES * MINUTE_MS)
    times.push(performance.now() - began)
  }
  db.close()
  return percentile(times, 0.5)
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Runs all of it in a temporary folder. */
export function benchHistory(options: { readonly quick: boolean }): readonly BenchLine[] {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-bench-history-'))
  try {
    const days = options.quick ? 14 : 365
    return [
      sizeOfYear(folder, days, 'typical'),
      sizeOfYear(folder, days, 'worst'),
      speedOfMonth(folder, options.quick ? 2_200_000 : 10_000_000),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const lines = benchHistory({ quick: process.argv.includes('--quick') })
  for (const line of lines)
    console.log(`${line.held ? 'ok  ' : 'OVER'} ${line.figure} (budget ${line.budget}): ${line.what}`)
  if (lines.some((line) => !line.held)) process.exitCode = 1
}
