import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { REWRITE_MODES, type RewriteMode, rewriteAsOwner } from './owner-tool.ts'

const OLD = '{"token":"fake-old-token","more":"a long tail of an older file"}'
const NEW = '{"token":"fake-new-token"}'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokstat-owner-'))
  path = join(folder, 'auth.json')
  await writeFile(path, OLD, { mode: 0o600 })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** What a reader sees in the middle; null: no file. */
async function seenHalfway(mode: RewriteMode): Promise<string | null> {
  let seen: string | null = 'halfway was never reached'
  await rewriteAsOwner(path, NEW, mode, async () => {
    seen = await readFile(path, 'utf8').catch(() => null)
  })
  return seen
}

describe('the owner tool', () => {
  it.each(REWRITE_MODES)('leaves the whole new text in the end, for its owner alone: %s', async (mode) => {
    await rewriteAsOwner(path, NEW, mode)
    expect(await readFile(path, 'utf8')).toBe(NEW)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['atomic', OLD],
    ['torn', NEW.slice(0, NEW.length / 2)],
    ['truncate-then-write', ''],
    ['stale-tail', NEW + OLD.slice(NEW.length)],
    ['rename-over', null],
    ['unlink-create', null],
  ] as const)('shows a reader its half-done state: %s', async (mode, expected) => {
    expect(await seenHalfway(mode)).toBe(expected)
  })

  it('replaces the inode only where the tool would', async () => {
    const before = (await stat(path)).ino
    await rewriteAsOwner(path, NEW, 'torn')
    expect((await stat(path)).ino).toBe(before)
    await rewriteAsOwner(path, OLD, 'atomic')
    expect((await stat(path)).ino).not.toBe(before)
  })
})
