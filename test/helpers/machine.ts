/** A whole invented machine: a simulated world behind loopback, a home with its logins, and tokstat started in it. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../../src/config/environment.ts'
import { requireConfig } from '../../src/config/load.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import type { Context } from '../../src/main/context.ts'
import { type EngineParts, openEngine, readConfig } from '../../src/main/parts.ts'
import type { AccountDocument, AccountsDocument } from '../../src/model/document.ts'
import type { Clock, Log } from '../../src/model/ports.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { writeHome } from '../../src/simulator/home.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import type { World } from '../../src/simulator/world.ts'
import { type Finished, type Program, runProgram, startProgram } from './program.ts'
import { until } from './wait.ts'

/** Everything that is seconds or minutes in life, short: no test waits for a default. */
export const FAST_POLLING = `[polling]
timeout = "0.6s"
backoff_floor = "0.2s"
backoff_cap = "0.5s"

[providers.antigravity]
interval = "0.4s"

[providers.gemini-cli]
interval = "0.4s"
`

/** Where Antigravity's logins lie, below the home. */
export const ANTIGRAVITY_FILE = '.config/opencode/antigravity-accounts.json'

export interface MachineOptions {
  readonly world: World
  /** Default: Antigravity and Gemini CLI. */
  readonly providers?: readonly string[]
  /** Text of config.toml; default `FAST_POLLING`. */
  readonly config?: string
  readonly latencyMs?: number
  /** The words that start tokstat; default: the build of this checkout. */
  readonly program?: readonly [string, ...string[]]
}

export interface Daemon {
  readonly program: Program
  readonly url: string
  get(path: string, init?: RequestInit): Promise<Response>
  accounts(): Promise<readonly AccountDocument[]>
  /** Waits until the document satisfies it, and returns the document. */
  whenAccounts(
    what: string,
    is: (accounts: readonly AccountDocument[]) => boolean,
    deadlineMs?: number,
  ): Promise<readonly AccountDocument[]>
}

export interface Machine {
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  readonly world: World
  readonly simulator: Simulator
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Program
  /** `tokstat serve` on a free port, once it says where it answers. */
  serve(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Daemon>
  path(...parts: readonly string[]): string
  writeConfig(text: string): Promise<void>
  /** Rewrites the accounts file with what `change` makes of its list. */
  changeAccounts(change: (accounts: readonly AccountEntry[]) => readonly unknown[]): Promise<void>
  remove(): Promise<void>
}

interface AccountEntry {
  readonly email: string
}

export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { world } = options
  const home = await mkdtemp(join(tmpdir(), 'tokstat-machine-'))
  const simulator = await startSimulator({ world, latencyMs: options.latencyMs ?? 0 })
  const { env } = await writeHome(world, home, {
    providers: options.providers ?? ['antigravity', 'gemini-cli'],
    upstream: simulator.url,
  })
  const path = (...parts: readonly string[]): string => join(home, ...parts)
  const writeConfig = (text: string): Promise<void> => writeFile(path('.config/tokstat/config.toml'), text)
  await mkdir(path('.config/tokstat'), { recursive: true })
  await writeConfig(options.config ?? FAST_POLLING)
  const program = options.program === undefined ? {} : { program: options.program }
  const within = (more: Readonly<Record<string, string>>) => ({ cwd: home, env: { ...env, ...more }, ...program })
  const start: Machine['start'] = (args, more = {}) => startProgram(args, within(more))
  return {
    home,
    env,
    world,
    simulator,
    path,
    writeConfig,
    start,
    run: (args, more = {}) => runProgram(args, within(more)),
    serve: (args = [], more = {}) => daemonOf(start(['serve', '--port', '0', ...args], more)),
    async changeAccounts(change) {
      const content = JSON.parse(await readFile(path(ANTIGRAVITY_FILE), 'utf8')) as { accounts: AccountEntry[] }
      await writeFile(
        path(ANTIGRAVITY_FILE),
        `${JSON.stringify({ ...content, accounts: change(content.accounts) }, null, 2)}\n`,
      )
    },
    async remove() {
      await simulator.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Waits until a starting daemon says where it answers. */
export async function daemonOf(program: Program): Promise<Daemon> {
  const [, url = ''] = await program.line(/answers at (\S+)/)
  const get: Daemon['get'] = (path, init) => fetch(`${url}${path}`, init)
  const accounts: Daemon['accounts'] = async () =>
    ((await (await get('/api/v1/accounts')).json()) as AccountsDocument).accounts
  return {
    program,
    url,
    get,
    accounts,
    whenAccounts: (what, is, deadlineMs) =>
      until(
        what,
        async () => {
          const found = await accounts()
          return is(found) && found
        },
        deadlineMs,
      ),
  }
}

export interface LiveEngine extends EngineParts {
  readonly log: readonly LogLine[]
}

interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: unknown
}

/** The engine as `serve` builds it, in this process: real files, real HTTP, the machine's own settings. Not started. */
export async function openMachineEngine(machine: Machine, clock: Clock = systemClock()): Promise<LiveEngine> {
  const environment = readEnvironment({
    env: { ...machine.env, PATH: '' },
    cwd: machine.home,
    platform: process.platform,
    home: machine.home,
  })
  const context: Context = { environment, paths: resolvePaths(environment), clock }
  const config = requireConfig(await readConfig(context))
  const lines: LogLine[] = []
  const parts = await openEngine(context, config, collectingLog(lines), { version: '0.0.0-test' })
  return { ...parts, log: lines }
}

function collectingLog(lines: LogLine[]): Log {
  const at =
    (level: string): Log['info'] =>
    (message, fields) =>
      void lines.push({ level, message, fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
