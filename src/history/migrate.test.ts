import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../model/index.ts'
import { openDatabase } from './database.ts'
import { hasSoundSchema, MIGRATIONS, migrate, schemaVersion } from './migrate.ts'
import { SILENT, START, session, testHistory } from './testing.ts'

const RESET = START + 2 * HOUR_MS
const NEXT = [...MIGRATIONS, 'CREATE TABLE extra (id INTEGER PRIMARY KEY) STRICT; INSERT INTO extra VALUES (1)']

function used(path: string): ReturnType<typeof testHistory> {
  const history = testHistory({ path })
  history.poll([session(0.4, RESET)])
  history.store.close()
  return history
}

function withData(): string {
  const history = testHistory()
  history.poll([session(0.4, RESET)])
  history.store.close()
  return history.path
}

describe('migrate', () => {
  it('makes a copy first and then takes every step in one transaction (D12)', () => {
    const path = withData()
    const db = openDatabase(path)
    const copy = migrate(db, { now: START, log: SILENT, migrations: NEXT })
    expect(schemaVersion(db)).toBe(2)
    expect(db.all('SELECT * FROM extra')).toHaveLength(1)
    expect(db.all('SELECT * FROM samples')).toHaveLength(1)
    expect(copy).toBe(`${path}.schema-1-20261122T090000Z`)
    const old = openDatabase(copy ?? '', { readOnly: true })
    expect(schemaVersion(old)).toBe(1)
    expect(old.all('SELECT * FROM samples')).toHaveLength(1)
    expect(migrate(db, { now: START, log: SILENT, migrations: NEXT })).toBeNull()
  })

  it('leaves the old state when a step fails half way', () => {
    const db = openDatabase(withData())
    const broken = [...NEXT, 'CREATE TABLE later (id INTEGER); INSERT INTO nowhere VALUES (1)']
    expect(() => migrate(db, { now: START, log: SILENT, migrations: broken })).toThrow(/nowhere/)
    expect(schemaVersion(db)).toBe(1)
    expect(hasSoundSchema(db)).toBe(true)
    expect(db.all('SELECT * FROM samples')).toHaveLength(1)
  })

  it('makes no copy of a file that is new', () => {
    const { path, store } = testHistory()
    expect(readdirSync(dirname(path)).filter((name) => name.includes('schema'))).toEqual([])
    store.close()
  })
})

describe('a newer schema', () => {
  it('is shown and never touched (X126)', () => {
    const path = withData()
    const db = openDatabase(path)
    migrate(db, { now: START, log: SILENT, migrations: NEXT })
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
    const before = readFileSync(path)
    const { store, poll, clock } = testHistory({ path })
    expect(store.health()).toMatchObject({ state: 'read_only', why: expect.stringContaining('newer tokstat') })
    expect(poll([session(0.5, RESET)]).durable).toBe(false)
    store.maintain(clock.now())
    expect(() => store.purge('claude/user@example.com')).toThrow(/cannot be written/)
    expect([...store.samples({})].map((sample) => sample.usedRatio)).toEqual([0.4, 0.5])
    store.close()
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(dirname(path)).filter((name) => name.includes('damaged'))).toEqual([])
  })
})

describe('hasSoundSchema', () => {
  it('sees a column whose name changed', () => {
    const path = withData()
    const db = openDatabase(path)
    expect(hasSoundSchema(db)).toBe(true)
    db.exec('ALTER TABLE cycles RENAME COLUMN peak TO pebk')
    expect(hasSoundSchema(db)).toBe(false)
    db.close()
    const { store } = used(path)
    expect(store.health().notice).toMatch(/damaged/)
    expect(readdirSync(dirname(path)).some((name) => name.includes('damaged'))).toBe(true)
    const again = testHistory({ path })
    expect([...again.store.samples({})]).not.toEqual([])
    expect(again.store.cycles({}).map((cycle) => cycle.peakUsedRatio)).toContain(0.4)
  })
})
