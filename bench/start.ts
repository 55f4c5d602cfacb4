import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { emptyProgram, freePort, startHelper, TOKSTAT, timeProgram, withFolder } from './processes.ts'
import { type Bench, inTurn, ms } from './row.ts'

const FACTOR = 2.5
const ALLOWED_MS = 250
const LIMIT_MS = 30_000

/** From the start of `serve` to the first 200 on /metrics, with 100 accounts to be read. */
export const start: Bench = {
  name: 'start',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const simulator = startHelper('simulator')
      try {
        await simulator.ask({ accounts: 100, latencyMs: 100 })
        const empty = emptyProgram(folder)
        let round = 0
        const firstAnswer = async (): Promise<number> => {
          const home = join(folder, String(round++))
          mkdirSync(home)
          return untilAnswered(await simulator.ask<Record<string, string>>({ home }), home)
        }
        const { ours, other } = await inTurn(quick ? 2 : 9, firstAnswer, () => timeProgram([empty], {}))
        const allowed = FACTOR * other + ALLOWED_MS
        return [
          {
            bench: 'start',
            what: 'first 200 on /metrics after `serve` was started, 100 accounts',
            figure: ms(ours),
            against: `${ms(other)}, an empty Node program`,
            ratio: ours / other,
            budget: `${FACTOR} × + ${ALLOWED_MS} ms = ${ms(allowed)}`,
            held: ours <= allowed,
          },
        ]
      } finally {
        await simulator.stop()
      }
    }),
}

async function untilAnswered(env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, [TOKSTAT, 'serve', '--port', String(port)], { env, cwd, stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    while ((await statusOf(`http://127.0.0.1:${port}/metrics`)) !== 200) {
      if (performance.now() - began > LIMIT_MS) throw new Error('serve did not answer')
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    return performance.now() - began
  } finally {
    child.kill('SIGTERM')
    await gone
  }
}

function statusOf(url: string): Promise<number | null> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? null))
    }).once('error', () => resolve(null))
  })
}
