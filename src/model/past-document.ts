import type { Cycle, HistorySeries, SeriesPoint } from './history.ts'
import { toIso, toIsoOrNull } from './time.ts'

/** What was, as it goes over the wire: contracts section 5. Instants are RFC 3339 UTC. */
export interface HistoryDocument {
  readonly series: readonly SeriesDocument[]
}

export interface SeriesDocument extends Omit<HistorySeries, 'points'> {
  readonly points: readonly PointDocument[]
}

export interface PointDocument extends Omit<SeriesPoint, 'at'> {
  readonly at: string
}

export interface CyclesDocument {
  readonly cycles: readonly CycleDocument[]
}

export interface CycleDocument extends Omit<Cycle, 'startedAt' | 'endedAt' | 'resetsAt'> {
  readonly startedAt: string
  readonly endedAt: string | null
  readonly resetsAt: string | null
}

/** Parameters of history, cycles, forecast and export: account id, quota id, and the range as `7d` or RFC 3339. */
export interface PastQuery {
  readonly account?: string | undefined
  readonly quota?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly points?: number | undefined
}

/** The series under the names that `shown` gives their accounts. */
export function toHistoryDocument(
  series: readonly HistorySeries[],
  shown: (account: string) => string,
): HistoryDocument {
  return {
    series: series.map(({ points, ...facts }) => ({
      ...facts,
      account: shown(facts.account),
      points: points.map((point) => ({ ...point, at: toIso(point.at) })),
    })),
  }
}

/** The cycles under the names that `shown` gives their accounts. */
export function toCyclesDocument(cycles: readonly Cycle[], shown: (account: string) => string): CyclesDocument {
  return {
    cycles: cycles.map((cycle) => ({
      ...cycle,
      account: shown(cycle.account),
      startedAt: toIso(cycle.startedAt),
      endedAt: toIsoOrNull(cycle.endedAt),
      resetsAt: toIsoOrNull(cycle.resetsAt),
    })),
  }
}
