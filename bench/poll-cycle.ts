import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pause, startHelper, startServe, until, withFolder } from './processes.ts'
import type { SimulatorReport } from './programs/simulator.ts'
import { type Bench, median, ms, type Row } from './row.ts'

const ACCOUNTS = 100
const LATENCY_MS = 100
/** Contracts section 3.1: at most so many requests at one host, so many accounts at once. */
const PER_HOST = 8
const BUDGET = 1.3

interface Cycle {
  readonly tookMs: number
  /** What the busiest host's requests take at the limit, with nothing lost between them. */
  readonly idealMs: number
  readonly requests: number
}

function cycleOf({ requests, spanMs, failed }: SimulatorReport): Cycle {
  if (failed > 0) throw new Error(`${failed} of ${requests.length} requests were refused`)
  const perHost = new Map<string, number>()
  for (const { host } of requests) perHost.set(host, (perHost.get(host) ?? 0) + 1)
  const busiest = Math.max(...perHost.values())
  return {
    tookMs: spanMs + LATENCY_MS,
    idealMs: Math.ceil(busiest / PER_HOST) * LATENCY_MS,
    requests: requests.length,
  }
}

/** A hundred Antigravity accounts, once around: at the start (sign-in and tier too), and as it is from then on. */
export const pollCycle: Bench = {
  name: 'poll-cycle',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const simulator = startHelper('simulator')
      try {
        const upstream = await simulator.ask<string>({ accounts: ACCOUNTS, latencyMs: LATENCY_MS })
        const first: Cycle[] = []
        const later: Cycle[] = []
        const oneAfterOther: number[] = []
        for (let round = 0; round < (quick ? 1 : 3); round++) {
          const home = join(folder, String(round))
          mkdirSync(home)
          const env = await simulator.ask<Record<string, string>>({ home })
          await simulator.ask('report')
          const serving = await startServe(env, home, ['--interval', '30m'])
          await until('every account is read', () => allRead(serving.url))
          await pause(300)
          first.push(cycleOf(await simulator.ask('report')))
          // An account may be asked by hand once a minute; its own next poll is half an hour away.
          await pause(61_000)
          const answer = await fetch(`${serving.url}/api/v1/refresh`, { method: 'POST' })
          await answer.text()
          if (answer.status !== 200) throw new Error(`refresh answered ${answer.status}`)
          later.push(cycleOf(await simulator.ask('report')))
          await serving.stop()
          oneAfterOther.push(await sequentialMs(upstream))
        }
        const perRequest = median(oneAfterOther)
        return [rowOf('a poll of 100 accounts', later, perRequest), rowOf('the first, with sign-in', first, perRequest)]
      } finally {
        await simulator.stop()
      }
    }),
}

async function allRead(url: string): Promise<boolean> {
  const { accounts } = (await (await fetch(`${url}/api/v1/accounts`)).json()) as {
    accounts: readonly { readonly status: string }[]
  }
  return accounts.length === ACCOUNTS && accounts.every((account) => account.status === 'ok')
}

/** What one request costs an exporter that asks one after the other. */
async function sequentialMs(upstream: string): Promise<number> {
  const began = performance.now()
  const requests = 10
  for (let at = 0; at < requests; at++) await (await fetch(`${upstream}/bench.example.test/nothing`)).text()
  return (performance.now() - began) / requests
}

function rowOf(what: string, cycles: readonly Cycle[], sequentialRequestMs: number): Row {
  const tookMs = median(cycles.map((cycle) => cycle.tookMs))
  const idealMs = median(cycles.map((cycle) => cycle.idealMs))
  const requests = median(cycles.map((cycle) => cycle.requests))
  const ratio = median(cycles.map((cycle) => cycle.tookMs / cycle.idealMs))
  const sequential = requests * sequentialRequestMs
  return {
    bench: 'poll-cycle',
    what: `${what}: ${requests} requests of ${LATENCY_MS} ms; one after the other they take ${ms(sequential)}`,
    figure: ms(tookMs),
    against: `${ms(idealMs)}, the ideal at ${PER_HOST} requests a host`,
    ratio,
    budget: `${BUDGET} ×`,
    held: ratio <= BUDGET,
  }
}
