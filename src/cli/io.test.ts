import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { colorWanted } from './io.ts'
import { processIo } from './process-io.ts'

describe('colorWanted', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('%j on a terminal %s: %s', (env, isTTY, wanted) => {
    expect(colorWanted(env, isTTY)).toBe(wanted)
  })
})

class FakeStream extends EventEmitter {
  isTTY = true
  columns = 120
  rows = 40
  readonly written: string[] = []
  readonly calls: string[] = []
  write(text: string): boolean {
    this.written.push(text)
    return true
  }
  setRawMode(raw: boolean): void {
    this.calls.push(`raw ${raw}`)
  }
  resume(): void {
    this.calls.push('resume')
  }
  pause(): void {
    this.calls.push('pause')
  }
}

function fakeProcess() {
  const [stdin, stdout, stderr] = [new FakeStream(), new FakeStream(), new FakeStream()]
  const process = Object.assign(new EventEmitter(), { stdin, stdout, stderr })
  const io = processIo({ process: process as unknown as NodeJS.Process, env: {}, clock: fakeClock().clock })
  return { process, stdin, stdout, io }
}

describe('processIo', () => {
  it('knows the size of a terminal as it changes, and none without one', () => {
    const { stdout, io } = fakeProcess()
    expect([io.stdout.columns(), io.stdout.rows(), io.color]).toEqual([120, 40, true])
    stdout.columns = 80
    expect(io.stdout.columns()).toBe(80)
    stdout.columns = 0
    expect(io.stdout.columns()).toBeNull()
  })

  it('listens to keys in raw mode and gives the keyboard back', () => {
    const { stdin, io } = fakeProcess()
    const typed: string[] = []
    const stop = io.stdin.onKeys((keys) => typed.push(keys))
    stdin.emit('data', Buffer.from('q'))
    stop()
    stdin.emit('data', Buffer.from('r'))
    expect(typed).toEqual(['q'])
    expect(stdin.calls).toEqual(['raw true', 'resume', 'raw false', 'pause'])
  })

  it('hears signals until it is told to stop', () => {
    const { process, io } = fakeProcess()
    let heard = 0
    const stop = io.onInterrupt(() => (heard += 1))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.emit(signal)
    stop()
    process.emit('SIGINT')
    expect(heard).toBe(3)
  })

  it('takes a reader that went away for no error, and every other error for one', () => {
    const { stdout } = fakeProcess()
    expect(() => stdout.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }))).not.toThrow()
    expect(() => stdout.emit('error', Object.assign(new Error('disk'), { code: 'ENOSPC' }))).toThrow('disk')
  })
})
