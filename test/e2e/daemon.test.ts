import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { AccountsDocument as Document } from '../../src/model/document.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { ANTIGRAVITY_FILE, createMachine, daemonOf, FAST_POLLING, type Machine } from '../helpers/machine.ts'
import { startProgram, stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const DAEMON_FILE = '.run/tokstat/daemon.json'
const CALM = `[polling]
timeout = "5s"

[providers.antigravity]
interval = "1h"

[providers.gemini-cli]
interval = "1h"
`

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

function smallWorld(): World {
  return createWorld({ seed: 9, accounts: { antigravity: 3, 'gemini-cli': 1 } })
}

const allOk = (accounts: readonly { status: string }[]): boolean =>
  accounts.length > 0 && accounts.every(({ status }) => status === 'ok')

describe('a daemon that starts', () => {
  it('answers before its first poll has finished, also when every service hangs, and stops all the same', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    machine.simulator.faults.add({ effect: { kind: 'hang' } })
    const daemon = await machine.serve()
    await until('requests are under way', () => machine.simulator.requests.all.length >= 4)
    const accounts = await daemon.accounts()
    expect(accounts.map((account) => account.status)).toEqual(['pending', 'pending', 'pending', 'pending'])
    for (const path of ['/metrics', '/healthz', '/readyz', '/', '/api/v1/quotas', '/v0/management/quota/status']) {
      expect((await daemon.get(path)).status, path).toBe(200)
    }
    expect(machine.simulator.requests.all.every((request) => request.status === null)).toBe(true)
    const before = performance.now()
    daemon.program.signal('SIGTERM')
    expect(await daemon.program.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - before).toBeLessThan(5000)
  })

  it('says which places it looked in when there is no account, keeps running, and finds a login that appears', async () => {
    const world = createWorld({ seed: 9 })
    machine = await createMachine({ world, config: FAST_POLLING })
    const daemon = await machine.serve()
    await daemon.program.line(/No account found yet/)
    expect(daemon.program.stderr()).toContain(join(machine.home, ANTIGRAVITY_FILE))
    expect(daemon.program.stderr()).toContain(join(machine.home, '.gemini/oauth_creds.json'))
    expect(daemon.program.stderr()).toContain('without an account, in another terminal: npm run demo')
    expect(await daemon.accounts()).toEqual([])
    expect((await daemon.get('/readyz')).status).toBe(200)
    const ada = world.add({ provider: 'gemini-cli', name: 'ada' })
    const { accessToken, refreshToken } = world.grants.session(ada)
    await mkdir(machine.path('.gemini'), { recursive: true })
    await writeFile(
      machine.path('.gemini/oauth_creds.json'),
      JSON.stringify({ access_token: accessToken, refresh_token: refreshToken, expiry_date: Date.now() + 3_600_000 }),
    )
    const [found] = await daemon.whenAccounts('the new login is read', allOk)
    expect(found?.provider).toBe('gemini-cli')
  })

  it('is the only one: a second one exits 1 and names the first by its pid (D13, P16)', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const daemon = await machine.serve()
    const second = await machine.run(['serve', '--port', '0'])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(`Process ${daemon.program.pid} already polls`)
    expect((await daemon.get('/healthz')).status).toBe(200)
  })

  it('exits 1 for a taken port, says so, and leaves nothing that stops the next one (W01)', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const refused = await machine.run(['serve', '--port', String(port)])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken`))
    expect(machine.simulator.requests.all).toEqual([])
    expect(existsSync(machine.path(DAEMON_FILE))).toBe(false)
    holder.close()
    await once(holder, 'close')
    const daemon = await daemonOf(machine.start(['serve', '--port', String(port)]))
    expect(daemon.url).toBe(`http://127.0.0.1:${port}`)
  })

  it('refuses an address that is not loopback without a token, with exit code 4 (W05)', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const refused = await machine.run(['serve', '--host', '0.0.0.0', '--port', '0'])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('token_file')
    expect(machine.simulator.requests.all).toEqual([])
  })

  it('takes its flags from npm start as well: scripts/start.mjs passes them through', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const program = startProgram(['serve', '--port', '0', '--privacy'], {
      entry: join(import.meta.dirname, '../../scripts/start.mjs'),
      cwd: machine.home,
      env: { ...machine.env, INIT_CWD: machine.home },
    })
    const daemon = await daemonOf(program)
    const accounts = await daemon.whenAccounts('the accounts are read', allOk)
    expect(accounts.map((account) => account.name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^antigravity-[a-z2-7]{6}$/)]),
    )
    program.signal('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
})

