import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pause, residentBytes, startHelper, startServe, withFolder } from './processes.ts'
import type { SimulatorReport } from './programs/simulator.ts'
import { type Bench, inTurn, median, megabytes } from './row.ts'

const BUDGET = 1.4
const ACCOUNTS = 100
const EVERY_SECONDS = 5
const AT_ONCE = 8

/** Memory of `serve` while it polls 100 accounts, against a bare server that makes the same requests by fetch. */
export const memory: Bench = {
  name: 'memory',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const simulator = startHelper('simulator')
      try {
        const upstream = await simulator.ask<string>({ accounts: ACCOUNTS, latencyMs: 20 })
        const seconds = quick ? 12 : 40
        let asked: SimulatorReport['requests'] = []
        let round = 0
        const ours = async (): Promise<number> => {
          const home = join(folder, String(round++))
          mkdirSync(home)
          const env = await simulator.ask<Record<string, string>>({ home })
          const serving = await startServe(env, home, ['--interval', `${EVERY_SECONDS}s`])
          try {
            await pause(EVERY_SECONDS * 1000)
            await simulator.ask('report')
            const resident = await settled(serving.pid, seconds)
            const { requests } = await simulator.ask<SimulatorReport>('report')
            // Jitter makes a round of polls longer than the interval; the bare server asks as much in the same time.
            asked = requests.slice(0, Math.round(requests.length / (seconds / EVERY_SECONDS)))
            return resident
          } finally {
            await serving.stop()
          }
        }
        const other = async (): Promise<number> => {
          const bare = startHelper('bare')
          try {
            const urls = asked.map(({ method, host, path }) => ({ method, url: `${upstream}/${host}${path}` }))
            await bare.ask({ kind: 'ask', urls, everyMs: EVERY_SECONDS * 1000, atOnce: AT_ONCE })
            return await settled(bare.pid, seconds)
          } finally {
            await bare.stop()
          }
        }
        const measured = await inTurn(quick ? 1 : 3, ours, other)
        return [
          {
            bench: 'memory',
            what: `resident memory of \`serve\`, ${ACCOUNTS} accounts polled every ${EVERY_SECONDS} s (${asked.length} requests)`,
            figure: megabytes(measured.ours),
            against: `${megabytes(measured.other)}, bare node:http that makes the same requests by fetch`,
            ratio: measured.ratio,
            budget: `${BUDGET} ×`,
            held: measured.ratio <= BUDGET,
          },
        ]
      } finally {
        await simulator.stop()
      }
    }),
}

/** The median over the second half of the time: what it grows to, not what it starts with. */
async function settled(pid: number, seconds: number): Promise<number> {
  const sizes: number[] = []
  for (let second = 0; second < seconds; second++) {
    await pause(1000)
    if (second >= seconds / 2) sizes.push(residentBytes(pid))
  }
  return median(sizes)
}
