import type { AccountComparison } from './analytics.ts'
import type { SummedDay, SummedHour } from './burn-sum.ts'
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
  /** There were more: the newest of each quota are here. */
  readonly truncated: boolean
}

export interface CycleDocument extends Omit<Cycle, 'startedAt' | 'endedAt' | 'resetsAt'> {
  readonly startedAt: string
  readonly endedAt: string | null
  readonly resetsAt: string | null
}

/** How the past cycles of each quota ended, those that hit the wall most first. */
export interface ComparisonDocument {
  readonly quotas: readonly AccountComparison[]
}

/** Parameters of history, cycles, forecast and export: account id, quota id, and the range as `7d` or RFC 3339. */
export interface PastQuery {
  readonly account?: string | undefined
  readonly quota?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly points?: number | undefined
}

/** What the windows of many accounts burned together: a sum for each length of window. */
export interface BurnAcrossDocument {
  /** 120 days before `until` where more was asked for. */
  readonly since: string
  readonly until: string
  readonly groups: readonly BurnGroupDocument[]
}

/** One sum; 1 is one full window of `windowSeconds`. */
interface BurnGroupDocument {
  /** Null: of every service. */
  readonly provider: string | null
  /** Null: their service tells no length. */
  readonly windowSeconds: number | null
  readonly accounts: number
  /** How many quotas are summed; cells and days say how many of them were seen. */
  readonly quotas: number
  readonly hours: readonly SummedHour[]
  readonly days: readonly SummedDay[]
}

/** Parameters of the sum over accounts; `zone` is an IANA name, UTC without it. */
export interface BurnAcrossQuery {
  readonly provider?: string | undefined
  readonly windowSeconds?: number | string | undefined
  readonly since?: string | undefined
  readonly zone?: string | undefined
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
export function toCyclesDocument(
  { cycles, truncated }: { readonly cycles: readonly Cycle[]; readonly truncated: boolean },
  shown: (account: string) => string,
): CyclesDocument {
  return {
    truncated,
    cycles: cycles.map((cycle) => ({
      ...cycle,
      account: shown(cycle.account),
      startedAt: toIso(cycle.startedAt),
      endedAt: toIsoOrNull(cycle.endedAt),
      resetsAt: toIsoOrNull(cycle.resetsAt),
    })),
  }
}
