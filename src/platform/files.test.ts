import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { systemClock } from './clock.ts'
import { readGuarded, readStableJson } from './files.ts'

const clock = systemClock()
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-files-'))
  file = join(folder, 'auth.json')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

function write(content: string | Buffer): void {
  writeFileSync(file, content)
}

async function reason(path: string = file): Promise<string> {
  const read = await readGuarded(path, clock)
  return read.kind === 'unreadable' ? read.reason : read.kind
}

describe('a file that can be read', () => {
  it('gives text and identity, and leaves bytes, mtime and atime alone', async () => {
    write('{"a":"ü"}')
    utimesSync(file, 1_000, 2_000)
    const before = statSync(file)
    const read = await readGuarded(file, clock)
    expect(read).toEqual({
      kind: 'text',
      text: '{"a":"ü"}',
      mtimeMs: 2_000_000,
      dev: before.dev,
      ino: before.ino,
      size: 10,
    })
    const after = statSync(file)
    expect([after.mtimeMs, after.ctimeMs]).toEqual([before.mtimeMs, before.ctimeMs])
    if (process.platform === 'linux') expect(after.atimeMs).toBe(1_000_000)
  })

  it('strips one UTF-8 byte order mark and keeps CRLF and JSON strings as they are', async () => {
    write('\uFEFF\uFEFF{"a":"1,]"}\r\n')
    expect(await readGuarded(file, clock)).toMatchObject({ text: '\uFEFF{"a":"1,]"}\r\n' })
  })

  it('passes at the size limit and fails one byte above it', async () => {
    write('x'.repeat(1_048_576))
    expect(await reason()).toBe('text')
    write('x'.repeat(1_048_577))
    expect(await reason()).toBe('too_large')
  })

  it('says absent for no file, no folder and a file in the place of a folder', async () => {
    write('x')
    expect(await reason(join(folder, 'other'))).toBe('absent')
    expect(await reason(join(folder, 'no', 'other'))).toBe('absent')
    expect(await reason(join(file, 'below'))).toBe('absent')
  })
})

describe('a file that must not be read', () => {
  it('is no text: UTF-16, NUL bytes, broken UTF-8', async () => {
    for (const bytes of [
      Buffer.from('\uFEFF{}', 'utf16le'),
      Buffer.from('{"a":"\0"}'),
      Buffer.from([0x7b, 0xff, 0x7d]),
    ]) {
      write(bytes)
      expect(await reason()).toBe('encoding')
    }
  })

  it('is a folder, a FIFO, a socket or a device, and none of them blocks', async () => {
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const socket = join(folder, 'socket')
    const server = createServer().listen(socket)
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    for (const path of [folder, fifo, socket, '/dev/zero', '/dev/tty'])
      expect(await reason(path), path).toBe('not_a_file')
  })

  it('is a sparse file of 1 GiB', async () => {
    write('')
    truncateSync(file, 1_073_741_824)
    expect(await reason()).toBe('too_large')
  })

  it('grows without end under a size of zero', async () => {
    const read = await readGuarded('/proc/kallsyms', clock, 1_000)
    expect(read.kind === 'unreadable' ? read.reason : read.kind).toMatch(/too_large|absent|permission/)
  })

  it('is forbidden: the place and what it needs are named', async () => {
    write('x')
    const read = await asOrdinaryUser(async () => {
      chmodSync(file, 0)
      return readGuarded(file, clock)
    })
    expect(read).toMatchObject({ kind: 'unreadable', reason: 'permission' })
    expect(read.kind === 'unreadable' && read.detail).toContain(file)
    expect(read.kind === 'unreadable' && read.detail).toContain('read access')
  })

  it('lies in a folder that may not be searched: that is not the same as absent', async () => {
    mkdirSync(join(folder, 'closed'))
    const inside = join(folder, 'closed', 'auth.json')
    writeFileSync(inside, 'x')
    const read = await asOrdinaryUser(() => {
      chmodSync(join(folder, 'closed'), 0)
      return readGuarded(inside, clock)
    })
    expect(read).toMatchObject({ kind: 'unreadable', reason: 'permission' })
  })
})

