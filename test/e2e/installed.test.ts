/**
 * What people get, started as they start it: the packed tarball, installed by npm into an empty folder, on Node 24 and
 * on Node 26, and the single executable, for which there is no Node at all.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeExecutable } from '../../scripts/release/executable.mjs'
import type { AccountsDocument } from '../../src/model/document.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { CHROMIUM, chromiumNote } from '../helpers/chromium.ts'
import { createMachine, daemonOf, type Machine } from '../helpers/machine.ts'
import { packTarball } from '../helpers/packed.ts'
import { runProgram, stopPrograms } from '../helpers/program.ts'
import { lookForReleaseNode } from '../helpers/release-node.ts'
import { commandLine, openTerminal } from '../helpers/tmux.ts'
import { lookForTools } from '../helpers/tools.ts'

type Words = readonly [string, ...string[]]

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
const LONG_MS = 120_000
const tmux = lookForTools('tmux')
const releaseNode = lookForReleaseNode()
/** npm asks nobody, and leaves out the keyring, which it would have to fetch. */
const NPM = ['--offline', '--omit=optional', '--no-audit', '--no-fund', '--no-update-notifier']

let folder = ''
let tarball = ''
let installed = ''
let browser: Browser
let machine: Machine | null = null

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-installed-'))
  tarball = await packTarball(folder)
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  await run('npm', ['install', ...NPM, tarball], { cwd: empty, env: npmEnvironment() })
  installed = join(empty, 'node_modules', 'tokstat', 'bin', 'tokstat.mjs')
  if (CHROMIUM !== undefined) browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
}, LONG_MS)

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

afterEach(async () => {
  await stopPrograms()
  await machine?.remove()
  machine = null
})

function npmEnvironment(node: string = process.execPath): NodeJS.ProcessEnv {
  return { HOME: folder, PATH: `${dirname(node)}:${process.env['PATH']}`, NO_COLOR: '1' }
}

async function machineWith(program: Words): Promise<Machine> {
  const world = createWorld({ seed: 12 })
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent' })
  world.add({ provider: 'gemini-cli', name: 'linus', pattern: 'silent' })
  machine = await createMachine({ world, program })
  return machine
}

/** What is left of the first event of the stream, and the stream is closed. */
async function firstEvent(answer: Response): Promise<string> {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return new TextDecoder().decode(value)
}

