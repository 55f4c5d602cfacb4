import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createChildRunner } from './child.ts'
import { systemClock } from './clock.ts'

const LIMITS = { timeoutMs: 5_000, maxBytes: 1024 * 1024 }
const signal = new AbortController().signal

/** A folder on PATH with one command in it, written in node. */
function machine(script: string, env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-child-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'stub')
  writeFileSync(path, `#!${process.execPath}\n${script}\n`)
  chmodSync(path, 0o755)
  const run = createChildRunner({
    clock: systemClock(),
    env,
    searchPath: folder,
    platform: process.platform,
    cwd: folder,
  })
  return { folder, run }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A zombie that init has not reaped yet still answers.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

describe('running an owner’s command', () => {
  it('hands its arguments over as they are, through no shell, and gives its output', async () => {
    const { run } = machine('console.log(JSON.stringify(process.argv.slice(2)))')
    const result = await run('stub', ['--print', '/usage', '$(id) ; "x"', ''], LIMITS, signal)
    expect(result).toMatchObject({ kind: 'done', exitCode: 0 })
    expect(result.kind === 'done' && JSON.parse(result.stdout)).toEqual(['--print', '/usage', '$(id) ; "x"', ''])
  })

  it('passes nothing on but the environment it was given (L09)', async () => {
    const { run } = machine('console.log(JSON.stringify(process.env))', { HOME: '/home/ada', NO_COLOR: '1' })
    const result = await run('stub', [], LIMITS, signal)
    const seen = result.kind === 'done' ? (JSON.parse(result.stdout) as Record<string, string>) : {}
    expect(Object.keys(seen).filter((name) => !name.startsWith('__'))).toEqual(['HOME', 'NO_COLOR'])
  })

  it('tells an exit code, a command that is not there and one that is no program', async () => {
    const { run, folder } = machine('process.exit(7)')
    expect(await run('stub', [], LIMITS, signal)).toEqual({ kind: 'done', exitCode: 7, stdout: '' })
    expect(await run('nothing', [], LIMITS, signal)).toEqual({ kind: 'missing' })
    writeFileSync(join(folder, 'broken'), '#!/does/not/exist\n')
    chmodSync(join(folder, 'broken'), 0o755)
    expect(await run('broken', [], LIMITS, signal)).toEqual({ kind: 'failed' })
    expect(await run('stub', ['\0'], LIMITS, signal)).toEqual({ kind: 'failed' })
  })

  it('drains both pipes while it runs: 300 KB on each do not stop it (P05)', async () => {
    const { run } = machine(
      "process.stderr.write('e'.repeat(300_000), () => process.stdout.write('o'.repeat(300_000)))",
    )
    const result = await run('stub', [], LIMITS, signal)
    expect(result.kind === 'done' && result.stdout.length).toBe(300_000)
  })

  it('ends what says too much', async () => {
    const { run } = machine("setInterval(() => process.stdout.write('x'.repeat(50_000)), 1)")
    expect(await run('stub', [], { ...LIMITS, maxBytes: 100_000 }, signal)).toEqual({ kind: 'too_large' })
  })

  it('kills what ignores TERM five seconds later, and leaves no grandchild (P04, P06)', async () => {
    const { run, folder } = machine(`
      process.on('SIGTERM', () => undefined)
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid)
      setInterval(() => undefined, 1000)`)
    const began = performance.now()
    expect(await run('stub', [], { ...LIMITS, timeoutMs: 1_000 }, signal)).toEqual({ kind: 'timeout' })
    expect(performance.now() - began).toBeGreaterThan(5_500)
    expect(performance.now() - began).toBeLessThan(9_000)
    await pause(50)
    const pids = readFileSync(join(folder, 'pids'), 'utf8').split(' ').map(Number)
    expect(pids.map(isAlive)).toEqual([false, false])
  }, 60_000)

  it('does not wait for a grandchild that keeps the pipe, and ends it (P04)', async () => {
    const { run, folder } = machine(`
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      require('node:fs').writeFileSync('pids', String(child.pid))
      process.stdout.write('said', () => process.exit(0))`)
    expect(await run('stub', [], LIMITS, signal)).toEqual({ kind: 'done', exitCode: 0, stdout: 'said' })
    await pause(50)
    expect(isAlive(Number(readFileSync(join(folder, 'pids'), 'utf8')))).toBe(false)
  })

  it('stops on a signal', async () => {
    const { run } = machine('setInterval(() => undefined, 1000)')
    const stop = new AbortController()
    const running = run('stub', [], LIMITS, stop.signal)
    await pause(100)
    stop.abort()
    expect(await running).toEqual({ kind: 'stopped' })
    expect(await run('stub', [], LIMITS, stop.signal)).toEqual({ kind: 'stopped' })
  })

  it('talks over stdin, each question after the answer before it, until it has heard enough', async () => {
    const { run } = machine(`
      require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => console.log('heard ' + line))
      setInterval(() => undefined, 1000)`)
    const heard: string[] = []
    const converse = (stdout: string): string | null => {
      heard.push(stdout)
      if (stdout === '') return 'one\n'
      if (stdout === 'heard one\n') return 'two\n'
      return stdout.includes('heard two') ? null : ''
    }
    expect(await run('stub', [], { ...LIMITS, converse }, signal)).toEqual({
      kind: 'done',
      exitCode: 0,
      stdout: 'heard one\nheard two\n',
    })
    expect(heard).toEqual(['', 'heard one\n', 'heard one\nheard two\n'])
  })

  it('runs two at a time, and keeps no descriptor open', async () => {
    const { run, folder } = machine(`
      const fs = require('node:fs'), path = require('node:path')
      const mine = path.join('.', 'live-' + process.pid)
      fs.writeFileSync(mine, '')
      const live = fs.readdirSync('.').filter((name) => name.startsWith('live-')).length
      setTimeout(() => { fs.rmSync(mine); console.log(live) }, 150)`)
    await run('stub', [], LIMITS, signal)
    const before = readdirSync('/proc/self/fd').length
    const results = await Promise.all(Array.from({ length: 6 }, () => run('stub', [], LIMITS, signal)))
    const live = results.map((result) => (result.kind === 'done' ? Number(result.stdout) : Number.NaN))
    expect(Math.max(...live)).toBe(2)
    await pause(50)
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 1)
    expect(readdirSync(folder)).toEqual(['stub'])
  })
})
