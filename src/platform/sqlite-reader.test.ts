import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from './clock.ts'
import { createRowReader, type RowQuery } from './sqlite-reader.ts'

const QUERY: RowQuery = { table: 'ItemTable', keyColumn: 'key', valueColumn: 'value', keys: ['who', 'count'] }
const SCHEMA = 'CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)'

interface Place {
  readonly folder: string
  readonly copies: string
  readonly path: string
}

function makePlace(): Place {
  const root = mkdtempSync(join(tmpdir(), 'tokstat-rows-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return { folder: join(root, 'owner'), copies: join(root, 'copies'), path: join(root, 'owner', 'state.vscdb') }
}

async function makeDatabase(mode: 'wal' | 'delete'): Promise<Place> {
  const place = makePlace()
  await mkdir(place.folder)
  await mkdir(place.copies)
  const database = new DatabaseSync(place.path)
  database.exec(`PRAGMA journal_mode=${mode}; ${SCHEMA}`)
  database.prepare('INSERT INTO ItemTable VALUES (?, ?)').run('who', 'user@example.com')
  database.close()
  await pause(20)
  return place
}

const readerFor = ({ copies }: Place) => createRowReader({ clock: systemClock(), copyFolder: copies })

/** Everything that must not change: names, inodes, sizes, times and bytes. */
async function evidence(folder: string): Promise<unknown> {
  const names = readdirSync(folder).sort()
  return Promise.all(
    names.map(async (name) => {
      const { ino, size, mtimeNs, mode } = statSync(join(folder, name), { bigint: true })
      return [name, ino, size, mtimeNs, mode, (await readFile(join(folder, name))).toString('base64')]
    }),
  )
}

/** Another process that holds the database open in WAL mode, and writes as it is told by lines on its stdin. */
async function startOwner(path: string): Promise<{ say(line: string): Promise<string>; stop(): Promise<void> }> {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(process.argv[1], { timeout: 0 })
    db.exec('PRAGMA wal_autocheckpoint=20')
    const put = db.prepare('INSERT INTO ItemTable VALUES (?, ?)')
    let busy = null, count = 0, errors = 0
    const step = () => { try {
      db.exec('BEGIN IMMEDIATE'); put.run('count', String(++count)); put.run('echo', String(count) + 'x'.repeat(3000)); db.exec('COMMIT')
    } catch { errors++ } }
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      if (line === 'write') busy = setInterval(step, 4)
      if (line === 'once') step()
      if (line === 'rest') clearInterval(busy)
      if (line === 'end') { db.close(); process.exit(0) }
      console.log(JSON.stringify({ count, errors }))
    })
    console.log('ready')`
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let next: ((line: string) => void) | null = null
  child.stdout.on('data', (chunk: Buffer) => next?.(chunk.toString().trim()))
  const answer = (): Promise<string> =>
    new Promise((resolve) => {
      next = resolve
    })
  await answer()
  return {
    async say(line) {
      const said = answer()
      child.stdin.write(`${line}\n`)
      return said
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.write('end\n')
      await ended
    },
  }
}

describe('reading rows of a database', () => {
  it.each(['wal', 'delete'] as const)('finds the rows of a closed one in %s mode and leaves no trace', async (mode) => {
    const place = await makeDatabase(mode)
    const before = await evidence(place.folder)
    const read = await readerFor(place)(place.path, QUERY)
    expect(read).toMatchObject({ kind: 'rows', rows: new Map([['who', 'user@example.com']]) })
    expect(await evidence(place.folder)).toEqual(before)
    expect(readdirSync(place.copies)).toEqual([])
  })

  it('sees what stands in the log of another process, and changes no byte and no time while it rests (D10)', async () => {
    const place = await makeDatabase('wal')
    const owner = await startOwner(place.path)
    await owner.say('once')
    await pause(20)
    const before = await evidence(place.folder)
    for (let turn = 0; turn < 50; turn += 1) {
      // A fresh reader each time: nothing is remembered from the last one.
      const read = await readerFor(place)(place.path, QUERY)
      expect(read).toMatchObject({
        kind: 'rows',
        rows: new Map([
          ['who', 'user@example.com'],
          ['count', '1'],
        ]),
      })
    }
    expect(await evidence(place.folder)).toEqual(before)
    expect(readdirSync(place.copies)).toEqual([])
    await owner.stop()
  })

  it('reads 1,000 times while another process writes: no wrong row, no side file, no error of the owner (D10)', async () => {
    const place = await makeDatabase('wal')
    const owner = await startOwner(place.path)
    await owner.say('write')
    await pause(50)
    const names = readdirSync(place.folder).sort()
    const read = readerFor(place)
    let seen = 0
    let rows = 0
    for (let turn = 0; turn < 1_000; turn += 1) {
      const result = await read(place.path, { ...QUERY, keys: ['count', 'echo'] })
      if (result.kind !== 'rows') {
        expect(result).toMatchObject({ kind: 'unreadable', reason: 'unstable' })
        continue
      }
      rows += 1
      const count = Number(result.rows.get('count'))
      // Both rows are of one transaction, and time never goes back.
      expect(result.rows.get('echo')).toBe(`${count}${'x'.repeat(3_000)}`)
      expect(count).toBeGreaterThanOrEqual(seen)
      seen = count
      expect(readdirSync(place.folder).sort()).toEqual(names)
    }
    expect(rows).toBeGreaterThan(900)
    const said = JSON.parse(await owner.say('rest')) as { count: number; errors: number }
    expect(said.errors).toBe(0)
    expect(said.count).toBeGreaterThan(100)
    expect(seen).toBeGreaterThan(0)
    expect(readdirSync(place.copies)).toEqual([])
    await owner.stop()
  }, 120_000)

  it('waits for an owner in the middle of a change, and says unstable when it does not end', async () => {
    const place = await makeDatabase('delete')
    writeFileSync(`${place.path}-journal`, 'hot')
    expect(await readerFor(place)(place.path, QUERY)).toMatchObject({ kind: 'unreadable', reason: 'unstable' })
  })

  it('reads again only what has changed', async () => {
    const place = await makeDatabase('delete')
    const read = readerFor(place)
    const first = await read(place.path, QUERY)
    expect(await read(place.path, QUERY)).toBe(first)
    const database = new DatabaseSync(place.path)
    database.exec("INSERT INTO ItemTable VALUES ('who', 'other@example.com')")
    database.close()
    const second = await read(place.path, QUERY)
    expect(second).toMatchObject({ kind: 'rows', rows: new Map([['who', 'other@example.com']]) })
  })

  it('leaves values out that are too long to be a login', async () => {
    const place = await makeDatabase('delete')
    const database = new DatabaseSync(place.path)
    database.prepare('INSERT INTO ItemTable VALUES (?, ?)').run('count', 'x'.repeat(5 * 1024 * 1024))
    database.close()
    await pause(20)
    expect(await readerFor(place)(place.path, QUERY)).toMatchObject({ rows: new Map([['who', 'user@example.com']]) })
  })
})

describe('a database that cannot be read', () => {
  it('is absent when there is none', async () => {
    const place = makePlace()
    expect(await createRowReader({ clock: systemClock() })(place.path, QUERY)).toEqual({ kind: 'absent' })
  })

  it.each([
    ['garbage', 'not a database at all, but text of some length'.repeat(200)],
    ['nothing', ''],
  ])('is malformed when it holds %s', async (_what, content) => {
    const place = await makeDatabase('delete')
    writeFileSync(place.path, content)
    await pause(20)
    expect(await readerFor(place)(place.path, QUERY)).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
  })

  it('is malformed when it lacks the table or is cut off', async () => {
    const place = await makeDatabase('delete')
    const other = { ...QUERY, table: 'OtherTable' }
    expect(await readerFor(place)(place.path, other)).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
    truncateSync(place.path, 4_500)
    await pause(20)
    expect(await readerFor(place)(place.path, QUERY)).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
  })

  it('is refused when it is a folder, a device or a loop of links (C19, C20)', async () => {
    const place = await makeDatabase('delete')
    const read = readerFor(place)
    const loop = join(place.folder, 'loop')
    symlinkSync(loop, loop)
    for (const path of [place.folder, '/dev/zero', loop]) {
      expect(await read(path, QUERY)).toMatchObject({ kind: 'unreadable', reason: 'not_a_file' })
    }
    const huge = join(place.folder, 'huge')
    writeFileSync(huge, '')
    truncateSync(huge, 3 * 1024 * 1024 * 1024)
    expect(await read(huge, QUERY)).toMatchObject({ kind: 'unreadable', reason: 'too_large' })
  })

  it('is followed through a link of ours, with the log beside its target', async () => {
    const place = await makeDatabase('wal')
    const owner = await startOwner(place.path)
    await owner.say('once')
    await pause(20)
    const link = join(place.copies, 'link')
    symlinkSync(place.path, link)
    const read = await createRowReader({ clock: systemClock() })(link, QUERY)
    expect(read).toMatchObject({
      kind: 'rows',
      rows: new Map([
        ['who', 'user@example.com'],
        ['count', '1'],
      ]),
    })
    await owner.stop()
  })
})
