import {
  type CycleDocument,
  type EpochMs,
  fromIso,
  type PastCycle,
  type PointDocument,
  type UsagePoint,
  type ZoneOffset,
} from '../../../src/model/index.ts'

export function usagePoints(points: readonly PointDocument[]): readonly UsagePoint[] {
  return points.flatMap(({ at, usedRatio }) => {
    const instant = fromIso(at)
    return instant === null ? [] : [{ at: instant, usedRatio }]
  })
}

export function pastCycles(cycles: readonly CycleDocument[]): readonly PastCycle[] {
  return cycles.flatMap((cycle) => {
    const startedAt = fromIso(cycle.startedAt)
    return startedAt === null ? [] : [{ ...cycle, startedAt, endedAt: fromIso(cycle.endedAt) }]
  })
}

/** The reader's own zone: what the browser says of each instant. */
export const localZone: ZoneOffset = (at: EpochMs) => -new Date(at).getTimezoneOffset() * 60_000

/** A step of five for a share among others; null stays null. The largest one is the darkest. */
export function shade(value: number | null, most: number): 0 | 1 | 2 | 3 | 4 | null {
  if (value === null) return null
  if (value <= 0 || most <= 0) return 0
  return Math.min(4, Math.max(1, Math.ceil((value / most) * 4))) as 1 | 2 | 3 | 4
}
