/** Histories to measure: what 50 quotas leave behind, recorded by the code the store records with. */
import { join } from 'node:path'
import { type Database, openDatabase } from '../src/history/database.ts'
import { loadState } from '../src/history/live-state.ts'
import { maintainFile } from '../src/history/maintain.ts'
import { migrate } from '../src/history/migrate.ts'
import { planCommit } from '../src/history/plan.ts'
import { rollSeries } from '../src/history/rollup.ts'
import { applyWrites, putSample } from '../src/history/writes.ts'
import { DAY_MS, DEFAULT_HISTORY_SETTINGS, epochMs, HOUR_MS, type Log, MINUTE_MS } from '../src/model/index.ts'
import { makeQuota, type Quota, ratiosFromUsed } from '../src/model/quota.ts'

export const START = Date.UTC(2026, 0, 1)
export const QUOTAS = 50
export const ACCOUNTS = 10
const WINDOW_MINUTES = 300
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Same numbers in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** How a quota's used share moves. `typical`: whole percents in working hours; `worst`: another value at each poll. */
export type Trace = 'typical' | 'worst'

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
export function liveThrough(db: Database, path: string, days: number, trace: Trace): number {
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

export function freshFile(folder: string, name: string): { readonly path: string; readonly db: Database } {
  const path = join(folder, name)
  const db = openDatabase(path)
  // Durability is measured by the kill test; here it would only measure the disk.
  db.exec('PRAGMA synchronous = OFF')
  migrate(db, { now: epochMs(START), log: SILENT })
  return { path, db }
}

export function fillSamples(db: Database, samples: number): void {
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
