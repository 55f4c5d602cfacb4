/** A running engine with healthy accounts and some that a fault befalls: what every injection here is measured on. */
import { expect } from 'vitest'
import { closeEngine } from '../../src/main/parts.ts'
import type { AccountState } from '../../src/model/account.ts'
import type { ProblemCode } from '../../src/model/problem.ts'
import type { FaultEffect, FaultRule } from '../../src/simulator/faults.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { createMachine, type LiveEngine, type Machine, openMachineEngine } from '../helpers/machine.ts'
import { until } from '../helpers/wait.ts'

export interface WardOptions {
  readonly healthy?: number
  readonly patients: readonly string[]
  readonly config?: string
  /** Faults that stand from the first request on; who is not expected to be read then. */
  readonly prepare?: (machine: Machine) => void
  readonly unread?: readonly string[]
}

export interface Ward {
  readonly machine: Machine
  readonly world: World
  readonly live: LiveEngine
  state(name: string): AccountState
  code(name: string): ProblemCode | null
  /** What is left by quota id, of the last good reading. */
  left(name: string): Readonly<Record<string, number | null>>
  /** A fault that befalls every Cloud Code request of one account. Returns the function that ends it. */
  befall(name: string, effect: FaultEffect, more?: Partial<FaultRule>): () => void
  /** Waits until the account has this problem; null: none and a reading from after now. */
  becomes(name: string, code: ProblemCode | null): Promise<void>
  /** Waits until every healthy account was read `times` more, and returns the longest typical gap between two. */
  rounds(times: number): Promise<number>
  /** None of the healthy has failed since the start, and their numbers are right. */
  expectHealthy(): void
  close(): Promise<void>
}

const WARD_POLLING = `[polling]
timeout = "0.8s"
backoff_floor = "0.1s"
backoff_cap = "0.4s"

[providers.antigravity]
interval = "0.5s"
`

const USED = { '3p.5h': 0.25, '3p.weekly': 0.1, 'gemini.5h': 0.5, 'gemini.weekly': 0.2 }
/** What a good reading of such an account says, for some of its quotas. */
export const GOOD = { 'claude-sonnet-4-6': 0.75, 'gemini-3-flash': 0.5, 'pool.3p-5h': 0.75, 'pool.gemini-weekly': 0.8 }

/** Opens the ward once every account has been read. The world stands still, so that every number is known. */
export async function openWard(options: WardOptions): Promise<Ward> {
  const world = createWorld({ seed: 31, clock: { startAt: Date.UTC(2026, 10, 22, 9) } })
  const healthy = Array.from({ length: options.healthy ?? 6 }, (_, index) => `healthy${index}`)
  for (const name of [...healthy, ...options.patients]) {
    world.add({ provider: 'antigravity', name, pattern: 'silent', startUsed: USED })
  }
  world.clock.freeze()
  const machine = await createMachine({ world, providers: ['antigravity'], config: options.config ?? WARD_POLLING })
  options.prepare?.(machine)
  const live = await openMachineEngine(machine)
  const ward = createWard(machine, live, healthy)
  await live.engine.start()
  await until('every account is read', () => {
    const { accounts } = live.engine.board()
    const unread = accounts.filter((state) => state.reading === null)
    return accounts.length === world.accounts.length && unread.length === (options.unread?.length ?? 0)
  })
  return ward
}

function createWard(machine: Machine, live: LiveEngine, healthy: readonly string[]): Ward {
  const { world, simulator } = machine
  const readAt = new Map<string, number[]>(healthy.map((name) => [name, []]))
  const failures: string[] = []
  live.engine.subscribe(({ board }) => {
    for (const name of healthy) {
      const found = board.accounts.find(({ account }) => account.name === `${name}@example.com`)
      const times = readAt.get(name) ?? []
      if (found?.attempt?.problem) failures.push(`${name}: ${found.attempt.problem.code}`)
      if (found?.observedAt != null && times.at(-1) !== found.observedAt) times.push(found.observedAt)
    }
  })
  const state = (name: string): AccountState => {
    const found = live.engine.board().accounts.find(({ account }) => account.name === `${name}@example.com`)
    if (found === undefined) throw new Error(`no account ${name}`)
    return found
  }
  const left: Ward['left'] = (name) =>
    Object.fromEntries((state(name).reading?.quotas ?? []).map((quota) => [quota.id, quota.remainingRatio]))
  const code: Ward['code'] = (name) => state(name).attempt?.problem?.code ?? null
  return {
    machine,
    world,
    live,
    state,
    code,
    left,
    befall: (name, effect, more) =>
      simulator.faults.add({ host: /cloudcode/, account: `antigravity/${name}@example.com`, effect, ...more }),
    async becomes(name, wanted) {
      const since = Date.now()
      await until(`${name} becomes ${wanted ?? 'well'}`, () =>
        wanted === null ? code(name) === null && (state(name).observedAt ?? 0) >= since : code(name) === wanted,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it is ${code(name) ?? 'well'}: ${state(name).attempt?.problem?.message}`)
      })
    },
    async rounds(times) {
      const before = new Map([...readAt].map(([name, all]) => [name, all.length]))
      await until(`every healthy account is read ${times} times more`, () =>
        [...readAt].every(([name, all]) => all.length >= (before.get(name) ?? 0) + times),
      )
      return Math.max(
        ...[...readAt].map(([name, all]) => median(gaps(all.slice(Math.max(0, (before.get(name) ?? 0) - 1))))),
      )
    },
    expectHealthy() {
      expect(failures).toEqual([])
      for (const name of healthy) expect(left(name), name).toMatchObject(GOOD)
    },
    async close() {
      await closeEngine(live)
      await machine.remove()
    },
  }
}

const gaps = (times: readonly number[]): readonly number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? time))

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
