import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, plusMs, SECOND_MS } from '../model/index.ts'
import { type Database, openDatabase } from './database.ts'
import {
  ADA,
  commitOf,
  SILENT,
  START,
  session,
  sqliteError,
  temporaryFolder,
  temporaryPath,
  testClock,
  testHistory,
} from './testing.ts'

const RESET = START + 2 * HOUR_MS
const used = (store: { samples(query: object): Iterable<{ usedRatio: number | null }> }): (number | null)[] =>
  [...store.samples({})].map((sample) => sample.usedRatio)

/** A connection whose transactions fail with `code()` while that is not null. */
function failing(code: () => number | null): typeof openDatabase {
  return (path, options) => {
    const db = openDatabase(path, options)
    const tx: Database['tx'] = (work) => {
      const errcode = code()
      if (errcode !== null) throw sqliteError(errcode)
      return db.tx(work)
    }
    return { ...db, tx }
  }
}

describe('a full disk', () => {
  it('keeps the monitor alive in memory, says so, loses nothing, and resumes by itself (D02)', () => {
    let pages: number | null = null
    let connection: Database | null = null
    const open: typeof openDatabase = (path, options) => {
      connection = openDatabase(path, options)
      return connection
    }
    const { store, poll, clock, reopened } = testHistory({ open })
    const limit = (to: number): void => connection?.exec(`PRAGMA max_page_count = ${to}`)
    let n = 0
    const next = (): boolean => {
      n += 1
      return poll([session(n / 10_000, RESET)], 20 * SECOND_MS).durable
    }
    for (let index = 0; index < 5; index++) expect(next()).toBe(true)
    pages = Number(Object.values((connection as Database | null)?.get('PRAGMA page_count') ?? {})[0])
    limit(pages)
    let waited = 0
    while (waited < 20 && n < 5_000) if (!next()) waited += 1
    expect(waited).toBe(20)
    expect(store.health()).toMatchObject({ state: 'memory', why: expect.stringContaining('disk is full') })
    expect(store.stats().waiting).toBeGreaterThan(0)
    const all = Array.from({ length: n }, (_, index) => (index + 1) / 10_000)
    expect(used(store)).toEqual(all)
    expect(store.series({ points: 10_000 })[0]?.points).toHaveLength(n)
    limit(1_000_000)
    clock.advance(11 * SECOND_MS)
    expect(next()).toBe(true)
    expect(store.health().state).toBe('ok')
    expect(store.stats().waiting).toBe(0)
    expect(used(reopened({ open: openDatabase }).store)).toEqual([...all, n / 10_000])
  })

  it('keeps alerts and messages that were decided meanwhile', () => {
    let full = false
    const { store, clock, reopened } = testHistory({ open: failing(() => (full ? 13 : null)) })
    full = true
    store.record(commitOf(clock.now(), [session(0.9, RESET)]), (tx) => {
      tx.putAlertState('k', clock.now(), { at: 1 })
      tx.logAlert({ id: 'a', at: clock.now(), account: ADA.id, body: 1 })
      tx.enqueue({ id: 'm', channel: 'ops', createdAt: START, dueAt: START, attempts: 0, error: null, body: 1 })
    })
    expect(store.pending(START, 5)).toHaveLength(1)
    expect(store.alertLog({ limit: 5 })).toHaveLength(1)
    expect(store.cycles({})).toHaveLength(1)
    full = false
    clock.advance(11 * SECOND_MS)
    store.maintain(clock.now())
    const again = reopened()
    expect(again.store.pending(START, 5)).toHaveLength(1)
    expect(again.store.alertLog({ limit: 5 })).toHaveLength(1)
    again.store.transact((tx) => expect(tx.alertState('k')).toEqual({ at: 1 }))
  })

  it('at any statement of a reading leaves all of it or nothing, and loses nothing (X115)', () => {
    for (let position = 0; position < 12; position++) {
      let countdown = Number.POSITIVE_INFINITY
      const open: typeof openDatabase = (path, options) => {
        const db = openDatabase(path, options)
        const run: Database['run'] = (sql, ...values) => {
          countdown -= 1
          if (countdown < 0) throw sqliteError(13)
          return db.run(sql, ...values)
        }
        return { ...db, run }
      }
      const { store, poll, clock, path, reopened } = testHistory({ open })
      poll([session(0.1, RESET), session(0.1, RESET, { id: 'weekly' })])
      countdown = position
      const { durable } = store.record(
        commitOf(clock.now(), [session(0.2, RESET), session(0.2, RESET, { id: 'weekly' })]),
        (tx) => {
          tx.putAlertState('k', clock.now(), 1)
          tx.logAlert({ id: 'a', at: clock.now(), account: ADA.id, body: 1 })
        },
      )
      const onDisk = openDatabase(path, { readOnly: true })
      const rows = ['samples', 'alert_state', 'alert_log'].map((table) => onDisk.all(`SELECT * FROM ${table}`).length)
      onDisk.close()
      expect(rows).toEqual(durable ? [4, 1, 1] : [2, 0, 0])
      countdown = Number.POSITIVE_INFINITY
      clock.advance(11 * SECOND_MS)
      store.maintain(clock.now())
      expect(store.health().state).toBe('ok')
      const again = reopened()
      expect(used(again.store)).toEqual([0.1, 0.2, 0.1, 0.2])
      expect(again.store.alertLog({ limit: 9 })).toHaveLength(1)
      again.store.close()
    }
  })

  it('holds a day of samples at most, and counts what it gave up', () => {
    let full = true
    const { store, poll, clock } = testHistory({ open: failing(() => (full ? 13 : null)), mostWaiting: 50 })
    for (let index = 0; index < 100; index++) poll([session(index / 1_000, RESET + DAY_MS)], 60 * SECOND_MS)
    expect(used(store).at(-1)).toBe(0.099)
    expect(store.stats().dropped).toBeGreaterThan(0)
    const kept = used(store).length
    expect(kept).toBeLessThanOrEqual(50)
    clock.advance(DAY_MS + HOUR_MS)
    poll([session(0.5, RESET + 3 * DAY_MS)], 11 * SECOND_MS)
    expect(used(store)).toEqual([0.5])
    full = false
    poll([session(0.6, RESET + 3 * DAY_MS)])
    expect(store.health().state).toBe('ok')
    expect(used(store)).toEqual([0.5, 0.6])
  })
})

