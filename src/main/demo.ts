import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../config/environment.ts'
import { resolvePaths } from '../config/paths.ts'
import type { DemoOptions, ServeOptions } from '../model/app.ts'
import type { Log } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import { systemClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { providers } from '../providers/registry.ts'
import { demoWorld } from '../simulator/cast.ts'
import { writeHome } from '../simulator/home.ts'
import { startSimulator } from '../simulator/server.ts'
import type { Context } from './context.ts'
import type { RunningDemo } from './demo-beside.ts'
import { writeDemoPast } from './demo-past.ts'
import { runDaemon } from './run-daemon.ts'
import { type DaemonOptions, startDaemon } from './serve.ts'

/** In the demo time runs fast, so it is asked often; the real services never are. */
const DEMO_INTERVAL_SECONDS = 5
/** What the demo is by default, here and on the command line. */
const DEMO_DEFAULTS = { accounts: 40, speed: 60 }

/** What makes a shell see the demo's home and nothing else. */
function exportsOf(env: Readonly<Record<string, string>>): string {
  const names = Object.keys(env).filter((name) => /^(HOME|XDG_\w+|TOKSTAT_UPSTREAM)$/.test(name))
  return names.map((name) => `${name}=${env[name]}`).join(' ')
}

/** A window of five hours that passes in five minutes is one of five minutes: pace and forecasts must know. */
function inFastTime(provider: Provider, speed: number): Provider {
  return {
    ...provider,
    read: async (credential, host) => {
      const reading = await provider.read(credential, host)
      const quotas = reading.quotas.map((quota) =>
        quota.windowSeconds === null ? quota : { ...quota, windowSeconds: quota.windowSeconds / speed },
      )
      return { ...reading, quotas }
    },
  }
}

interface DemoWorld {
  readonly context: Context
  readonly log: Log
  /** Makes up what was before the accounts were read. */
  readonly writePast: NonNullable<DaemonOptions['writePast']>
  readonly accounts: number
  /** What makes a shell see the demo's home and nothing else. */
  readonly env: Readonly<Record<string, string>>
  /** The simulator stops and the temporary home goes. */
  close(): Promise<void>
}

/**
 * Invented accounts behind a simulator, with their logins in a temporary home. No real login is read and no real
 * service asked: the environment of the process is not passed on.
 */
async function openDemo(
  { accounts, speed }: Pick<DemoOptions, 'accounts' | 'speed'>,
  level: 'warn' | 'error',
): Promise<DemoWorld> {
  const home = await mkdtemp(join(tmpdir(), 'tokstat-demo-'))
  const ids = providers.map((provider) => provider.id)
  const clock = systemClock()
  const world = demoWorld({ accounts, seed: 1, speed, providers: ids, now: () => clock.now() })
  const simulator = await startSimulator({ world })
  const close = async (): Promise<void> => {
    await simulator.stop()
    await rm(home, { recursive: true, force: true })
  }
  try {
    const { env } = await writeHome(world, home, { providers: ids, upstream: simulator.url })
    const environment = readEnvironment({ env: { ...env, PATH: '' }, cwd: home, platform: process.platform, home })
    const context: Context = {
      environment,
      paths: resolvePaths(environment),
      clock,
      providers: providers.map((provider) => inFastTime(provider, speed)),
    }
    const log = createLog(level, process.stderr, clock)
    const writePast: DemoWorld['writePast'] = (parts) => writeDemoPast({ ...parts, clock, log, speed })
    return { context, log, writePast, accounts: world.accounts.length, env, close }
  } catch (error) {
    await close()
    throw error
  }
}

function serveOptions(port: number): ServeOptions {
  return { port, intervalSeconds: DEMO_INTERVAL_SECONDS, web: true, privacy: false, demo: true }
}

/** `tokstat demo`: the daemon against the simulator, until a signal. */
export async function runDemo(options: DemoOptions, version: string): Promise<number> {
  const { context, log, writePast, accounts, env, close } = await openDemo(options, 'warn')
  try {
    process.stderr.write(
      `Demo: ${accounts} invented accounts, time runs ${options.speed} times as fast. Nothing of ${homedir()} is read.\n` +
        'Their past of some weeks is made up as well, in the first seconds.\n' +
        `For the command line, in another terminal: export ${exportsOf(env)}\n`,
    )
    return await runDaemon({
      context,
      options: serveOptions(options.port ?? 0),
      log,
      version,
      writePast,
      endsWithTerminal: true,
    })
  } finally {
    await close()
  }
}

/** The same beside a daemon that runs: on a free port of loopback, until it is stopped. */
export async function startDemo(
  version: string,
  options: Pick<DemoOptions, 'accounts' | 'speed'> = DEMO_DEFAULTS,
): Promise<RunningDemo> {
  const { context, log, writePast, close } = await openDemo(options, 'error')
  try {
    const daemon = await startDaemon({ context, options: serveOptions(0), log, version, writePast })
    return { url: daemon.url, stop: () => daemon.stop().finally(close) }
  } catch (error) {
    await close()
    throw error
  }
}
