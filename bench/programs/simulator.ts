/** The simulator in a process of its own, with a home that holds its accounts' logins. */

import { writeHome } from '../../src/simulator/home.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { createWorld } from '../../src/simulator/world.ts'

export interface SimulatorQuestion {
  readonly accounts: number
  readonly latencyMs: number
}

export type SimulatorCommand = SimulatorQuestion | { readonly home: string } | 'report'

/** What the services saw since the last report. */
export interface SimulatorReport {
  readonly requests: readonly { readonly method: 'GET' | 'POST'; readonly host: string; readonly path: string }[]
  /** From the arrival of the first request to the arrival of the last. */
  readonly spanMs: number
  readonly failed: number
}

type Simulator = Awaited<ReturnType<typeof startSimulator>>
let simulator: Simulator | null = null

async function answer(command: SimulatorCommand): Promise<unknown> {
  if (command === 'report') return report(started())
  if ('home' in command) {
    const { world, url } = started()
    return (await writeHome(world, command.home, { upstream: url })).env
  }
  const world = createWorld({ accounts: { antigravity: command.accounts } })
  simulator = await startSimulator({ world, latencyMs: command.latencyMs, keepRequests: 1_000_000 })
  return simulator.url
}

function started(): Simulator {
  if (simulator === null) throw new Error('the simulator was not started')
  return simulator
}

function report({ requests }: Simulator): SimulatorReport {
  const all = [...requests.all]
  requests.clear()
  const at = all.map((request) => request.elapsedMs)
  return {
    requests: all.map(({ method, host, path }) => ({ method: method === 'GET' ? 'GET' : 'POST', host, path })),
    spanMs: at.length === 0 ? 0 : Math.max(...at) - Math.min(...at),
    failed: all.filter((request) => request.status !== null && request.status >= 400).length,
  }
}

process.on(
  'message',
  (command) => void answer(command as SimulatorCommand).then((said) => process.send?.(said ?? null)),
)