describe('a daemon that is stopped', () => {
  it('ends within 5 s at SIGTERM with a stream open, and takes its runtime file with it', async () => {
    machine = await createMachine({ world: smallWorld() })
    const daemon = await machine.serve()
    await daemon.whenAccounts('the accounts are read', allOk)
    const stream = await daemon.get('/api/v1/events')
    const reader = stream.body?.getReader()
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0)
    expect(JSON.parse(await readFile(machine.path(DAEMON_FILE), 'utf8'))).toMatchObject({
      url: daemon.url,
      pid: daemon.program.pid,
    })
    const before = performance.now()
    daemon.program.signal('SIGTERM')
    expect(await daemon.program.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - before).toBeLessThan(5000)
    expect(existsSync(machine.path(DAEMON_FILE))).toBe(false)
    await expect(daemon.get('/healthz')).rejects.toThrow()
  })

  it('by kill -9 leaves no trap: commands work without it, the next one starts and shows the last readings', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const first = await machine.serve()
    const seen = await first.whenAccounts('the accounts are read', allOk)
    await until('the readings are on disk', async () => {
      const board = JSON.parse(await readFile(machine.path('.local/state/tokstat/board.json'), 'utf8')) as Document
      return board.accounts.length === 4 && board.accounts.every((account) => account.observedAt !== null)
    })
    first.program.signal('SIGKILL')
    await first.program.ended
    expect(existsSync(machine.path(DAEMON_FILE)), 'what the dead one said is still there').toBe(true)
    const list = await machine.run(['list', '--json'])
    expect(list.code).toBe(0)
    expect(JSON.parse(list.stdout).accounts).toHaveLength(4)
    machine.simulator.faults.add({ effect: { kind: 'hang' } })
    const second = await machine.serve()
    const again = await second.accounts()
    expect(again.map((account) => account.id)).toEqual(seen.map((account) => account.id))
    expect(again.every((account) => account.quotas.length > 0 && account.observedAt !== null)).toBe(true)
  })

  it('lives through SIGHUP and through a terminal that goes away (P11)', async () => {
    machine = await createMachine({ world: smallWorld() })
    const daemon = await machine.serve([], { TOKSTAT_LOG: 'debug' })
    await daemon.whenAccounts('the accounts are read', allOk)
    daemon.program.hangUp()
    daemon.program.signal('SIGHUP')
    const asked = machine.simulator.requests.all.length
    await until('it goes on asking', () => machine.simulator.requests.all.length > asked + 20)
    expect((await daemon.get('/healthz')).status).toBe(200)
    daemon.program.signal('SIGTERM')
    expect((await daemon.program.ended).code).toBe(0)
  })

  it('that is a demo ends with its terminal, and leaves nothing behind', async () => {
    machine = await createMachine({ world: smallWorld() })
    const left = machine.path('temporary')
    await mkdir(left)
    const demo = machine.start(['demo', '--port', '0', '--accounts', '4'], { TMPDIR: left })
    await daemonOf(demo)
    expect(await readdir(left)).toHaveLength(1)
    demo.hangUp()
    demo.signal('SIGHUP')
    await until('it ends', async () => (await Promise.race([demo.ended, null])) !== null, 10_000)
    expect(await demo.ended).toEqual({ code: 0, signal: null })
    expect(await readdir(left)).toEqual([])
  })
})

describe('a daemon whose settings and logins change', () => {
  const withLevels = (levels: string): string => `${FAST_POLLING}\n[levels]\n${levels}\n`

  it('follows a valid config.toml at once', async () => {
    const world = createWorld({ seed: 9 })
    const used = { '3p.5h': 0.5, '3p.weekly': 0.1, 'gemini.5h': 0.1, 'gemini.weekly': 0.1 }
    world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed: used })
    world.add({ provider: 'gemini-cli', name: 'grace' })
    world.clock.freeze()
    machine = await createMachine({ world, config: withLevels('low = 0.3') })
    const daemon = await machine.serve()
    const levelOf = (accounts: Awaited<ReturnType<typeof daemon.accounts>>): string | undefined =>
      accounts.flatMap((account) => account.quotas).find((quota) => quota.id === 'claude-sonnet-4-6')?.level
    await daemon.whenAccounts('half is medium', (accounts) => levelOf(accounts) === 'medium')
    await machine.writeConfig(
      `${withLevels('low = 0.6')}\n`.replace('[providers.gemini-cli]', '[providers.gemini-cli]\nenabled = false'),
    )
    await daemon.whenAccounts('half is low now', (accounts) => levelOf(accounts) === 'low')
    await daemon.whenAccounts('and Gemini CLI is off', (accounts) => accounts.length === 1)
  })

  it('keeps its settings when config.toml turns invalid, and warns with key and line', async () => {
    machine = await createMachine({ world: smallWorld(), config: withLevels('low = 0.2') })
    const daemon = await machine.serve()
    await daemon.whenAccounts('the accounts are read', allOk)
    await machine.writeConfig(withLevels('lwo = 0.9'))
    const [line] = await daemon.program.line(/.*config\.toml is not valid.*/)
    expect(line).toContain('lwo')
    expect((await daemon.get('/healthz')).status).toBe(200)
    const asked = machine.simulator.requests.all.length
    await until('it goes on asking', () => machine.simulator.requests.all.length > asked + 8)
    await machine.writeConfig(withLevels('low = 0.2'))
    const check = await machine.run(['config', 'check'])
    expect(check.code).toBe(0)
  })

  it('shows a new login without a restart, and a removed one no more', async () => {
    machine = await createMachine({ world: smallWorld() })
    const daemon = await machine.serve()
    await daemon.whenAccounts('the accounts are read', allOk)
    const late = machine.world.add({ provider: 'antigravity', name: 'late' })
    const { refreshToken } = machine.world.grants.session(late)
    await machine.changeAccounts((accounts) => [
      ...accounts,
      { email: late.email, refreshToken, projectId: late.project },
    ])
    const five = await daemon.whenAccounts('five accounts', (accounts) => accounts.length === 5 && allOk(accounts))
    expect(five.map((account) => account.id)).toContain('antigravity/late@example.com')
    await machine.changeAccounts((accounts) => accounts.slice(0, 1))
    await daemon.whenAccounts('two accounts', (accounts) => accounts.length === 2)
  })
})
