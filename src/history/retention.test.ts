import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, plusMs } from '../model/index.ts'
import { openDatabase } from './database.ts'
import { usedBytes } from './retention.ts'
import { commitOf, START, session, type TestHistory, testHistory } from './testing.ts'

function settle(history: TestHistory): number {
  let calls = 0
  while (history.store.maintain(history.clock.now()).more && calls < 1_000) calls += 1
  return calls
}

/** One changing value every `stepMs` for `days`. */
function fill(history: TestHistory, days: number, stepMs: number): void {
  for (let step = 0; step * stepMs < days * DAY_MS; step++) {
    const reset = START + (Math.floor((step * stepMs) / DAY_MS) + 1) * DAY_MS
    history.poll([session((step % 97) / 97, reset, { windowSeconds: 86_400 })], stepMs)
  }
}

describe('retention', () => {
  it('forgets raw samples by age, keeps roll-ups and cycles longer, and forgets those in the end (D17)', () => {
    const history = testHistory({ settings: { rawRetentionMs: 3 * DAY_MS, rollupRetentionMs: 20 * DAY_MS } })
    fill(history, 10, HOUR_MS)
    settle(history)
    const { store, clock } = history
    const samples = [...store.samples({})]
    expect(samples.length).toBeGreaterThan(60)
    expect(samples.every((sample) => sample.at >= plusMs(clock.now(), -3 * DAY_MS))).toBe(true)
    expect(store.rollups({ span: 'hour' })).toHaveLength(240)
    expect(store.rollups({ span: 'day' })[0]?.startsAt).toBeLessThanOrEqual(START)
    const points = store.series({ points: 10_000 })[0]?.points ?? []
    expect(points[0]?.at).toBe(START)
    expect(points.filter((point) => point.reset).length).toBeGreaterThanOrEqual(8)
    clock.advance(30 * DAY_MS)
    settle(history)
    expect(store.rollups({ span: 'hour' })).toEqual([])
    expect(store.cycles({}).map((cycle) => cycle.endedAt)).toEqual([null])
    expect([...store.samples({})]).toHaveLength(1)
  })

  it('never forgets a raw sample that is not rolled up yet', () => {
    const history = testHistory({ settings: { rawRetentionMs: HOUR_MS } })
    fill(history, 1, 30 * MINUTE_MS)
    history.clock.advance(10 * DAY_MS)
    settle(history)
    const [day, ...more] = history.store.rollups({ span: 'day' }).map((rollup) => rollup.count)
    expect((day ?? 0) + more.reduce((sum, count) => sum + count, 0)).toBe(48)
  })

  it('keeps the file under its size, oldest first, and gives the room back (D17)', () => {
    const maxBytes = 300_000
    const history = testHistory({ settings: { maxBytes } })
    const db = openDatabase(history.path)
    db.close()
    history.store.record(commitOf(START, [session(0, null)]))
    const raw = openDatabase(history.path)
    raw.tx(() => {
      for (let index = 1; index < 30_000; index++) {
        raw.run(
          'INSERT INTO samples VALUES (1, ?, 0, ?, NULL, NULL, NULL, NULL, NULL, 0)',
          START + index * 60_000,
          index * 1_000,
        )
      }
    })
    raw.close()
    history.clock.advance(30_000 * 60_000)
    settle(history)
    const left = [...history.store.samples({})]
    history.store.close()
    const after = openDatabase(history.path)
    expect(usedBytes(after)).toBeLessThanOrEqual(maxBytes)
    expect(Number(Object.values(after.get('PRAGMA page_count') ?? {})[0]) * 4_096).toBeLessThan(2 * maxBytes)
    expect(left.length).toBeGreaterThan(100)
    expect(left.at(-1)?.at).toBe(START + 29_999 * 60_000)
    expect(left[0]?.at).toBeGreaterThan(START + 10_000 * 60_000)
    after.close()
  })

  it('does a bounded piece of work a call and says that there is more', () => {
    const history = testHistory()
    history.store.record(commitOf(START, [session(0, null)]))
    const raw = openDatabase(history.path)
    raw.tx(() => {
      for (let index = 1; index < 10_000; index++) {
        raw.run(
          'INSERT INTO samples VALUES (1, ?, 0, ?, NULL, NULL, NULL, NULL, NULL, 0)',
          START + index * 1_000,
          index,
        )
      }
    })
    raw.close()
    const first = history.store.maintain(history.clock.now())
    expect(first.more).toBe(true)
    expect(first.rolledUp).toBeLessThanOrEqual(2_001)
    expect(settle(history)).toBeGreaterThan(2)
    expect(history.store.rollups({ span: 'hour' }).reduce((sum, rollup) => sum + rollup.count, 0)).toBe(10_000)
  })

  it('keeps the WAL small while recording and cuts it at the end (D09)', () => {
    const history = testHistory()
    fill(history, 40, HOUR_MS)
    settle(history)
    expect(history.store.stats().walBytes).toBeLessThan(9 * 1024 * 1024)
    history.store.close()
    expect(history.store.stats().walBytes).toBe(0)
  })
  it('does not wait for a reader that holds the WAL, and cuts it once the reader is gone (D09)', () => {
    const history = testHistory()
    history.store.record(commitOf(START, [session(0, null)]))
    const reader = openDatabase(history.path, { readOnly: true })
    reader.exec('BEGIN')
    reader.all('SELECT * FROM samples')
    const raw = openDatabase(history.path)
    raw.exec('CREATE TABLE filler (text TEXT)')
    raw.tx(() => {
      for (let index = 0; index < 3_000; index++) raw.run('INSERT INTO filler VALUES (?)', 'x'.repeat(4_000))
    })
    expect(history.store.maintain(history.clock.now()).walBytes).toBeGreaterThan(8 * 1024 * 1024)
    expect(history.store.health().state).toBe('ok')
    expect(history.poll([session(0.1, null)]).durable).toBe(true)
    reader.close()
    expect(history.store.maintain(history.clock.now()).walBytes).toBe(0)
    raw.close()
  })
})
