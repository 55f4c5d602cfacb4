import { closeSync, copyFileSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs'
import { copyHistory } from '../src/history/backup.ts'
import { pause, startHelper } from './processes.ts'
import type { Commits } from './programs/writer.ts'
import { inTurn, median, megabytes, ms, type Row } from './row.ts'

const COPY_BUDGET = 25
const COMMIT_BUDGET = 3
/** How long commits are watched while nobody copies. */
const QUIET_MS = 2_000

/**
 * `tokstat backup` beside a writer that commits without a pause: how long the checked copy takes against a plain copy
 * of the file, and what it does to the commits. The copy is opened and checked each time; a bad one throws.
 */
export async function backupRows(path: string, rounds: number): Promise<readonly Row[]> {
  const bytes = statSync(path).size
  const target = `${path}.copy`
  const writer = startHelper('writer')
  const during: Commits[] = []
  const without: Commits[] = []
  try {
    await writer.ask({ path })
    const ours = async (): Promise<number> => {
      await writer.ask('report')
      const began = performance.now()
      await copyHistory(path, target)
      const took = performance.now() - began
      during.push(await writer.ask<Commits>('report'))
      rmSync(target)
      return took
    }
    const other = async (): Promise<number> => {
      await writer.ask('report')
      const began = performance.now()
      plainCopy(path, target)
      const took = performance.now() - began
      rmSync(target)
      await writer.ask('report')
      await pause(QUIET_MS)
      without.push(await writer.ask<Commits>('report'))
      return took
    }
    const copy = await inTurn(rounds, ours, other)
    return [copyRow(copy, bytes, during), commitRow(during, without)]
  } finally {
    await writer.stop()
  }
}

/** As `cp` and `sync` would: no check, and torn if somebody writes meanwhile. */
function plainCopy(from: string, to: string): void {
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  fsyncSync(file)
  closeSync(file)
}

function copyRow(
  copy: { readonly ours: number; readonly other: number; readonly ratio: number },
  bytes: number,
  during: readonly Commits[],
): Row {
  const commits = during.reduce((sum, one) => sum + one.count, 0)
  return {
    bench: 'history-backup',
    what: `backup of ${megabytes(bytes)}, opened and checked page by page, while readings are written (${commits} commits meanwhile)`,
    figure: ms(copy.ours),
    against: `${ms(copy.other)}, a plain copy of the file, unchecked, with fsync`,
    ratio: copy.ratio,
    budget: `${COPY_BUDGET} ×`,
    held: copy.ratio <= COPY_BUDGET && commits > 0,
  }
}

function commitRow(during: readonly Commits[], without: readonly Commits[]): Row {
  const [ours, other] = [during, without].map((all) => median(all.map(({ p95Ms }) => p95Ms))) as [number, number]
  return {
    bench: 'history-backup',
    what: 'p95 of a commit while a backup is made',
    figure: ms(ours),
    against: `${ms(other)}, while none is made`,
    ratio: ours / other,
    budget: `${COMMIT_BUDGET} ×`,
    held: ours / other <= COMMIT_BUDGET,
  }
}
