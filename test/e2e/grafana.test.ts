import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOwnMetrics } from '../../src/metrics/own.ts'
import { createMetricsPage } from '../../src/metrics/page.ts'
import { type Board, DEFAULT_RULES, epochMs, type Forecast } from '../../src/model/index.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { type Dashboard, DEPLOY, shippedDashboards } from '../helpers/dashboards.ts'
import { fakeClock } from '../helpers/fake-clock.ts'
import { createFakeEngine } from '../helpers/fake-engine.ts'
import { createMachine, type Daemon, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { type Prometheus, startPrometheus } from '../helpers/prometheus.ts'
import { rulesIn } from '../helpers/rules.ts'
import { SAMPLE_NOW, sampleBoard } from '../helpers/sample-board.ts'
import { type RunningServer, runServer } from '../helpers/server.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const RULES = join(DEPLOY, 'prometheus', 'rules')
const CONFIG = `[polling]
timeout = "10s"
backoff_floor = "0.5s"
backoff_cap = "1s"

[providers.antigravity]
interval = "1s"

[providers.claude]
interval = "1s"

[providers.openrouter]
interval = "1s"
`

const { missing, note } = lookForTools('prometheus', 'promtool')
const dashboards = shippedDashboards()
const rules = rulesIn(RULES)

let machine: Machine
let daemon: Daemon
let prometheus: Prometheus

/** Accounts of three services whose minutes are seconds: one fine, one low, one spent, one signed out, one refused. */
async function startMachine(): Promise<void> {
  // What must stay low or spent is so in its weekly window: a short one could reset while the test runs.
  const world = createWorld({ seed: 7, clock: { speed: 60 }, tokenLifeFactor: 5000 })
  world.add({
    provider: 'antigravity',
    name: 'fine',
    pattern: 'steady',
    intensity: 1,
    startUsed: { '3p.5h': 0.1, '3p.weekly': 0.1 },
  })
  world.add({ provider: 'antigravity', name: 'low', pattern: 'silent', startUsed: { '3p.weekly': 0.8 } })
  world.add({
    provider: 'antigravity',
    name: 'spent',
    pattern: 'silent',
    startUsed: { '3p.weekly': 1, 'gemini.weekly': 0.5 },
  })
  world.add({ provider: 'antigravity', name: 'refused', condition: { kind: 'forbidden' } })
  world.add({ provider: 'claude', pattern: 'steady', intensity: 1 })
  world.add({ provider: 'claude', condition: { kind: 'signed-out' } })
  world.add({ provider: 'openrouter', pattern: 'steady', intensity: 1 })
  machine = await createMachine({ world, providers: ['antigravity', 'claude', 'openrouter'], config: CONFIG })
  daemon = await machine.serve()
  await daemon.whenAccounts('all are read, and two cannot be', (accounts) => {
    const states = accounts.map(({ status }) => status)
    return accounts.length === 7 && states.includes('forbidden') && states.includes('auth_required')
  })
}

const FORECAST: Forecast = {
  account: 'claude/work',
  quota: 'weekly',
  burnPerHourRatio: 0.02,
  exhaustsAt: new Date(Date.now() + 3_600_000).toISOString(),
  exhaustsAtLow: null,
  exhaustsAtHigh: null,
  probabilityBeforeReset: 0.93,
  pace: null,
  model: 'rhythm',
  score: null,
}

/** The sample's resets as far ahead of this day as they are of the sample's: queries compare them with Prometheus's time. */
function resettingFromToday(board: Board): Board {
  const aheadMs = Date.now() - SAMPLE_NOW
  const accounts = board.accounts.map((state) => {
    if (state.reading === null) return state
    const quotas = state.reading.quotas.map((quota) =>
      quota.resetsAt === null ? quota : { ...quota, resetsAt: epochMs(quota.resetsAt + aheadMs) },
    )
    return { ...state, reading: { ...state.reading, quotas } }
  })
  return { accounts }
}

interface Staged {
  readonly server: RunningServer
  readonly stop: () => Promise<void>
}

/** tokstat's own server on a staged board: forecasts, an alert that was sent, a service whose attempts all fail. */
async function stageServer(): Promise<Staged> {
  const { clock } = fakeClock(SAMPLE_NOW)
  const engine = createFakeEngine(resettingFromToday(sampleBoard()))
  const own = createOwnMetrics({ version: '0.1.0', clock })
  const forecast = (account: string, quota: string): Forecast | null =>
    account === FORECAST.account && quota === FORECAST.quota ? FORECAST : null
  const metricsPage = createMetricsPage({ engine, rules: () => DEFAULT_RULES, clock, own, forecast })
  const server = await runServer({ own, metricsPage })
  own.alert('exhausted', 'ops', 'delivered')
  const failing = setInterval(
    () => own.fetched({ provider: 'claude', account: 'claude/work', outcome: 'timeout', tookMs: 900 }),
    200,
  )
  return {
    server,
    stop: () => {
      clearInterval(failing)
      return server.close()
    },
  }
}

/** The expressions of a dashboard as Grafana would send them. A fall-back to nought is left out: it proves nothing. */
function expressionsOf(dashboard: Dashboard, values: Readonly<Record<string, string>>): readonly string[] {
  return dashboard.panels.flatMap(({ targets }) =>
    targets.map(({ expr }) =>
      expr
        .replace(/ or vector\(0\)$/, '')
        .replaceAll('$__rate_interval', '10s')
        .replace(/\$(\w+)/g, (_, name: string) => values[name] ?? `no value for ${name}`),
    ),
  )
}

async function expectData(file: string, values: Readonly<Record<string, string>>, except: RegExp | null = null) {
  const dashboard = dashboards.get(file)
  if (dashboard === undefined) throw new Error(`there is no ${file}`)
  const expressions = expressionsOf(dashboard, values).filter((expr) => except === null || !except.test(expr))
  expect(expressions.length).toBeGreaterThan(4)
  for (const expr of expressions) {
    await until(`${file} has data for ${expr}`, async () => (await prometheus.query(expr)).length > 0)
  }
}

describe.skipIf(missing.length > 0)(`dashboards and rules on a real Prometheus${note}`, () => {
  let staged: Staged
  let empty: RunningServer

  beforeAll(async () => {
    await startMachine()
    prometheus = await startPrometheus({ ruleFiles: readdirSync(RULES).map((name) => join(RULES, name)) })
    await prometheus.setTargets([{ targets: [new URL(daemon.url).host], labels: { site: 'test' } }])
    await until('it has scraped the daemon', async () => (await prometheus.query('up{job="tokstat"} == 1')).length > 0)
    staged = await stageServer()
    empty = await runServer({}, { ...sampleBoard(), accounts: [] })
  })

  afterAll(async () => {
    await staged.stop()
    await empty.close()
    await prometheus.stop()
    await stopPrograms()
    await machine.remove()
  })

  it('every panel of the token dashboard shows the daemon’s data', () => expectData('dashboard.json', {}))

  it('every panel of the fleet dashboard does', () => expectData('fleet.json', { provider: '.+' }))

  it('every panel of the health dashboard does, but for alerts that nobody sent', () =>
    expectData('exporter-health.json', { job: '.+' }, /tokstat_alerts_total/))

  it('every recorded sum is there', async () => {
    for (const { name } of rules.filter(({ kind }) => kind === 'record')) {
      await until(`${name} is recorded`, async () => (await prometheus.query(name)).length > 0)
    }
  })

  it('the pool of the low account is the lowest of its models', async () => {
    const pools = await prometheus.query('pool:tokstat_quota_remaining_ratio:min{account=~"low.*",pool="claude"}')
    expect(pools).toHaveLength(1)
    expect(Number(pools[0]?.value[1])).toBeLessThan(0.3)
  })

  it('the dashboards of one account, of the forecast and of alerts show what was staged', async () => {
    await prometheus.setTargets([
      { targets: [new URL(daemon.url).host], labels: { site: 'test' } },
      { targets: [new URL(staged.server.url).host, new URL(empty.url).host], labels: { site: 'staged' } },
    ])
    await until(
      'the staged servers are scraped',
      async () => (await prometheus.query('up{site="staged"} == 1')).length === 2,
    )
    await expectData('account.json', { provider: 'claude', account: 'work' })
    await expectData('forecast.json', { provider: '.+' })
    await expectData('exporter-health.json', { job: '.+' })
  })

  it('every alert fires on its fault', async () => {
    // Pending is what an alert is while it waits for the time it asks for; promtool's tests prove the waiting.
    const laterOrNever = new Set(['TokstatDown', 'TokstatAbsent'])
    const alerts = rules.filter(({ kind, name }) => kind === 'alert' && !laterOrNever.has(name))
    expect(alerts.length).toBe(9)
    for (const { name } of alerts) {
      await until(`${name} is raised`, async () => (await prometheus.query(`ALERTS{alertname="${name}"}`)).length > 0)
    }
    expect(await prometheus.query('ALERTS{alertname="TokstatQuotaLow",account=~"fine.*",pool="claude"}')).toEqual([])
    expect(await prometheus.query('ALERTS{alertname="TokstatDown"}')).toEqual([])
  })

  it('a daemon that is gone is down, and before it was there at all it was absent', async () => {
    daemon.program.signal('SIGKILL')
    await daemon.program.ended
    await until('TokstatDown is raised', async () => {
      const raised = await prometheus.query('ALERTS{alertname="TokstatDown"}')
      return raised.length === 1 && raised[0]?.metric['site'] === 'test'
    })
    const absent = rules.find(({ name }) => name === 'TokstatAbsent')
    const beforeItAll = Math.floor(performance.timeOrigin / 1000) - 3600
    expect(await prometheus.query(absent?.expr ?? '', beforeItAll)).toHaveLength(1)
    expect(await prometheus.query(absent?.expr ?? '')).toEqual([])
  })
})
