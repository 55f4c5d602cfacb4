import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../test/helpers/wait.ts'
import { readEnvironment } from '../config/environment.ts'
import { resolvePaths } from '../config/paths.ts'
import { systemClock } from '../platform/clock.ts'
import { writeHome } from '../simulator/home.ts'
import { startSimulator } from '../simulator/server.ts'
import { createWorld } from '../simulator/world.ts'
import { type Daemon, startDaemon } from './serve.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const PROVIDERS = ['openrouter', 'nano-gpt', 'claude'] as const

function configOf(interval: string): string {
  const tables = PROVIDERS.map((id) => `[providers.${id}]\ninterval = "${interval}"`)
  return ['[polling]\nbackoff_floor = "0.2s"\nbackoff_cap = "0.4s"', ...tables].join('\n')
}

/** A daemon over keys whose services tell a name with the first reading. */
async function daemon({ failures = 0, privacy = false } = {}) {
  const world = createWorld({ seed: 5, accounts: { openrouter: 1, 'nano-gpt': 1, claude: 1 } })
  const simulator = await startSimulator({ world })
  const home = await mkdtemp(join(tmpdir(), 'tokstat-counts-'))
  const { env } = await writeHome(world, home, { upstream: simulator.url })
  await mkdir(join(home, '.config/tokstat'), { recursive: true })
  await writeFile(join(home, '.config/tokstat/config.toml'), configOf(failures > 0 ? '0.2s' : '60s'))
  const environment = readEnvironment({ env: { ...env, PATH: '' }, cwd: home, platform: process.platform, home })
  for (const { id } of failures === 0 ? [] : world.accounts) {
    simulator.faults.add({ account: id, path: /./, effect: { kind: 'reply', status: 500, body: {} }, times: failures })
  }
  const context = { environment, paths: resolvePaths(environment), clock: systemClock() }
  const running = await startDaemon({
    context,
    options: { port: 0, web: false, privacy, demo: false },
    log: SILENT,
    version: '0.0.0-test',
  })
  onTestFinished(async () => {
    await running.stop()
    await simulator.stop()
    await rm(home, { recursive: true, force: true })
  })
  await until('all are read', async () => {
    const { accounts } = running.engine.board()
    return accounts.length === 3 && accounts.every(({ attempt }) => attempt !== null && attempt.problem === null)
  })
  return { running, page: await (await fetch(`${running.url}/metrics`)).text() }
}

/** Who has attempts of an outcome, and how many. */
function attemptsOf(page: string, outcome: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const line of page.split('\n')) {
    const [, provider, account, how, count] =
      /^tokstat_fetch_total\{provider="([^"]+)",account="([^"]+)",outcome="([^"]+)"\} (\d+)$/.exec(line) ?? []
    if (how === outcome) found.set(`${provider}/${account}`, Number(count))
  }
  return found
}

function idsOf({ engine }: Daemon): ReadonlySet<string> {
  return new Set(engine.board().accounts.map(({ account }) => account.id))
}

describe('the counts of fetches', () => {
  it('stand under the name that the first reading gives an account', async () => {
    const { running, page } = await daemon()
    const reads = attemptsOf(page, 'read')
    expect(new Set(reads.keys())).toEqual(idsOf(running))
    expect([...reads.values()]).toEqual([1, 1, 1])
  })

  it.each([{ privacy: false }, { privacy: true }])(
    'go with an account that is then called otherwise: %j',
    async ({ privacy }) => {
      const { running, page } = await daemon({ failures: 1, privacy })
      expect(new Set(attemptsOf(page, 'upstream_unavailable').keys())).toEqual(idsOf(running))
      expect(new Set(attemptsOf(page, 'read').keys())).toEqual(idsOf(running))
    },
  )
})
