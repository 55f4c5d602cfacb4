import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { acquireLock, type LockOutcome } from './lock.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-lock-'))
  path = join(folder, 'engine.lock')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

function mustHold(outcome: LockOutcome): () => Promise<void> {
  if (outcome.kind !== 'held') throw new Error('the lock is busy')
  return outcome.release
}

interface Child {
  readonly process: ChildProcess
  readonly ended: Promise<unknown>
  /** The next line it says. */
  say(): Promise<string>
  tell(word: string): void
}

/** A process that tries for the lock at each `go`, says how it went, and frees it at `free`. */
function startChild(): Child {
  const script = `
    const { acquireLock } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))})
    const { createInterface } = await import('node:readline')
    let lock = null
    console.log('ready')
    for await (const word of createInterface({ input: process.stdin })) {
      if (word === 'free') await lock.release()
      else lock = await acquireLock(${JSON.stringify(path)}, { role: 'child' })
      console.log(word === 'free' ? 'freed' : lock.kind)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    process: child,
    ended,
    say: async () => String((await lines.next()).value),
    tell: (word) => void child.stdin.write(`${word}\n`),
  }
}

describe('the engine lock', () => {
  it('is held by one, who is named to the others, and is free after release', async () => {
    const release = mustHold(await acquireLock(path, { url: 'http://127.0.0.1:8000' }))
    const second = await acquireLock(path)
    expect(second).toEqual({
      kind: 'busy',
      by: { pid: process.pid, startedAt: expect.any(Number), details: { url: 'http://127.0.0.1:8000' } },
    })
    await release()
    await release()
    expect(readdirSync(folder)).toEqual([])
    await mustHold(await acquireLock(path))()
  })

  it('is a private file, with nothing left beside it', async () => {
    mustHold(await acquireLock(path))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['engine.lock'])
  })

  it('passes from a process that was killed to the next one', async () => {
    const child = startChild()
    await child.say()
    child.tell('go')
    expect(await child.say()).toBe('held')
    expect(await acquireLock(path)).toMatchObject({ kind: 'busy', by: { pid: child.process.pid } })
    child.process.kill('SIGKILL')
    await child.ended
    mustHold(await acquireLock(path))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid })
    expect(readdirSync(folder)).toEqual(['engine.lock'])
  })

  it('goes to one alone when many processes find the holder dead at once', async () => {
    const children = Array.from({ length: 4 }, startChild)
    await Promise.all(children.map((child) => child.say()))
    for (let round = 0; round < 25; round += 1) {
      writeFileSync(path, deadLock(`round-${round}`))
      for (const child of children) child.tell('go')
      const said = await Promise.all(children.map((child) => child.say()))
      expect(
        said.filter((word) => word === 'held'),
        `round ${round}: ${said}`,
      ).toHaveLength(1)
      const winner = children[said.indexOf('held')]
      winner?.tell('free')
      expect(await winner?.say()).toBe('freed')
      expect(readdirSync(folder)).toEqual([])
    }
  })

  it('follows a winner that died before it had replaced the dead lock', async () => {
    writeFileSync(path, deadLock('one'))
    writeFileSync(`${path}.after-one`, deadLock('two'))
    writeFileSync(`${path}.after-two`, deadLock('three'))
    mustHold(await acquireLock(path))
    expect(readdirSync(folder)).toEqual(['engine.lock'])
  })

  it('is busy when the follower of a dead lock lives and has not replaced it yet', async () => {
    const release = mustHold(await acquireLock(path))
    const living = readFileSync(path, 'utf8')
    await release()
    writeFileSync(path, deadLock('one'))
    writeFileSync(`${path}.after-one`, living)
    expect(await acquireLock(path)).toMatchObject({ kind: 'busy', by: { pid: process.pid } })
  })

  it.runIf(process.platform === 'linux')('knows a reused pid by its start time', async () => {
    const release = mustHold(await acquireLock(path))
    const other = { ...JSON.parse(readFileSync(path, 'utf8')), processStart: 'another boot/1', nonce: 'older' }
    await release()
    writeFileSync(path, JSON.stringify(other))
    mustHold(await acquireLock(path))
  })

  it.each(['', '{"pid":', '[]', 'null', '{"pid":-1,"startedAt":1,"nonce":"../x"}'])(
    'treats %j, which no holder wrote, as dead',
    async (text) => {
      writeFileSync(path, text)
      mustHold(await acquireLock(path))
      expect(readdirSync(folder)).toEqual(['engine.lock'])
    },
  )

  it('does not free a lock that is no longer its own', async () => {
    const release = mustHold(await acquireLock(path))
    writeFileSync(path, deadLock('other'))
    await release()
    expect(readFileSync(path, 'utf8')).toContain('other')
  })
})

/** A lock whose holder is gone: no process has this number. */
function deadLock(nonce: string): string {
  return JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 1, details: {}, nonce, processStart: null })
}
