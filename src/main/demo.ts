import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEnvironment } from '../config/environment.ts'
import { resolvePaths } from '../config/paths.ts'
import type { DemoOptions } from '../model/app.ts'
import type { Provider } from '../model/provider.ts'
import { systemClock } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { providers } from '../providers/registry.ts'
import { demoWorld } from '../simulator/cast.ts'
import { writeHome } from '../simulator/home.ts'
import { startSimulator } from '../simulator/server.ts'
import type { Context } from './context.ts'
import { runDaemon } from './run-daemon.ts'

/** In the demo time runs fast, so it is asked often; the real services never are. */
const DEMO_INTERVAL_SECONDS = 5

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

/**
 * `tokstat demo`: the daemon against the simulator, in a temporary home that is removed afterwards. No real login is
 * read and no real service asked: the environment of the process is not passed on.
 */
export async function runDemo(options: DemoOptions, version: string): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'tokstat-demo-'))
  const ids = providers.map((provider) => provider.id)
  const clock = systemClock()
  const world = demoWorld({
    accounts: options.accounts,
    seed: 1,
    speed: options.speed,
    providers: ids,
    now: () => clock.now(),
  })
  const simulator = await startSimulator({ world })
  try {
    const { env } = await writeHome(world, home, { providers: ids, upstream: simulator.url })
    const environment = readEnvironment({ env: { ...env, PATH: '' }, cwd: home, platform: process.platform, home })
    const context: Context = {
      environment,
      paths: resolvePaths(environment),
      clock,
      providers: providers.map((provider) => inFastTime(provider, options.speed)),
    }
    process.stderr.write(
      `Demo: ${world.accounts.length} invented accounts, time runs ${options.speed} times as fast. Nothing of ${homedir()} is read.\n` +
        `For the command line, in another terminal: export ${exportsOf(env)}\n`,
    )
    return await runDaemon({
      context,
      options: {
        port: options.port ?? 0,
        intervalSeconds: DEMO_INTERVAL_SECONDS,
        web: true,
        privacy: false,
        demo: true,
      },
      log: createLog('warn', process.stderr, clock),
      version,
    })
  } finally {
    await simulator.stop()
    await rm(home, { recursive: true, force: true })
  }
}
