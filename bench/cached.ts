import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_RULES, epochMs, toAccountsDocument } from '../src/model/index.ts'
import { benchBoard } from './board.ts'
import { emptyProgram, TOKSTAT, timeProgram, withFolder } from './processes.ts'
import { type Bench, type BenchOptions, inTurn, ms, type Row } from './row.ts'

const BUDGET = 2

/** Commands that must be as quick as an empty program: `list --cached`, `version`. */
export const cached: Bench = {
  name: 'cached',
  run: (options) =>
    withFolder(async (folder) => [
      await listRow(join(folder, 'usual'), { accounts: 12, quotas: 6 }, options),
      await listRow(join(folder, 'large'), { accounts: 100, quotas: 20 }, options),
      await rowOf('tokstat version', folder, ['version'], options),
    ]),
}

async function listRow(
  home: string,
  size: { readonly accounts: number; readonly quotas: number },
  options: BenchOptions,
): Promise<Row> {
  const state = join(home, '.local', 'state', 'tokstat')
  mkdirSync(state, { recursive: true })
  const now = epochMs(Date.now())
  const document = toAccountsDocument(benchBoard({ ...size, now }), now, DEFAULT_RULES)
  writeFileSync(join(state, 'board.json'), JSON.stringify(document))
  return rowOf(`list --cached, ${size.accounts} accounts × ${size.quotas} quotas`, home, ['list', '--cached'], options)
}

async function rowOf(what: string, home: string, args: readonly string[], { quick }: BenchOptions): Promise<Row> {
  const env = { HOME: home }
  const empty = emptyProgram(home)
  const { ours, other, ratio } = await inTurn(
    quick ? 5 : 31,
    () => timeProgram([TOKSTAT, ...args], env),
    () => timeProgram([empty], env),
  )
  return {
    bench: 'cached',
    what,
    figure: ms(ours),
    against: `${ms(other)}, an empty Node program`,
    ratio,
    budget: `${BUDGET} ×`,
    held: ratio <= BUDGET,
  }
}
