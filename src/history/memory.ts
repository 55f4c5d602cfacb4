import { DAY_MS, type EpochMs, type HistoryCommit } from '../model/index.ts'
import type { StoredSample } from './sample-row.ts'
import type { CycleRow, Write } from './writes.ts'

/** More than this waits for the disk at most; the oldest samples go first. */
const MOST_WRITES = 100_000
/** Cycles, alerts and messages are few; a bound all the same. */
const MOST_KEPT = 20_000

/** What one commit would have written. */
interface Waiting {
  readonly at: EpochMs
  readonly writes: readonly Write[]
  /** What the writes were planned from; null: alert writes of their own. */
  readonly commit: HistoryCommit | null
}

/**
 * What waits in memory while the file cannot be written: the last 24 hours of samples, and everything else (cycles,
 * alerts, messages) whatever its age. In order; each list goes to the file as a whole.
 */
export interface Ring {
  push(entry: Waiting): void
  /** The oldest lists, at most `count`, without removing them. */
  peek(count: number): readonly (readonly Write[])[]
  /** Removes the oldest `count` lists. */
  shift(count: number): void
  samples(series: number): readonly StoredSample[]
  /** The newest row of each waiting cycle of a series, by number. */
  cycles(series: number): ReadonlyMap<number, CycleRow>
  writes(): IterableIterator<Write>
  waiting(): number
  dropped(): number
  /** Plans every entry again. What was kept beyond a day stays only where it names no series. */
  rewrite(plan: (entry: Waiting) => readonly Write[]): void
  /** Forgets what waits for these series. */
  forget(series: ReadonlySet<number>): void
}

export function createRing(limits: { readonly mostWrites?: number } = {}): Ring {
  const most = limits.mostWrites ?? MOST_WRITES
  let entries: Waiting[] = []
  let kept: Write[] = []
  let size = 0
  let dropped = 0

  const trim = (now: EpochMs): void => {
    let gone = 0
    for (const entry of entries) {
      if (entry.at >= now - DAY_MS && size <= most) break
      gone += 1
      size -= entry.writes.length
      const others = entry.writes.filter((write) => write.kind !== 'sample')
      dropped += entry.writes.length - others.length
      kept.push(...others)
    }
    if (gone > 0) entries = entries.slice(gone)
    if (kept.length > MOST_KEPT) {
      dropped += kept.length - MOST_KEPT
      kept = kept.slice(-MOST_KEPT)
    }
  }
  const recount = (): void => {
    size = entries.reduce((sum, entry) => sum + entry.writes.length, 0)
  }
  function* all(): IterableIterator<Write> {
    yield* kept
    for (const entry of entries) yield* entry.writes
  }
  const of = (series: number, write: Write): boolean =>
    (write.kind === 'sample' || write.kind === 'cycle') && write.row.series === series

  return {
    push(entry) {
      entries.push(entry)
      size += entry.writes.length
      trim(entry.at)
    },
    rewrite(plan) {
      entries = entries.map((entry) => ({ ...entry, writes: plan(entry) }))
      kept = kept.filter(isAlertWrite)
      recount()
    },
    peek: (count) =>
      kept.length > 0
        ? [kept, ...entries.slice(0, count - 1).map((entry) => entry.writes)]
        : entries.slice(0, count).map((entry) => entry.writes),
    shift(count) {
      const fromEntries = kept.length > 0 ? count - 1 : count
      kept = []
      for (const entry of entries.slice(0, fromEntries)) size -= entry.writes.length
      entries = entries.slice(fromEntries)
    },
    samples(series) {
      const rows: StoredSample[] = []
      for (const write of all()) if (write.kind === 'sample' && write.row.series === series) rows.push(write.row)
      return rows
    },
    cycles(series) {
      const rows = new Map<number, CycleRow>()
      for (const write of all()) if (write.kind === 'cycle' && of(series, write)) rows.set(write.row.number, write.row)
      return rows
    },
    writes: all,
    waiting: () => size + kept.length,
    dropped: () => dropped,
    forget(series) {
      const stays = (write: Write): boolean => ![...series].some((id) => of(id, write))
      kept = kept.filter(stays)
      entries = entries.map((entry) => ({ ...entry, writes: entry.writes.filter(stays) }))
      recount()
    },
  }
}

/** Whether a write concerns alerts: it names no account or series by number. */
export function isAlertWrite(write: Write): boolean {
  return !['account', 'rename', 'series', 'sample', 'cycle'].includes(write.kind)
}
