import { type BurnTrace, burnTrace, type UsagePoint } from './burn.ts'
import type { Cycle, QuotaKey } from './history.ts'
import { roundRatio } from './quota.ts'
import { type EpochMs, epochMs, HOUR_MS } from './time.ts'

/** Offset of the reader's zone from UTC at an instant, in milliseconds; east is positive. Changes with the season. */
export type ZoneOffset = (at: EpochMs) => number

/** One hour of the week. */
export interface HeatCell {
  /** 0 is Monday. */
  readonly weekday: number
  /** 0..23, in the reader's zone. */
  readonly hour: number
  /** Mean share of the limit burned in it. Null: never seen. */
  readonly burnedRatio: number | null
  /** How often this hour of the week was seen, parts counted as parts. */
  readonly seenHours: number
}

/** 168 cells, Monday 00:00 first: when the quota is used. Gaps and time at the wall count for nothing. */
export function heatMap(points: readonly UsagePoint[], now: EpochMs, zone: ZoneOffset): readonly HeatCell[] {
  return heatOf(burnTrace(points, now), zone)
}

/** `heatMap` of a trace that is there already. */
export function heatOf(trace: BurnTrace, zone: ZoneOffset): readonly HeatCell[] {
  const burned = new Array<number>(168).fill(0)
  const seen = new Array<number>(168).fill(0)
  trace.known.forEach((part, index) => {
    const at = epochMs((trace.firstHour + index) * HOUR_MS)
    const local = Math.floor((at + zone(at)) / HOUR_MS)
    // The epoch was a Thursday: three days after a Monday.
    const cell = (((local + 72) % 168) + 168) % 168
    burned[cell] = (burned[cell] ?? 0) + (trace.burned[index] ?? 0)
    seen[cell] = (seen[cell] ?? 0) + part
  })
  return seen.map((hours, cell) => ({
    weekday: Math.floor(cell / 24),
    hour: cell % 24,
    burnedRatio: hours > 0 ? roundRatio((burned[cell] ?? 0) / hours) : null,
    seenHours: Math.round(hours * 1e6) / 1e6,
  }))
}

export interface DayBurn {
  /** `2026-11-22` in the reader's zone. */
  readonly day: string
  /** Shares of the limit burned that day, over all cycles; above 1 where a window was filled more than once. */
  readonly burnedRatio: number
  readonly seenHours: number
}

/** What was burned day by day, oldest first. Days of which nothing is known are missing. */
export function burnByDay(points: readonly UsagePoint[], now: EpochMs, zone: ZoneOffset): readonly DayBurn[] {
  return daysOf(burnTrace(points, now), zone)
}

/** `burnByDay` of a trace that is there already. */
export function daysOf(trace: BurnTrace, zone: ZoneOffset): readonly DayBurn[] {
  const days = new Map<string, { burned: number; seen: number }>()
  trace.known.forEach((part, index) => {
    if (part <= 0) return
    const at = epochMs((trace.firstHour + index) * HOUR_MS)
    const day = new Date(at + zone(at)).toISOString().slice(0, 10)
    const sum = days.get(day) ?? { burned: 0, seen: 0 }
    days.set(day, { burned: sum.burned + (trace.burned[index] ?? 0), seen: sum.seen + part })
  })
  return [...days].map(([day, { burned, seen }]) => ({
    day,
    burnedRatio: roundRatio(burned),
    seenHours: Math.round(seen * 1e6) / 1e6,
  }))
}

/** The present cycles first, then by their end. */
export function newestFirst(
  one: Pick<Cycle, 'startedAt' | 'endedAt'>,
  other: Pick<Cycle, 'startedAt' | 'endedAt'>,
): number {
  // Two present ones would compare as infinity minus infinity.
  if (one.endedAt === other.endedAt) return other.startedAt - one.startedAt
  return (other.endedAt ?? Number.POSITIVE_INFINITY) > (one.endedAt ?? Number.POSITIVE_INFINITY) ? 1 : -1
}

/** A cycle as far as waste goes; a `Cycle` of the store is one. */
export type PastCycle = Pick<
  Cycle,
  'startedAt' | 'endedAt' | 'peakUsedRatio' | 'endUsedRatio' | 'exhaustedSeconds' | 'ended'
>

/** How a quota's past cycles ended. */
export interface CycleSummary {
  /** Cycles that ended with a reset and whose use is known. */
  readonly cycles: number
  /** Mean share that was left when it was lost at a reset. */
  readonly wastedRatio: number
  /** Share of the cycles that hit the wall. */
  readonly wallRatio: number
  /** Mean time that nothing was left, over the cycles that hit the wall. Null: none did. */
  readonly meanExhaustedSeconds: number | null
  readonly meanPeakRatio: number
}

