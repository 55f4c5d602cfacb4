import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ensurePrivateFolder, jsonFile, writeAtomic } from './store.ts'

const isRoot = process.getuid?.() === 0

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-store-'))
  file = join(folder, 'board.json')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

describe('writing a file of ours', () => {
  it('is private from the start, whatever the umask, and leaves nothing beside it', async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    await writeAtomic(file, 'one')
    expect(modeOf(file)).toBe('600')
    expect(readdirSync(folder)).toEqual(['board.json'])
  })

  it('makes a file that was too open private again', async () => {
    writeFileSync(file, 'old', { mode: 0o644 })
    chmodSync(file, 0o644)
    await writeAtomic(file, 'new')
    expect([modeOf(file), readFileSync(file, 'utf8')]).toEqual(['600', 'new'])
  })

  it('keeps a mode that is asked for', async () => {
    await writeAtomic(file, 'x', 0o640)
    expect(modeOf(file)).toBe('640')
  })

  it('never shows a half-written text to a reader', async () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000))
    await writeAtomic(file, texts[0] ?? '')
    let stop = false
    const writing = (async () => {
      for (let round = 0; round < 40; round += 1) await writeAtomic(file, texts[round % 2] ?? '')
      stop = true
    })()
    let looks = 0
    while (!stop) {
      expect(texts).toContain(readFileSync(file, 'utf8'))
      looks += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writing
    expect(looks).toBeGreaterThan(10)
  })

  it('refuses a link and leaves its target alone', async () => {
    writeFileSync(join(folder, 'target'), 'precious')
    symlinkSync(join(folder, 'target'), file)
    await expect(writeAtomic(file, 'x')).rejects.toThrow('symbolic link')
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('precious')
  })

  it('says what the disk said and cleans up after itself', async () => {
    mkdirSync(file)
    await expect(writeAtomic(file, 'x')).rejects.toMatchObject({ code: 'EISDIR' })
    expect(readdirSync(folder)).toEqual(['board.json'])
    await expect(writeAtomic(join(folder, 'no', 'x'), 'x')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a private folder', () => {
  it('is made with its parents, 0700 under any umask', async () => {
    const before = process.umask(0)
    onTestFinished(() => void process.umask(before))
    await ensurePrivateFolder(join(folder, 'a', 'b'))
    expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a', 'b'))]).toEqual(['700', '700'])
  })

  it('is tightened when it is ours and open', async () => {
    chmodSync(folder, 0o755)
    await ensurePrivateFolder(folder)
    expect(modeOf(folder)).toBe('700')
  })

  it('is never a shared folder such as the temporary one', async () => {
    const shared = join(folder, 'tmp')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    await expect(ensurePrivateFolder(shared)).rejects.toThrow('shared folder')
    expect(modeOf(shared)).toBe('777')
  })

  it.runIf(isRoot)('is refused when it belongs to somebody else', async () => {
    chownSync(folder, 65_534, 65_534)
    await expect(ensurePrivateFolder(folder)).rejects.toThrow('another user')
  })
})

describe('a JSON document of ours', () => {
  it('comes back as it was written, in a folder that is made for it', async () => {
    const document = jsonFile(join(folder, 'state', 'board.json'))
    expect(await document.read()).toBeNull()
    await document.write({ accounts: ['ada'] })
    expect(await document.read()).toEqual({ accounts: ['ada'] })
    expect(modeOf(join(folder, 'state'))).toBe('700')
    expect(modeOf(join(folder, 'state', 'board.json'))).toBe('600')
  })

  it('keeps the order of writes', async () => {
    const document = jsonFile(file)
    await Promise.all(Array.from({ length: 20 }, (_, n) => document.write({ n })))
    expect(await document.read()).toEqual({ n: 19 })
  })

  it('is null when it is damaged or a link, and can be written again after a failure', async () => {
    writeFileSync(file, '{"accounts":[')
    expect(await jsonFile(file).read()).toBeNull()
    rmSync(file)
    symlinkSync('/etc/hostname', file)
    const document = jsonFile(file)
    expect(await document.read()).toBeNull()
    await expect(document.write(1)).rejects.toThrow('symbolic link')
    rmSync(file)
    await document.write(2)
    expect(await document.read()).toBe(2)
  })
})
