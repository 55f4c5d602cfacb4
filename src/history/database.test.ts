import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../model/index.ts'
import { failureKind, openDatabase, requireSqlite } from './database.ts'
import { isNetworkType, preparePlace } from './place.ts'
import { sqliteError, temporaryPath } from './testing.ts'

function fresh(): { readonly path: string; readonly db: ReturnType<typeof openDatabase> } {
  const path = temporaryPath()
  expect(preparePlace(path)).toBeNull()
  return { path, db: openDatabase(path) }
}

describe('openDatabase', () => {
  it('applies every setting on its own connection and reads it back (D05)', () => {
    const { path, db } = fresh()
    for (const connection of [db, openDatabase(path)]) {
      const read = (name: string): unknown => Object.values(connection.get(`PRAGMA ${name}`) ?? {})[0]
      expect(read('journal_mode')).toBe('wal')
      expect(read('synchronous')).toBe(2)
      expect(read('busy_timeout')).toBe(5_000)
      expect(read('foreign_keys')).toBe(1)
      expect(read('auto_vacuum')).toBe(2)
      connection.close()
    }
  })

  it('makes the file, its WAL and its folder ours alone', () => {
    const { path, db } = fresh()
    db.exec('CREATE TABLE t (a)')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
  })

  it('rolls back what throws and lets the error out', () => {
    const { db } = fresh()
    db.exec('CREATE TABLE t (a)')
    expect(() =>
      db.tx(() => {
        db.run('INSERT INTO t VALUES (1)')
        throw new Error('half way')
      }),
    ).toThrow('half way')
    expect(db.all('SELECT * FROM t')).toEqual([])
    db.tx(() => db.run('INSERT INTO t VALUES (2)'))
    expect(db.arrays('SELECT a FROM t')).toEqual([[2]])
  })
})

describe('requireSqlite', () => {
  it('refuses libraries with the WAL-reset race (D08)', () => {
    expect(() => requireSqlite('3.51.2')).toThrow(AppError)
    expect(() => requireSqlite('3.7.17')).toThrow(/3.51.3/)
    for (const version of ['3.51.3', '3.51.4', '3.53.0', '4.0.0']) expect(() => requireSqlite(version)).not.toThrow()
  })
})

describe('failureKind', () => {
  it('calls only CORRUPT and NOTADB damage (D06)', () => {
    const kinds = Array.from({ length: 29 }, (_, code) => [code, failureKind(sqliteError(code))] as const)
    expect(kinds.filter(([, kind]) => kind === 'damaged').map(([code]) => code)).toEqual([11, 26])
    expect(kinds.filter(([, kind]) => kind === 'unwritable').map(([code]) => code)).toEqual([
      3, 5, 6, 8, 10, 13, 14, 15,
    ])
    expect(failureKind(sqliteError(11 | (1 << 8)))).toBe('damaged')
    expect(failureKind(sqliteError(266))).toBe('unwritable')
    expect(failureKind(new Error('ours'))).toBe('other')
  })
})

describe('isNetworkType', () => {
  it('knows NFS and SMB by their statfs type, signed or not (D19)', () => {
    expect([0x6969, 0x517b, 0xff534d42, -11317950].map(isNetworkType)).toEqual([true, true, true, true])
    expect([0xef53, 0x01021994, 0x9123683e].map(isNetworkType)).toEqual([false, false, false])
  })
})
