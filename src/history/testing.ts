import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type EpochMs,
  epochMs,
  type HistoryCommit,
  type HistoryStore,
  type Log,
  makeQuota,
  type Quota,
  ratiosFromUsed,
} from '../model/index.ts'
import { type OpenHistoryOptions, openHistory } from './open.ts'

/** 2026-11-22T09:00:00Z */
export const START = epochMs(Date.UTC(2026, 10, 22, 9))

/** Time that a test moves by hand. */
export interface TestClock {
  now(): EpochMs
  monotonicMs(): number
  /** Both clocks move on. */
  advance(ms: number): void
  /** Only the wall clock moves, back too. */
  jump(ms: number): void
}

export function testClock(start: EpochMs = START): TestClock {
  let wall: number = start
  let monotonic = 0
  return {
    now: () => epochMs(wall),
    monotonicMs: () => monotonic,
    advance(ms) {
      wall += ms
      monotonic += ms
    },
    jump(ms) {
      wall += ms
    },
  }
}

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

export const ADA = { id: 'claude/user@example.com', provider: 'claude', name: 'user@example.com' }

/** A five-hour window with a used share. */
export function session(usedRatio: number | null, resetsAt: number | null, more: Partial<Quota> = {}): Quota {
  return makeQuota({
    id: 'session',
    label: 'Session',
    kind: 'window',
    windowSeconds: 18_000,
    ...ratiosFromUsed(usedRatio),
    resetsAt: resetsAt === null ? null : epochMs(resetsAt),
    ...more,
  })
}

export function commitOf(at: EpochMs, quotas: readonly Quota[], more: Partial<HistoryCommit> = {}): HistoryCommit {
  return { at, account: ADA, reading: { quotas, notes: [] }, observedAt: null, problem: null, ...more }
}

export interface TestHistory {
  readonly store: HistoryStore
  readonly clock: TestClock
  readonly path: string
  /** Records a reading now and moves the clock on. */
  poll(quotas: readonly Quota[], thenMs?: number): ReturnType<HistoryStore['record']>
  /** Closes and opens again, as after a restart. */
  reopened(options?: Partial<OpenHistoryOptions>): TestHistory
}

/** A folder that is gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-history-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function temporaryPath(): string {
  return join(temporaryFolder(), 'tokstat', 'history.db')
}

export function testHistory(options: Partial<OpenHistoryOptions> = {}, clock: TestClock = testClock()): TestHistory {
  const path = options.path ?? temporaryPath()
  const store = openHistory({ clock, log: SILENT, ...options, path })
  return {
    store,
    clock,
    path,
    poll(quotas, thenMs = 300_000) {
      const recorded = store.record(commitOf(clock.now(), quotas))
      clock.advance(thenMs)
      return recorded
    },
    reopened(again = {}) {
      store.close()
      return testHistory({ ...options, ...again, path }, clock)
    },
  }
}

/** An error as SQLite throws it. */
export function sqliteError(errcode: number): Error {
  return Object.assign(new Error(`injected ${errcode}`), { code: 'ERR_SQLITE_ERROR', errcode })
}
