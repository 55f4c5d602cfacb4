/** A real Prometheus on loopback: scrapes every second, evaluates rules every second. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './wait.ts'

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export interface Prometheus {
  /** What an expression gives now, or at an instant (unix seconds). Throws with Prometheus's own words. */
  query(promql: string, atSeconds?: number): Promise<readonly Series[]>
  /** Rewrites the list of targets; Prometheus sees it within some seconds. */
  setTargets(groups: readonly TargetGroup[]): Promise<void>
  stop(): Promise<void>
}

interface PrometheusOptions {
  readonly ruleFiles: readonly string[]
  /** A folder with blocks; default: an empty one of its own. */
  readonly data?: string
}

export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'tokstat-prometheus-'))
  const targets = join(folder, 'targets.json')
  await writeFile(targets, '[]')
  await writeFile(join(folder, 'prometheus.yml'), configText(options.ruleFiles, targets))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${options.data ?? join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  )
  await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).status === 200)
  return {
    query: (promql, atSeconds) => query(url, promql, atSeconds),
    async setTargets(groups) {
      await writeFile(`${targets}.new`, JSON.stringify(groups))
      await rename(`${targets}.new`, targets)
    },
    stop: () => stop(child, folder),
  }
}

function configText(ruleFiles: readonly string[], targets: string): string {
  return `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ${JSON.stringify(ruleFiles)}
scrape_configs:
  - job_name: tokstat
    file_sd_configs: [{ files: ["${targets}"] }]
`
}

async function query(url: string, promql: string, atSeconds?: number): Promise<readonly Series[]> {
  const at = atSeconds === undefined ? {} : { time: String(atSeconds) }
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: promql, ...at })}`)
  const body = (await answer.json()) as { error?: string; data?: { result: readonly Series[] } }
  if (body.data === undefined) throw new Error(`${promql}: ${body.error}`)
  return body.data.result
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGKILL')
  await gone
  await rm(folder, { recursive: true, force: true })
}