/** Null while no cycle has ended. Withdrawn cycles and the present one do not count. */
export function summarizeCycles(cycles: readonly PastCycle[]): CycleSummary | null {
  const ended = endedCycles(cycles)
  if (ended.length === 0) return null
  const walled = ended.filter((cycle) => hitWall(cycle))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    cycles: ended.length,
    wastedRatio: roundRatio(mean(ended.map(wastedOf))),
    wallRatio: roundRatio(walled.length / ended.length),
    meanExhaustedSeconds: walled.length === 0 ? null : mean(walled.map((cycle) => cycle.exhaustedSeconds)),
    meanPeakRatio: roundRatio(mean(ended.map((cycle) => cycle.peakUsedRatio))),
  }
}

type EndedCycle = PastCycle & { readonly endedAt: EpochMs; readonly peakUsedRatio: number }

function endedCycles(cycles: readonly PastCycle[]): readonly EndedCycle[] {
  return cycles.filter((cycle): cycle is EndedCycle => {
    return cycle.endedAt !== null && cycle.peakUsedRatio !== null && cycle.ended !== 'withdrawn'
  })
}

function hitWall(cycle: Pick<EndedCycle, 'peakUsedRatio' | 'exhaustedSeconds'>): boolean {
  return cycle.peakUsedRatio >= 1 - 1e-9 || cycle.exhaustedSeconds > 0
}

function wastedOf(cycle: EndedCycle): number {
  return Math.max(0, 1 - (cycle.endUsedRatio ?? cycle.peakUsedRatio))
}

/** A quota and how its cycles ended; null: none has. */
export interface SummedQuota extends QuotaKey {
  readonly summary: CycleSummary | null
}

export interface AccountComparison extends QuotaKey, CycleSummary {}

/**
 * Accounts by how well they fit their use, the ones that hit the wall most first, then those that waste least. Those
 * without an ended cycle are left out.
 */
export function compareAccounts(quotas: readonly SummedQuota[]): readonly AccountComparison[] {
  return quotas
    .flatMap(({ account, quota, summary }) => (summary === null ? [] : [{ account, quota, ...summary }]))
    .sort((a, b) => b.wallRatio - a.wallRatio || a.wastedRatio - b.wastedRatio || (a.account < b.account ? -1 : 1))
}

/** A plan by its limit, as a multiple of the present plan's: 5 is five times as much. */
export interface PlanSize {
  readonly plan: string
  readonly times: number
}

export interface PlanFit extends PlanSize {
  /** Share of the past cycles that would have stayed below this plan's limit, for certain. */
  readonly fitsRatio: number
  /** Share that may have: they hit the present wall, and nobody knows how much more would have been used. */
  readonly maybeRatio: number
  /** Mean share that would have been lost, over those that fit for certain. Null: none does. */
  readonly wastedRatio: number | null
}

/** Which plan would have fitted: smallest first. Null while no cycle has ended. */
export function planFits(cycles: readonly PastCycle[], plans: readonly PlanSize[]): readonly PlanFit[] | null {
  const ended = endedCycles(cycles)
  if (ended.length === 0) return null
  return plans
    .filter((plan) => plan.times > 0)
    .map((plan) => {
      // At the wall use stopped, unless it went on beyond (overage): then the peak is what was wanted.
      const known = ended.filter((cycle) => !isCut(cycle))
      const fitting = known.filter((cycle) => cycle.peakUsedRatio <= plan.times)
      const maybe = ended.filter((cycle) => isCut(cycle) && plan.times > 1)
      const left = fitting.map((cycle) => 1 - cycle.peakUsedRatio / plan.times)
      return {
        ...plan,
        fitsRatio: roundRatio(fitting.length / ended.length),
        maybeRatio: roundRatio(maybe.length / ended.length),
        wastedRatio: left.length === 0 ? null : roundRatio(left.reduce((sum, share) => sum + share, 0) / left.length),
      }
    })
    .sort((a, b) => a.times - b.times)
}

function isCut(cycle: EndedCycle): boolean {
  return hitWall(cycle) && cycle.peakUsedRatio <= 1 + 1e-9
}

/** The smallest plan that fits at least this share of the past for certain; null: none of them. */
export function smallestFit(fits: readonly PlanFit[], share: number): PlanFit | null {
  return fits.find((fit) => fit.fitsRatio >= share) ?? null
}
