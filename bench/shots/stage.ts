/** The daemon over invented accounts, at one fixed instant of an invented week. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../../src/config/environment.ts'
import { type Paths, resolvePaths } from '../../src/config/paths.ts'
import { openHistory } from '../../src/history/open.ts'
import type { Context } from '../../src/main/context.ts'
import { type Daemon, startDaemon } from '../../src/main/serve.ts'
import { type Board, type Clock, epochMs, type Log } from '../../src/model/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { writeHome } from '../../src/simulator/home.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { pause, until } from '../processes.ts'
import { castOf, somethingHappens } from './cast.ts'
import { writePast } from './past.ts'

/** A past is thousands of small transactions, each flushed to the disk: in memory that takes seconds, not minutes. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
/** A Wednesday morning; every picture shows the same minute. */
export const STAGE_TIME = Date.UTC(2026, 10, 18, 9, 40)
export const STAGE_TOKEN = 'token-of-the-stage'
const VERSION = '1.0.0'
const SLOWNESS = 100
const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

export interface StageOptions {
  readonly accounts: number
  /** The page says that it is a demo. */
  readonly demo?: boolean
  /** The page asks for `STAGE_TOKEN`. */
  readonly closed?: boolean
}

export interface Stage {
  readonly url: string
  /** Account ids as listed. */
  readonly accounts: readonly string[]
  /** The daemon goes away; the stage stays. */
  silence(): Promise<void>
  stop(): Promise<void>
}

const RULES = `
[channels.phone]
type = "ntfy"
url = "URL/tokstat"

[[alerts]]
name = "weekly below a third"
when = "remaining < 33%"
for = "1 reading"
notify = ["phone"]
quota = "*weekly*"

[[alerts]]
name = "limit reached"
when = "exhausted"
severity = "critical"
notify = ["phone"]
`

export async function openStage(options: StageOptions): Promise<Stage> {
  const home = await mkdtemp(join(FOLDER, 'tokstat-stage-'))
  const clock = stageClock()
  const world = castOf(options.accounts, () => clock.now())
  const simulator = await startSimulator({ world })
  const phone = await listening(createServer((_request, response) => response.end('{}')))
  const { env } = await writeHome(world, home, { upstream: simulator.url })
  const vars = { ...env, PATH: '', ...(options.closed === true ? { TOKSTAT_TOKEN_FILE: join(home, 'token') } : {}) }
  await writeFile(join(home, 'token'), STAGE_TOKEN, { mode: 0o600 })
  await mkdir(join(home, '.config/tokstat'), { recursive: true })
  await writeFile(join(home, '.config/tokstat/config.toml'), RULES.replace('URL', phone.url))
  const environment = readEnvironment({ env: vars, cwd: home, platform: process.platform, home })
  const paths = resolvePaths(environment)
  const daemon = await performed({ environment, paths, clock }, options, () => somethingHappens(world))
  let silent = false
  const silence = async (): Promise<void> => {
    if (!silent) await daemon.stop()
    silent = true
  }
  return {
    url: daemon.url,
    accounts: daemon.engine.board().accounts.map(({ account }) => account.id),
    silence,
    async stop() {
      await silence()
      await simulator.stop()
      phone.server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Reads all once to learn what there is, invents its past, reads that, and then what has happened since: alerts fire. */
async function performed(context: Context, options: StageOptions, happens: () => void): Promise<Daemon> {
  const rehearsal = await started(context, options)
  await allRead(rehearsal, options)
  const board = rehearsal.engine.board()
  await rehearsal.stop()
  await forget(context.paths)
  invent(context, board)
  const before = await started(context, options)
  await allRead(before, options)
  await before.stop()
  // Without what was kept of the last reading, everything is read again at once.
  await rm(context.paths.state, { recursive: true, force: true })
  happens()
  const daemon = await started(context, options)
  await allRead(daemon, options)
  return daemon
}

function started(context: Context, options: StageOptions): Promise<Daemon> {
  return startDaemon({
    context,
    options: { port: 0, web: true, privacy: false, demo: options.demo === true },
    log: SILENT,
    version: VERSION,
  })
}

async function allRead({ engine }: Daemon, { accounts }: StageOptions): Promise<void> {
  await until('every account is read', async () => {
    const board = engine.board()
    return (accounts === 0 || board.accounts.length > 0) && board.accounts.every(({ attempt }) => attempt !== null)
  })
  await pause(accounts === 0 ? 500 : 100)
}

async function forget({ data, state }: Paths): Promise<void> {
  await Promise.all([data, state].map((folder) => rm(folder, { recursive: true, force: true })))
}

function invent({ paths, clock }: Context, board: Board): void {
  const store = openHistory({ path: paths.history, clock, log: SILENT })
  try {
    writePast(store, board, clock.now())
  } finally {
    store.close()
  }
}

/** Time goes on from an instant of the stage's own, and slowly: every picture of it shows the same minute. */
function stageClock(): Clock {
  const real = systemClock()
  const began = performance.now()
  return { ...real, now: () => epochMs(Math.round(STAGE_TIME + (performance.now() - began) / SLOWNESS)) }
}

async function listening(server: Server): Promise<{ readonly server: Server; readonly url: string }> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  return { server, url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` }
}