describe('a place that cannot be used', () => {
  it('is named with what to do, and taken into use when it can be (D03)', () => {
    const folder = temporaryFolder()
    const blocked = join(folder, 'tokstat')
    writeFileSync(blocked, 'a file in the way')
    const path = join(blocked, 'history.db')
    const { store, poll, clock, reopened } = testHistory({ path })
    expect(store.health()).toMatchObject({
      state: 'memory',
      why: expect.stringMatching(/tokstat.*(file is in the way|mode)/),
    })
    expect(poll([session(0.1, RESET)]).durable).toBe(false)
    poll([session(0.2, RESET)])
    expect(used(store)).toEqual([0.1, 0.2])
    expect(readFileSync(blocked, 'utf8')).toBe('a file in the way')
    rmSync(blocked)
    clock.advance(11 * SECOND_MS)
    expect(poll([session(0.3, RESET)]).durable).toBe(true)
    expect(used(reopened().store)).toEqual([0.1, 0.2, 0.3])
  })

  it('gives what waited the right names when the file that appears knows other accounts', () => {
    const bob = { ...ADA, id: 'claude/bob', name: 'bob' }
    const earlier = testHistory()
    earlier.store.record(commitOf(START, [session(0.7, RESET)], { account: bob }))
    earlier.store.close()
    let locked = true
    const open: typeof openDatabase = (path, options) => {
      if (locked) throw sqliteError(5)
      return openDatabase(path, options)
    }
    const { store, poll, clock, reopened } = testHistory({ path: earlier.path, open })
    poll([session(0.1, RESET)], 11 * SECOND_MS)
    locked = false
    store.record(commitOf(clock.now(), [session(0.8, RESET)], { account: bob }))
    const samples = [...reopened().store.samples({})].map((sample) => [sample.account, sample.usedRatio])
    expect(samples).toEqual([
      [bob.id, 0.7],
      [bob.id, 0.8],
      [ADA.id, 0.1],
    ])
  })
})

describe('a file that can only be read', () => {
  it('stays visible, takes nothing, and is written again when it can be', () => {
    const first = testHistory()
    first.poll([session(0.1, RESET)])
    first.store.close()
    let readOnly = true
    const open: typeof openDatabase = (path, options) => {
      if (readOnly && options?.readOnly !== true) throw sqliteError(8)
      return openDatabase(path, options)
    }
    const { store, poll, clock, reopened } = testHistory({ path: first.path, open }, first.clock)
    expect(store.health()).toMatchObject({ state: 'memory', why: expect.stringContaining('cannot be written') })
    expect(poll([session(0.2, RESET)], 11 * SECOND_MS).durable).toBe(false)
    expect(used(store)).toEqual([0.1, 0.2])
    store.maintain(clock.now())
    expect(store.health()).toMatchObject({ state: 'memory', since: START + 300_000 })
    expect(used(store)).toEqual([0.1, 0.2])
    readOnly = false
    clock.advance(11 * SECOND_MS)
    expect(poll([session(0.3, RESET)]).durable).toBe(true)
    expect(used(reopened().store)).toEqual([0.1, 0.2, 0.3])
  })
})

