import { describe, expect, it } from 'vitest'
import { createKeychainReader, type Ran, type RunProgram, runProgram } from './keychain.ts'

function readerOf(platform: string, answer: Ran) {
  const calls: { readonly file: string; readonly args: readonly string[]; readonly timeoutMs: number }[] = []
  const run: RunProgram = async (file, args, { timeoutMs }) => {
    calls.push({ file, args, timeoutMs })
    return answer
  }
  const read = createKeychainReader({ platform, get: () => null, run })
  return { read, calls }
}

const ended = (exitCode: number, stdout = ''): Ran => ({ kind: 'ended', exitCode, stdout })

describe('the keychain of macOS', () => {
  it('is asked for one entry, for five seconds at most', async () => {
    const { read, calls } = readerOf('darwin', ended(0, '{"fake":1}\n'))
    expect(await read('Example', 'ada')).toEqual({ kind: 'text', text: '{"fake":1}\n' })
    await read('Example', null)
    expect(calls).toEqual([
      {
        file: '/usr/bin/security',
        args: ['find-generic-password', '-s', 'Example', '-a', 'ada', '-w'],
        timeoutMs: 5000,
      },
      { file: '/usr/bin/security', args: ['find-generic-password', '-s', 'Example', '-w'], timeoutMs: 5000 },
    ])
  })

  it.each([
    [ended(44), { kind: 'absent' }],
    [{ kind: 'missing' } as const, { kind: 'absent' }],
    [ended(51), { kind: 'unreadable', reason: 'denied' }],
    [{ kind: 'timeout' } as const, { kind: 'unreadable', reason: 'timeout' }],
  ])('tells no entry from one it may not read: %j', async (answer, expected) => {
    expect(await readerOf('darwin', answer).read('Example', 'ada')).toMatchObject(expected)
  })
})

describe('the secret service of Linux', () => {
  const item = '[/org/freedesktop/secrets/collection/login/1]\nlabel = Example\nsecret = {"fake":1}\ncreated = 2026\n'

  it('is searched without unlocking anything', async () => {
    const { read, calls } = readerOf('linux', ended(0, item))
    expect(await read('Example', 'ada')).toEqual({ kind: 'text', text: '{"fake":1}' })
    expect(calls[0]).toMatchObject({ file: 'secret-tool', args: ['search', 'service', 'Example', 'account', 'ada'] })
  })

  it.each([
    [ended(0, ''), { kind: 'absent' }],
    [ended(1, ''), { kind: 'absent' }],
    [{ kind: 'missing' } as const, { kind: 'absent' }],
    [ended(0, '[/1]\nlabel = Example\n'), { kind: 'unreadable', reason: 'denied' }],
    [{ kind: 'timeout' } as const, { kind: 'unreadable', reason: 'timeout' }],
  ])('tells no entry from a locked one: %j', async (answer, expected) => {
    expect(await readerOf('linux', answer).read('Example', null)).toMatchObject(expected)
  })
})

describe('other systems', () => {
  it('have no entry, and nothing is run', async () => {
    const { read, calls } = readerOf('win32', ended(0, 'x'))
    expect(await read('Example', 'ada')).toEqual({ kind: 'absent' })
    expect(calls).toEqual([])
  })
})

describe('running a program', () => {
  const node = (script: string, timeoutMs = 20_000) =>
    runProgram(process.execPath, ['-e', script], { timeoutMs, env: {} })

  it('gives what it wrote and how it ended', async () => {
    expect(await node('process.stdout.write("fake")')).toEqual({ kind: 'ended', exitCode: 0, stdout: 'fake' })
    expect(await node('process.exit(44)')).toEqual({ kind: 'ended', exitCode: 44, stdout: '' })
  })

  it('ends it when its time is over, and survives one that is not there', async () => {
    expect(await node('process.stdin.resume(); setInterval(() => {}, 1000)', 300)).toEqual({ kind: 'timeout' })
    expect(await runProgram('surely-no-such-program', [], { timeoutMs: 1000, env: {} })).toEqual({ kind: 'missing' })
  })
})
