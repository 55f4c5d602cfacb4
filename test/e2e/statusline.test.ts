import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'tokstat.mjs')
const CALM = `[polling]
timeout = "2s"
`

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

function claudeWorld(): World {
  const world = createWorld({ seed: 4 })
  world.add({ provider: 'claude', name: 'ada', pattern: 'silent' })
  return world
}

const asked = (): number => machine.simulator.requests.all.length

/** Runs the built program with text on its stdin. */
function piped(
  args: readonly string[],
  input: string,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [ENTRY, ...args], {
      cwd: machine.home,
      env: { ...machine.env, PATH: '/usr/bin:/bin', TZ: 'UTC' },
    })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += String(chunk)
    })
    child.on('close', (code) => resolve({ code, stdout }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

function handedOver(used: number): string {
  const seconds = Math.floor(Date.now() / 1000)
  return JSON.stringify({
    session_id: 's-1',
    version: '2.1.80',
    rate_limits: {
      five_hour: { used_percentage: used, resets_at: seconds + 7_200 },
      seven_day: { used_percentage: used / 2, resets_at: seconds + 250_000 },
    },
  })
}

describe('tokstat statusline', () => {
  it('asks nobody, needs no daemon and never fails a prompt', async () => {
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config: CALM })
    expect(await machine.run(['statusline'])).toMatchObject({ code: 0, stdout: 'no data yet\n', stderr: '' })
    await machine.run(['list'])
    const before = asked()
    const line = await machine.run(['statusline', '--for', 'tmux'])
    expect(line.code).toBe(0)
    expect(line.stdout).toMatch(/^Claude #\[fg=\w+\]\d+% left#\[fg=default\]\n$/)
    expect(JSON.parse((await machine.run(['statusline', '--json'])).stdout)).toMatchObject({
      percentage: expect.any(Number),
    })
    expect(asked()).toBe(before)
  })
})

describe("tokstat as Claude Code's status line", () => {
  it('keeps the limits for the account of Claude Code, privately, and shows the line that was there before', async () => {
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config: CALM })
    await machine.run(['list'])
    const run = await piped(['statusline', '--claude-code', '--keep', 'grep -o session_id'], handedOver(42))
    expect(run.code).toBe(0)
    expect(run.stdout.split('\n')[0]).toBe('session_id')
    expect(run.stdout).toMatch(/% left/)
    const file = machine.path('.local/state/tokstat/handed-claude.json')
    const kept = JSON.parse(await readFile(file, 'utf8')) as { entries: { subject: string | null; windows: object }[] }
    expect(kept.entries).toHaveLength(1)
    expect(kept.entries[0]?.subject).not.toBeNull()
    expect(kept.entries[0]?.windows).toMatchObject({ five_hour: { used: 42 } })
    expect((await (await import('node:fs/promises')).stat(file)).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['ends when it is told to', 'echo $$ > kept.pid; sleep 60'],
    ['does not listen', "trap '' TERM; echo $$ > kept.pid; while :; do sleep 1; done"],
  ])('takes the command it keeps with it when a newer status line ends it: one that %s', async (_what, command) => {
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config: CALM })
    const child = spawn(process.execPath, [ENTRY, 'statusline', '--claude-code', '--keep', command], {
      cwd: machine.home,
      env: { ...machine.env, PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end(handedOver(10))
    const pid = await until('the command runs', async () => {
      const text = await readFile(machine.path('kept.pid'), 'utf8').catch(() => '')
      return text.endsWith('\n') ? Number(text) : null
    })
    child.kill('SIGTERM')
    await gone
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })

  it('spares the requests of a daemon while it is in use', async () => {
    const config = `${CALM}\n[providers.claude]\ninterval = "3s"\n`
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config })
    const daemon = await machine.serve()
    const [first] = await daemon.whenAccounts('it is read', (all) => all[0]?.status === 'ok')
    const resets = (id: string): number =>
      Math.floor(Date.parse(first?.quotas.find((one) => one.id === id)?.resetsAt ?? '') / 1000)
    const input = (used: number): string =>
      JSON.stringify({
        session_id: 's-1',
        cost: { total_api_duration_ms: used * 1_000 },
        rate_limits: {
          five_hour: { used_percentage: used, resets_at: resets('session') },
          seven_day: { used_percentage: used, resets_at: resets('weekly') },
        },
      })
    const before = asked()
    for (let used = 90; used < 98; used += 1) await piped(['statusline', '--claude-code'], input(used))
    const [told] = await daemon.whenAccounts('the status line was taken', (all) =>
      (all[0]?.via ?? '').includes('status line'),
    )
    expect(told?.quotas.find((one) => one.id === 'session')?.usedRatio).toBeGreaterThanOrEqual(0.9)
    expect(asked() - before).toBeLessThanOrEqual(1)
  }, 120_000)

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['no limits', '{"session_id":"s"}'],
    ['a megabyte', `{"x":"${'y'.repeat(1_100_000)}"}`],
  ])('prints its line with %s on stdin, and keeps nothing', async (_what, input) => {
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config: CALM })
    const run = await piped(['statusline', '--claude-code'], input)
    expect(run).toEqual({ code: 0, stdout: 'no data yet\n' })
    expect(await readdir(machine.path('.local/state')).catch(() => [])).not.toContain('handed-claude.json')
  })
})

describe('tokstat mcp', () => {
  it("answers the SDK's client over stdio, and ends when it goes", async () => {
    machine = await createMachine({ world: claudeWorld(), providers: ['claude'], config: CALM })
    const client = new Client({ name: 'a-test', version: '1' })
    const env = { ...machine.env, PATH: '/usr/bin:/bin', TZ: 'UTC' }
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [ENTRY, 'mcp'],
      env,
      cwd: machine.home,
      stderr: 'ignore',
    })
    await client.connect(transport)
    const { tools } = await client.listTools()
    expect(tools).toHaveLength(3)
    const answer = await client.callTool({ name: 'quotas', arguments: {} })
    expect(answer.structuredContent).toMatchObject({ accounts: [{ status: 'ok' }] })
    const pid = transport.pid ?? 0
    await client.close()
    expect(() => process.kill(pid, 0)).toThrow()
  }, 120_000)
})