/** Everything that the issue wants to see of an installation. */
function worksWith(name: string, program: () => Words): void {
  it('says its version, lists the accounts for people and for programs, and has a status line', async () => {
    const one = await machineWith(program())
    expect((await one.run(['version'])).stdout).toBe(`tokstat ${VERSION}\n`)
    const json = await one.run(['list', '--json'])
    const { accounts } = JSON.parse(json.stdout) as AccountsDocument
    expect(accounts.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      'ada@example.com ok',
      'linus@example.com ok',
    ])
    const list = await one.run(['list'])
    expect([list.code, list.stderr]).toEqual([0, expect.stringContaining(one.simulator.url)])
    expect(list.stdout).toMatch(/^antigravity +ada@example\.com /m)
    expect((await one.run(['statusline'])).stdout).toMatch(/\d% left/)
    expect((await one.run(['list', '--cached'])).stdout).toContain('linus@example.com')
  })

  it('serves metrics, REST and events', async () => {
    const daemon = await (await machineWith(program())).serve()
    await daemon.whenAccounts('both are read', (all) => all.length === 2 && all.every(({ status }) => status === 'ok'))
    const metrics = await (await daemon.get('/metrics')).text()
    expect(metrics).toContain(`tokstat_build_info{version="${VERSION}"} 1`)
    expect(metrics).toMatch(/^antigravity_token_quota_remaining_fraction\{account="ada@example.com",model="[^"]+"\} /m)
    expect((await daemon.get('/api/openapi.json')).status).toBe(200)
    expect(await firstEvent(await daemon.get('/api/v1/events'))).toContain('event: snapshot')
    daemon.program.signal('SIGTERM')
    expect(await daemon.program.ended).toMatchObject({ code: 0 })
  })

  it.skipIf(CHROMIUM === undefined)(
    `shows its page in a browser${chromiumNote}`,
    async () => {
      const daemon = await (await machineWith(program())).serve()
      await daemon.whenAccounts(
        'both are read',
        (all) => all.length === 2 && all.every(({ status }) => status === 'ok'),
      )
      const page = await browser.newPage()
      await page.goto(daemon.url)
      await page.getByText('ada@example.com').first().waitFor()
      expect(await page.locator('h1').first().textContent()).toMatch(/\S/)
      await page.close()
    },
    LONG_MS,
  )

  it.skipIf(tmux.missing.length > 0)(
    `draws its dashboard in a terminal${tmux.note}`,
    async () => {
      const one = await machineWith(program())
      const terminal = openTerminal({
        name: name.replace(/\W/g, ''),
        env: one.env,
        cwd: one.home,
        columns: 100,
        rows: 30,
      })
      try {
        await terminal.shows(/[$#] *$/m)
        terminal.type(commandLine('dashboard', program()))
        terminal.keys('Enter')
        await terminal.shows('2 accounts')
        await terminal.shows('ada@example.com')
        terminal.keys('q')
        await terminal.shows(/[$#] *$/m)
      } finally {
        terminal.end()
      }
    },
    LONG_MS,
  )

  it('has its demo', async () => {
    const one = await machineWith(program())
    const daemon = await daemonOf(one.start(['demo', '--port', '0']))
    await daemon.whenAccounts('invented accounts', (all) => all.length >= 8)
    daemon.program.signal('SIGINT')
    expect((await daemon.program.ended).code).toBe(0)
  })
}

describe('the tarball, installed on the Node of the tests', () => {
  worksWith('node24', () => [process.execPath, installed])

  it(
    'runs by npx, from the file',
    async () => {
      const { stdout } = await run('npx', ['--yes', ...NPM, `./${basename(tarball)}`, 'version'], {
        cwd: folder,
        env: npmEnvironment(),
      })
      expect(stdout).toBe(`tokstat ${VERSION}\n`)
    },
    LONG_MS,
  )

  it('says one sentence to a Node that is too old, and does not begin', async () => {
    const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.19.5"})'
    const program: Words = [process.execPath, '--import', old, installed]
    const { code, stdout, stderr } = await runProgram(['list'], { cwd: folder, env: { HOME: folder }, program })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe('tokstat needs Node 24.15 or newer and this is 20.19.5: install Node 24, then run it again.\n')
  })
})

describe.skipIf(releaseNode.path === null)(`the tarball, installed on Node 26${releaseNode.note}`, () => {
  worksWith('node26', () => [releaseNode.path ?? '', installed])
})

describe.skipIf(releaseNode.path === null)(`the single executable${releaseNode.note}`, () => {
  let executable = ''

  beforeAll(() => {
    executable = makeExecutable(folder)
  }, LONG_MS)

  worksWith('executable', () => [executable])

  it('needs no Node, and no file beside it', async () => {
    const bare = { PATH: '/nowhere', HOME: folder }
    const { stdout } = await run(executable, ['doctor'], { cwd: '/', env: bare }).catch(
      (error) => error as { stdout: string },
    )
    expect(stdout).toMatch(new RegExp(`^✓ Program {2}tokstat ${VERSION} on Node 26\\.`, 'm'))
    expect(existsSync(join(folder, 'dist'))).toBe(false)
  })

  it('says what it cannot do: the keyring of the system', async () => {
    const { stdout } = await run(executable, ['doctor'], { cwd: '/', env: { HOME: folder } }).catch(
      (error) => error as { stdout: string },
    )
    expect(stdout).toContain('This installation of tokstat cannot use the keyring of the system.')
  })

  it('installs itself as a service, by its own path', async () => {
    const root = join(folder, 'root')
    await run(executable, ['service', 'install', '--user', '--root', root], { env: { HOME: folder } })
    const units = readdirSync(root, { recursive: true, encoding: 'utf8' })
    const unit = units.find((path) => basename(path) === 'tokstat.service') ?? ''
    expect(readFileSync(join(root, unit), 'utf8')).toContain(`ExecStart=${executable} serve\n`)
  })
})
