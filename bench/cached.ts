import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_RULES, epochMs, toAccountsDocument } from '../src/model/index.ts'
import { benchBoard } from './board.ts'
import { emptyProgram, endedCpuMs, TOKSTAT, timeProgram, withFolder } from './processes.ts'
import { type Bench, type BenchOptions, inTurn, ms, type Row } from './row.ts'

const BUDGET = 2
/** A status line is started again and again. */
const LINE_BUDGET = 1.5

/** Commands that must be as quick as an empty program: `statusline`, `list --cached`, `version`. */
export const cached: Bench = {
  name: 'cached',
  run: (options) =>
    withFolder(async (folder) => [
      ...(await boardRows(join(folder, 'usual'), { accounts: 12, quotas: 6 }, options)),
      ...(await boardRows(join(folder, 'large'), { accounts: 100, quotas: 20 }, options)),
      await rowOf({ what: 'tokstat version', home: folder, args: ['version'], budget: BUDGET }, options),
    ]),
}

async function boardRows(
  home: string,
  size: { readonly accounts: number; readonly quotas: number },
  options: BenchOptions,
): Promise<readonly Row[]> {
  const state = join(home, '.local', 'state', 'tokstat')
  mkdirSync(state, { recursive: true })
  const now = epochMs(Date.now())
  const document = toAccountsDocument(benchBoard({ ...size, now }), now, DEFAULT_RULES)
  writeFileSync(join(state, 'board.json'), JSON.stringify(document))
  const over = `${size.accounts} accounts × ${size.quotas} quotas`
  return [
    await rowOf({ what: `statusline, ${over}`, home, args: ['statusline'], budget: LINE_BUDGET }, options),
    await rowOf({ what: `list --cached, ${over}`, home, args: ['list', '--cached'], budget: BUDGET }, options),
  ]
}

interface Command {
  readonly what: string
  readonly home: string
  readonly args: readonly string[]
  readonly budget: number
}

async function rowOf({ what, home, args, budget }: Command, { quick }: BenchOptions): Promise<Row> {
  const env = { HOME: home }
  const cpu = { ours: 0, other: 0 }
  const counted = async (name: keyof typeof cpu, args: readonly string[]): Promise<number> => {
    const before = endedCpuMs()
    const took = await timeProgram(args, env)
    cpu[name] += endedCpuMs() - before
    return took
  }
  const empty = emptyProgram(home)
  const { ours, other, ratio } = await inTurn(
    quick ? 5 : 31,
    () => counted('ours', [TOKSTAT, ...args]),
    () => counted('other', [empty]),
  )
  return {
    bench: 'cached',
    what,
    figure: `${ms(ours)}; in CPU time ${(cpu.ours / cpu.other).toFixed(2)} ×`,
    against: `${ms(other)}, an empty Node program`,
    ratio,
    budget: `${budget} ×`,
    held: ratio <= budget,
  }
}
