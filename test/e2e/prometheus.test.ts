import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Daemon, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const START = Date.UTC(2026, 10, 22, 9)
const KNOWN = 'account="known@example.com",model="claude-sonnet-4-6"'
const CONFIG = `[polling]
timeout = "10s"

[providers.antigravity]
interval = "3s"
`

const { missing, note } = lookForTools('prometheus', 'promtool')

let machine: Machine
let daemon: Daemon
let folder: string
let prometheus: ChildProcess
let prometheusUrl: string

/** A hundred accounts in a world that stands still, one of them with a share that the test knows. */
async function startMachine(): Promise<void> {
  const world = createWorld({ seed: 5, accounts: { antigravity: 99 }, clock: { startAt: START } })
  world.add({
    provider: 'antigravity',
    name: 'known',
    pattern: 'silent',
    startUsed: { '3p.5h': 0.77, '3p.weekly': 0.1, 'gemini.5h': 0.5, 'gemini.weekly': 0.2 },
  })
  world.clock.freeze()
  machine = await createMachine({ world, config: CONFIG })
  daemon = await machine.serve()
  await daemon.whenAccounts(
    'a hundred accounts are read',
    (accounts) => accounts.length === 100 && accounts.every((account) => account.status === 'ok'),
  )
}

async function startPrometheus(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'tokstat-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  await writeFile(
    config,
    `global:
  scrape_interval: 1s
scrape_configs:
  - job_name: tokstat
    static_configs:
      - targets: ['${new URL(daemon.url).host}']
`,
  )
  const port = await freePort()
  prometheusUrl = `http://127.0.0.1:${port}`
  prometheus = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  await until('Prometheus has scraped once', async () => (await sampleValue('up{job="tokstat"}')) === '1')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  }
}

async function query(promql: string): Promise<Answer['data']['result']> {
  const answer = await fetch(`${prometheusUrl}/api/v1/query?${new URLSearchParams({ query: promql })}`)
  expect(answer.status, promql).toBe(200)
  return ((await answer.json()) as Answer).data.result
}

/** The value of the one series an expression gives; null when it gives none. */
async function sampleValue(promql: string): Promise<string | null> {
  const result = await query(promql)
  expect(result.length, promql).toBeLessThanOrEqual(1)
  return result[0]?.value[1] ?? null
}

describe.skipIf(missing.length > 0)(`a real Prometheus on a hundred accounts${note}`, () => {
  beforeAll(async () => {
    await startMachine()
    await startPrometheus()
  })

  afterAll(async () => {
    prometheus.kill('SIGKILL')
    await stopPrograms()
    await machine.remove()
    await rm(folder, { recursive: true, force: true })
  })

  it('returns the right value for a known account and model', async () => {
    expect(await sampleValue(`antigravity_token_quota_remaining_fraction{${KNOWN}}`)).toBe('0.23')
    expect(await sampleValue(`antigravity_model_available{${KNOWN}}`)).toBe('1')
    const quota = 'tokstat_quota_remaining_ratio{account="known@example.com",quota="gemini-3-flash"}'
    expect(await sampleValue(quota)).toBe('0.5')
  })

  it('has every account, each of them up, and the same number as REST for each of them', async () => {
    expect(await sampleValue('count(tokstat_account_up)')).toBe('100')
    expect(await sampleValue('sum(tokstat_account_up)')).toBe('100')
    const accounts = await daemon.accounts()
    const series = await query('antigravity_token_quota_remaining_fraction{model="claude-opus-4-6-thinking"}')
    const fromPrometheus = new Map(series.map(({ metric, value }) => [metric['account'], Number(value[1])]))
    const fromRest = accounts.map((account) => [
      account.name,
      account.quotas.find((quota) => quota.id === 'claude-opus-4-6-thinking')?.remainingRatio,
    ])
    expect(fromPrometheus).toEqual(new Map(fromRest as [string, number][]))
    expect(new Set(fromPrometheus.values()).size, 'a hundred numbers that are not all alike').toBeGreaterThan(20)
  })

  it('is scraped without a complaint, in text and in OpenMetrics', async () => {
    const page = await (await daemon.get('/metrics')).text()
    const check = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })
    expect(`${check.stdout}${check.stderr}`).toBe('')
    expect(check.status).toBe(0)
    const accept = { accept: 'application/openmetrics-text;version=1.0.0' }
    const open = await daemon.get('/metrics', { headers: accept })
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0')
    expect((await open.text()).endsWith('\n# EOF\n')).toBe(true)
    // Prometheus itself asks for OpenMetrics first; a page that it cannot parse makes the target down.
    await until('the last scrape was taken', async () => (await sampleValue('up{job="tokstat"}')) === '1')
    expect(Number(await sampleValue('scrape_samples_scraped{job="tokstat"}'))).toBeGreaterThan(100 * 20)
  })

  it('sees the series of a removed account as stale at the next scrape, and all others go on', async () => {
    await machine.changeAccounts((accounts) => accounts.filter(({ email }) => email !== 'known@example.com'))
    await daemon.whenAccounts('the account is gone', (accounts) => accounts.length === 99)
    expect(await (await daemon.get('/metrics')).text()).not.toContain('known@example.com')
    const scrapes = 'count_over_time(up{job="tokstat"}[10m])'
    const before = Number(await sampleValue(scrapes))
    await until('two more scrapes', async () => Number(await sampleValue(scrapes)) >= before + 2)
    // A series that merely stopped would be shown for five minutes more.
    expect(await query('{account="known@example.com"}')).toEqual([])
    expect(await sampleValue('sum(tokstat_account_up)')).toBe('99')
    expect(await query('last_over_time(tokstat_account_up{account="known@example.com"}[10m])')).toHaveLength(1)
  })
})
