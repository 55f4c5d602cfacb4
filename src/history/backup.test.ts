import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AppError, HOUR_MS } from '../model/index.ts'
import { backUp, verifyBackup } from './backup.ts'
import { openDatabase } from './database.ts'
import { START, session, temporaryFolder, testHistory } from './testing.ts'

const RESET = START + 2 * HOUR_MS

function target(): string {
  return join(temporaryFolder(), 'copy.db')
}

describe('backup', () => {
  it('copies what is committed, also what is only in the WAL, while recording goes on (D21)', async () => {
    const { store, poll } = testHistory()
    for (let index = 0; index < 50; index++) poll([session(index / 100, RESET)])
    const path = target()
    const copying = store.backup(path)
    for (let index = 50; index < 80; index++) poll([session(index / 100, RESET)])
    const report = await copying
    expect(report.samples).toBeGreaterThanOrEqual(50)
    expect(report).toMatchObject({ path, cycles: report.cycles, bytes: statSync(path).size })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(path)), 'no file of SQLite stays beside it').toEqual(['copy.db'])
    const restored = testHistory({ path })
    expect([...restored.store.samples({})]).toHaveLength(report.samples)
    expect(restored.store.cycles({})[0]).toMatchObject({ endedAt: null })
    expect(restored.store.health()).toEqual({ state: 'ok', notice: null })
  })

  it('copies what is committed while its own connection is in the middle of a write', async () => {
    const { store, poll, path: source } = testHistory()
    poll([session(0.1, RESET)])
    store.close()
    const db = openDatabase(source)
    onTestFinished(() => db.close())
    db.exec('BEGIN IMMEDIATE')
    db.run('DELETE FROM samples')
    const report = await backUp(db, target())
    db.exec('ROLLBACK')
    expect(report.samples).toBe(1)
  })

  it('never overwrites a file, and leaves no half copy behind', async () => {
    const { store, poll } = testHistory()
    poll([session(0.1, RESET)])
    const folder = temporaryFolder()
    const taken = join(folder, 'taken.db')
    writeFileSync(taken, 'mine')
    await expect(store.backup(taken)).rejects.toMatchObject({ exitCode: 4, code: 'backup_exists' })
    await expect(store.backup(join(taken, 'below.db'))).rejects.toThrow(AppError)
    await expect(store.backup(join(folder, 'absent', 'below.db'))).rejects.toMatchObject({ code: 'backup_failed' })
    expect(readdirSync(folder)).toEqual(['taken.db'])
  })

  it('is refused with a reason when there is no file', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'way'), '')
    const { store } = testHistory({ path: join(folder, 'way', 'history.db') })
    await expect(store.backup(target())).rejects.toMatchObject({ code: 'history_unavailable' })
  })
})

describe('verifyBackup', () => {
  it('finds a copy that is no history', async () => {
    const { store, poll } = testHistory()
    poll([session(0.1, RESET)])
    const path = target()
    await store.backup(path)
    expect(verifyBackup(path).samples).toBe(1)
    writeFileSync(`${path}.empty`, '')
    expect(() => verifyBackup(`${path}.empty`)).toThrow(/not a sound copy/)
    expect(existsSync(`${path}.partial`)).toBe(false)
  })

  it.each([
    ['a text', 'this is a letter, not a history', 'is not a sound copy'],
    ['a file that is not there', null, 'There is no file'],
  ])('says of %s what it is, and what to do', async (_, content, words) => {
    const path = join(temporaryFolder(), 'other.db')
    if (content !== null) writeFileSync(path, content)
    expect(() => verifyBackup(path)).toThrow(AppError)
    expect(() => verifyBackup(path)).toThrow(words)
  })
})