/** Root may read everything, so as root these tests step down to `nobody`, who then owns the folder. */
async function asOrdinaryUser<T>(run: () => Promise<T>): Promise<T> {
  if (!isRoot) return run()
  execFileSync('chown', ['-R', `${NOBODY}`, folder])
  process.seteuid?.(NOBODY)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
  }
}

describe('a symbolic link', () => {
  it('is followed to a regular file of ours, over a chain', async () => {
    write('{}')
    symlinkSync(file, join(folder, 'one'))
    symlinkSync(join(folder, 'one'), join(folder, 'two'))
    expect(await readGuarded(join(folder, 'two'), clock)).toMatchObject({ kind: 'text', ino: statSync(file).ino })
  })

  it('that leads nowhere, in a circle or to a FIFO is not', async () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling'))
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'))
    execFileSync('mkfifo', [join(folder, 'fifo')])
    symlinkSync(join(folder, 'fifo'), join(folder, 'pipe'))
    expect(await reason(join(folder, 'dangling'))).toBe('absent')
    expect(await reason(join(folder, 'circle'))).toBe('not_a_file')
    expect(await reason(join(folder, 'pipe'))).toBe('not_a_file')
  })

  it.runIf(isRoot)('to a file of another user is refused, the file itself is not', async () => {
    write('{}')
    chownSync(file, NOBODY, NOBODY)
    symlinkSync(file, join(folder, 'link'))
    expect(await reason(join(folder, 'link'))).toBe('permission')
    expect(await reason(file)).toBe('text')
  })
})

describe('JSON that its owner may be writing', () => {
  it('is taken at once when it parses', async () => {
    write('{"a":1}')
    expect(await readStableJson(file, clock)).toMatchObject({ kind: 'text', value: { a: 1 } })
  })

  it('is looked at again while it is torn, and taken when it is whole', async () => {
    const fake = fakeClock()
    write('{"a":1}ld-tail"}')
    const reading = readStableJson(file, fake.clock)
    await settle(fake, 300)
    writeFileSync(`${file}.new`, '{"a":2}')
    renameSync(`${file}.new`, file)
    await settle(fake, 2_000)
    expect(await reading).toMatchObject({ value: { a: 2 } })
  })

  it('is malformed at once when nobody has written it for a while', async () => {
    const fake = fakeClock()
    write('{"a":1')
    const longAgo = (fake.clock.now() - 60_000) / 1000
    utimesSync(file, longAgo, longAgo)
    expect(await readStableJson(file, fake.clock)).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
    expect(fake.pending()).toBe(0)
  })

  it('is malformed after two seconds, and its text is not quoted', async () => {
    const fake = fakeClock()
    write('{"refresh":"1//fake-canary')
    const startedAt = fake.clock.now()
    const reading = readStableJson(file, fake.clock)
    await settle(fake, 4_000)
    const read = await reading
    expect(read).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
    expect(JSON.stringify(read)).not.toContain('canary')
    expect(fake.clock.now() - startedAt).toBeGreaterThanOrEqual(2_000)
    expect(fake.pending()).toBe(0)
  })

  it('does not wait for what will not change: absent, forbidden, no text', async () => {
    const fake = fakeClock()
    expect(await readStableJson(file, fake.clock)).toEqual({ kind: 'absent' })
    write(Buffer.from([0xff, 0xfe]))
    expect(await readStableJson(file, fake.clock)).toMatchObject({ reason: 'encoding' })
  })

  /** Real reads finish between small steps of the fake clock. */
  async function settle(fake: ReturnType<typeof fakeClock>, ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 10) {
      await readGuarded(file, clock)
      await fake.advance(10)
    }
  }
})

describe('any bytes', () => {
  it('give text or a reason, never a throw', async () => {
    const check = fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      write(Buffer.from(bytes))
      expect(['text', 'encoding']).toContain(await reason())
    })
    await fc.assert(check, { numRuns: 100 })
  })
})