describe('a lock that another program holds', () => {
  it('queues what comes and writes it when the lock is gone (D04)', () => {
    const open: typeof openDatabase = (path, options) => openDatabase(path, { ...options, busyTimeoutMs: 50 })
    const { store, poll, path, clock } = testHistory({ open })
    poll([session(0.1, RESET)])
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    expect(poll([session(0.2, RESET)], SECOND_MS).durable).toBe(false)
    expect(store.health()).toMatchObject({ state: 'memory', why: expect.stringContaining('lock') })
    other.exec('ROLLBACK')
    other.close()
    clock.advance(10 * SECOND_MS)
    expect(poll([session(0.3, RESET)]).durable).toBe(true)
    expect(used(store)).toEqual([0.1, 0.2, 0.3])
  })
})

describe('errors of the file', () => {
  it('never set a file aside unless it is damaged (D06)', () => {
    for (const code of [3, 5, 6, 8, 10, 13, 14, 15]) {
      let now: number | null = null
      const { poll, path, store } = testHistory({ open: failing(() => now) })
      poll([session(0.1, RESET)])
      now = code
      expect(poll([session(0.2, RESET)]).durable).toBe(false)
      expect(readdirSync(dirname(path)).filter((name) => name.includes('damaged'))).toEqual([])
      expect(store.health().state).toBe('memory')
    }
  })

  it('lets a bug of ours out instead of hiding it as a disk failure', () => {
    let now: number | null = null
    const { poll } = testHistory({ open: failing(() => now) })
    now = 1
    expect(() => poll([session(0.2, RESET)])).toThrow('injected 1')
  })
})

describe('a damaged file', () => {
  function damaged(bytes: (content: Buffer) => Buffer): ReturnType<typeof testHistory> {
    const first = testHistory()
    for (let index = 0; index < 2_000; index++)
      first.store.record(commitOf(plusMs(START, index * 60_000), [session(index / 2_000, null)]))
    first.store.close()
    writeFileSync(first.path, bytes(readFileSync(first.path)))
    return testHistory({ path: first.path }, testClock(plusMs(START, 3 * DAY_MS)))
  }

  it('is kept under a new name, its readable rows are saved, and the monitor goes on (D01)', () => {
    const { store, poll, path } = damaged((content) => {
      const middle = Math.floor((content.length * 0.8) / 4_096) * 4_096
      return Buffer.concat([content.subarray(0, middle), Buffer.alloc(4_096, 0xa5), content.subarray(middle + 4_096)])
    })
    // The damage shows when the broken page is read.
    const seen = used(store).length
    for (let more = true; more; ) more = store.maintain(plusMs(START, 3 * DAY_MS)).more
    expect(readdirSync(dirname(path)).filter((name) => /^history\.db\.damaged-\d{8}T\d{6}Z$/.test(name))).toHaveLength(
      1,
    )
    expect(store.health()).toMatchObject({ state: 'ok', notice: expect.stringContaining('damaged') })
    expect(poll([session(0.5, RESET)]).durable).toBe(true)
    const saved = used(store).length
    expect(seen).toBeLessThanOrEqual(2_000)
    expect(saved).toBeGreaterThan(1_500)
    expect(saved).toBeLessThan(2_001)
  })

  it('is replaced when it is no database at all, and what it was stays byte for byte', () => {
    const garbage = Buffer.from('this was a history once '.repeat(500))
    const { store, poll, path } = damaged(() => garbage)
    expect(store.health().state).toBe('ok')
    expect(poll([session(0.5, RESET)]).durable).toBe(true)
    const aside = readdirSync(dirname(path)).find((name) => name.includes('damaged'))
    expect(readFileSync(join(dirname(path), aside ?? '')).equals(garbage)).toBe(true)
  })

  it('never stops the program, whatever bytes are flipped (X114)', () => {
    const first = testHistory()
    for (let index = 0; index < 300; index++) first.poll([session(index / 300, null)])
    first.store.maintain(first.clock.now())
    first.store.close()
    const content = readFileSync(first.path)
    let state = 12_345
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state % below
    }
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(content)
      for (let flips = 1 + random(64); flips > 0; flips--) {
        const at = random(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
      }
      const path = temporaryPath()
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
      const { store, poll } = testHistory({ path }, testClock(plusMs(START, 5 * DAY_MS)))
      for (let calls = 0; calls < 10 && store.maintain(plusMs(START, 5 * DAY_MS)).more; calls++);
      used(store)
      store.series({ points: 100 })
      poll([session(0.5, RESET)])
      expect(used(store)).toContain(0.5)
      store.close()
      const names = readdirSync(dirname(path))
      expect(names.length).toBeGreaterThan(0)
      expect(existsSync(path)).toBe(true)
    }
  })
})

describe('a file that was removed while we ran', () => {
  it('is begun anew, with what is live', () => {
    const { store, poll, path, clock, reopened } = testHistory()
    poll([session(0.1, RESET)])
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    store.maintain(clock.now())
    expect(store.health()).toMatchObject({ state: 'ok', notice: expect.stringContaining('removed') })
    poll([session(0.2, RESET)])
    expect(used(reopened({ log: SILENT }).store)).toEqual([0.2])
  })
})
