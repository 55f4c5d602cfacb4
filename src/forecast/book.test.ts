import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHistory } from '../history/open.ts'
import { ADA, SILENT, START, session, testClock } from '../history/testing.ts'
import type { AccountState } from '../model/account.ts'
import type { HistoryStore } from '../model/history.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { epochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts'
import { type ForecastBook, openForecastBook } from './book.ts'

const WINDOW_MS = 5 * HOUR_MS

function machine() {
  const clock = testClock()
  const path = join(mkdtempSync(join(tmpdir(), 'tokstat-forecast-')), 'history.db')
  const history = openHistory({ path, clock, log: SILENT })
  return { clock, history, path, book: openForecastBook({ history, log: SILENT }) }
}

/** One reading of a five-hour window, written down and followed. */
function read(history: HistoryStore, book: ForecastBook, at: number, usedRatio: number, resetsAt: number): void {
  const quotas = [session(usedRatio, resetsAt)]
  const observedAt = epochMs(at)
  const { events } = history.record({
    at: observedAt,
    account: ADA,
    reading: { quotas, notes: [] },
    observedAt,
    problem: null,
  })
  const state: AccountState = {
    account: { ...ADA, email: null, source: 'claude-code', sources: [], enabled: true, active: false, activeFor: [] },
    attempt: { at: observedAt, tookMs: 1, problem: null },
    reading: { identity: UNKNOWN_IDENTITY, plan: null, quotas, notes: [], observedAt: null, via: 'test' },
    observedAt,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: 900_000,
  }
  book.follow(state, events)
}

/** A whole window used evenly up to `used`, read every ten minutes. */
function live(history: HistoryStore, book: ForecastBook, start: number, used: number): void {
  for (let at = 0; at < WINDOW_MS; at += 10 * MINUTE_MS) {
    read(history, book, start + at, (used * at) / WINDOW_MS, start + WINDOW_MS)
  }
}

describe('the forecast book', () => {
  it('is silent at first, then says when an even burn runs out', () => {
    const { history, book } = machine()
    read(history, book, START, 0, START + WINDOW_MS)
    expect(book.lookup(ADA.id, 'session')).toBeNull()
    for (let minutes = 10; minutes <= 120; minutes += 10) {
      read(history, book, START + minutes * MINUTE_MS, minutes / 200, START + WINDOW_MS)
    }
    const forecast = book.lookup(ADA.id, 'session')
    expect(forecast).toMatchObject({ account: ADA.id, quota: 'session', pace: { word: 'in_deficit' } })
    // 60 % in two hours: the rest is gone 80 minutes later, long before the reset.
    expect(Math.abs(Date.parse(forecast?.exhaustsAt ?? '') - (START + 200 * MINUTE_MS))).toBeLessThan(15 * MINUTE_MS)
    expect(forecast?.probabilityBeforeReset).toBeGreaterThan(0.8)
  })

  it('grades what it said when the window ends, and remembers the grades after a restart', () => {
    const { history, book, clock, path } = machine()
    live(history, book, START, 0.5)
    expect(book.score(ADA.id, 'session')).toBeNull()
    live(history, book, START + WINDOW_MS, 0.5)
    const score = book.score(ADA.id, 'session')
    expect(score?.count).toBeGreaterThan(0)
    expect(score?.brier).toBeLessThan(0.25)
    history.close()
    const again = openForecastBook({ history: openHistory({ path, clock, log: SILENT }), log: SILENT })
    expect(again.score(ADA.id, 'session')).toEqual(score)
  })

  it('forgets a quota that a reading no longer names', () => {
    const { history, book } = machine()
    live(history, book, START, 0.9)
    expect(book.lookup(ADA.id, 'session')).not.toBeNull()
    const at = epochMs(START + WINDOW_MS - MINUTE_MS)
    book.follow(
      {
        account: {
          ...ADA,
          email: null,
          source: 'claude-code',
          sources: [],
          enabled: true,
          active: false,
          activeFor: [],
        },
        attempt: { at, tookMs: 1, problem: null },
        reading: { identity: UNKNOWN_IDENTITY, plan: null, quotas: [], notes: [], observedAt: null, via: 'test' },
        observedAt: at,
        nextPollAt: null,
        blocks: [],
        staleAfterMs: 900_000,
      },
      [],
    )
    expect(book.lookup(ADA.id, 'session')).toBeNull()
  })
})
