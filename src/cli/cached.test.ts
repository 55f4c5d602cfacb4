import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, fakeIo } from '../../test/helpers/fake-cli.ts'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { importsOf } from '../../test/helpers/imports.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { NOW } from '../../test/helpers/states.ts'
import { HOUR_MS } from '../model/time.ts'
import { cachedFlags, printCached } from './cached.ts'
import { parseBoard } from './kept-board.ts'

const board = JSON.stringify(sampleDocument)

async function cached(argv: readonly string[], text: string | null, atMs: number = NOW) {
  const terminal = fakeIo({ clock: fakeClock(atMs).clock })
  const code = await printCached({ argv, readBoardFile: async () => text, io: terminal.io })
  return { code, out: terminal.out(), err: terminal.err() }
}

describe('list --cached', () => {
  it('prints the last readings with their age', async () => {
    const { code, out } = await cached(['list', '--cached'], board)
    expect(code).toBe(0)
    expect(out).toMatch(/claude-sonnet-4 .*23% 🔴 LOW .*20 s ago/)
  })

  it('lets nothing old pass for current: levels are judged at the moment of reading', async () => {
    const { out } = await cached(['list', '--cached'], board, NOW + 4 * HOUR_MS)
    expect(out).not.toMatch(/🟢|🟡|🔴/)
    expect(out).toMatch(/claude-sonnet-4 .*resetting…/)
    expect(out).toMatch(/weekly .*64% ⚪ STALE/)
    const json = await cached(['list', '--cached', '--json'], board, NOW + 4 * HOUR_MS)
    const [antigravity] = JSON.parse(json.out).accounts
    expect(antigravity).toMatchObject({ status: 'stale', observedAt: '2026-11-22T08:59:40Z' })
    expect(antigravity.quotas[0]).toMatchObject({ due: true, level: 'unknown' })
  })

  it('is the document again with --json', async () => {
    expect(JSON.parse((await cached(['--cached', '--json'], board)).out)).toEqual(sampleDocument)
  })

  it.each([
    null,
    '',
    '{"schemaVersion":1,"acc',
    '{"schemaVersion":9,"accounts":[]}',
    '[]',
    'null',
    '{"schemaVersion":1,"accounts":[null]}',
  ])('says "no data yet" and exits 0 for the file %j', async (text) => {
    expect(await cached(['list', '--cached'], text)).toEqual({ code: 0, out: 'no data yet\n', err: '' })
    const json = await cached(['list', '--cached', '--json'], text)
    expect(JSON.parse(json.out)).toEqual({ schemaVersion: 1, generatedAt: '2026-11-22T09:00:00Z', accounts: [] })
    expect(json.err).toBe('no data yet\n')
  })

  it('narrows to one account', async () => {
    const { out } = await cached(['list', '--cached', '--account=work', '--json'], board)
    expect(JSON.parse(out).accounts).toHaveLength(1)
    await expect(cached(['list', '--cached', '--account', 'nobody'], board)).rejects.toMatchObject({ exitCode: 4 })
  })

  it('says the same when the whole command line handles it', async () => {
    const run = await cli('list --cached --provider claude --all-models', { readBoardFile: async () => board })
    expect(run).toEqual(await cached(['list', '--cached', '--provider', 'claude', '--all-models'], board))
    expect((await cli('list --cached --account nobody', { readBoardFile: async () => board })).code).toBe(4)
  })
})

describe('cachedFlags', () => {
  it('recognises what needs no option parser, and leaves the rest alone', () => {
    expect(cachedFlags(['list', '--cached'])).toMatchObject({ json: false, provider: null })
    expect(cachedFlags(['--json', '--cached', '--provider=claude'])).toMatchObject({ json: true, provider: 'claude' })
    expect(cachedFlags(['list', '--cached', '--account', 'a'])).toMatchObject({ account: 'a' })
    for (const argv of [
      [],
      ['list'],
      ['best', '--cached'],
      ['list', '--cached', '--refresh'],
      ['list', '--cached', '--help'],
      ['list', '--cached', '--account'],
    ]) {
      expect(cachedFlags(argv)).toBeNull()
    }
  })
})

it('takes only a whole document for a board', () => {
  expect(parseBoard(board)).toEqual(sampleDocument)
  expect(parseBoard('{"schemaVersion":1,"accounts":[{}]}')).toBeNull()
})

describe('start-up', () => {
  /** Every module that `file` needs before its first line runs. */
  function loadedBy(file: string, seen = new Set<string>()): Set<string> {
    for (const { specifier, typeOnly } of importsOf(file, readFileSync(file, 'utf8'))) {
      const target = specifier.startsWith('.') ? resolve(dirname(file), specifier) : specifier
      if (typeOnly || seen.has(target)) continue
      seen.add(target)
      if (specifier.startsWith('.')) loadedBy(target, seen)
    }
    return seen
  }

  it.each(['cached.ts', 'process-io.ts'])('of %s loads nothing from outside the project', (file) => {
    const loaded = [...loadedBy(join(import.meta.dirname, file))]
    expect(loaded.filter((module) => !module.startsWith('/'))).toEqual([])
  })

  it('would notice a heavy one', () => {
    expect([...loadedBy(join(import.meta.dirname, 'parse-command-line.ts'))]).toContain('commander')
  })
})
