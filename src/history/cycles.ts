import { type Cycle, type CycleEnd, type EpochMs, epochMs, exhaustedMsAt, SECOND_MS } from '../model/index.ts'
import type { Database, Row } from './database.ts'
import { instantOf, openCycleOf } from './live-state.ts'
import type { CycleRow } from './writes.ts'

export interface CyclesQuery {
  readonly series: number
  readonly since: number
  readonly until: number
  readonly limit: number
}

type Bare = Omit<Cycle, 'account' | 'quota'>

/** Cycles of one series that touch the range, newest first; `waiting` rows are newer than the file's. */
export function cyclesOf(
  db: Database | null,
  query: CyclesQuery,
  context: {
    readonly waiting: ReadonlyMap<number, CycleRow>
    readonly now: EpochMs
    readonly counter: { badRows: number }
  },
): readonly Bare[] {
  const cycles = new Map<number, Bare>()
  for (const row of db === null ? [] : storedCycles(db, query)) {
    cycles.set(Number(row['number']), cycleOf(row, context.now, context.counter))
  }
  for (const [number, row] of context.waiting) cycles.set(number, waitingCycle(row, context.now))
  return [...cycles.entries()]
    .sort(([one], [other]) => other - one)
    .map(([, cycle]) => cycle)
    .filter((cycle) => cycle.startedAt <= query.until && (cycle.endedAt ?? query.until) >= query.since)
    .slice(0, query.limit)
}

function storedCycles(db: Database, query: CyclesQuery): readonly Row[] {
  return db.all(
    `SELECT * FROM cycles WHERE series = ? AND started_at <= ? AND coalesce(ended_at, ?) >= ?
     ORDER BY number DESC LIMIT ?`,
    query.series,
    query.until,
    query.until,
    query.since,
    query.limit,
  )
}

function cycleOf(row: Row, now: EpochMs, counter: { badRows: number }): Bare {
  if (row['ended_at'] === null) return openBare(openCycleOf(row, counter), now)
  return {
    startedAt: epochMs(Number(row['started_at'])),
    endedAt: instantOf(row['ended_at']),
    resetsAt: instantOf(row['resets_at']),
    peakUsedRatio: numberOrNull(row['peak']),
    endUsedRatio: numberOrNull(row['end_used']),
    exhaustedSeconds: Math.round(Number(row['exhausted_ms']) / SECOND_MS),
    ended: String(row['ended']) as CycleEnd,
  }
}

function waitingCycle(row: CycleRow, now: EpochMs): Bare {
  if (row.closed === null) return openBare(row.open, now)
  const { exhaustedMs, ...closed } = row.closed
  return { ...closed, exhaustedSeconds: Math.round(exhaustedMs / SECOND_MS) }
}

function openBare(open: NonNullable<CycleRow['open']>, now: EpochMs): Bare {
  return {
    startedAt: open.startedAt,
    endedAt: null,
    resetsAt: open.resetsAt,
    peakUsedRatio: open.peakUsedRatio,
    endUsedRatio: null,
    exhaustedSeconds: Math.round(exhaustedMsAt(open, now) / SECOND_MS),
    ended: null,
  }
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
