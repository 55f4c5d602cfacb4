import { daysOf, heatOf, type ZoneOffset } from './analytics.ts'
import { burnTrace, type UsagePoint } from './burn.ts'
import type { EpochMs } from './time.ts'

/** One hour of the week, many quotas together. */
export interface SummedHour {
  /** 0 is Monday. */
  readonly weekday: number
  /** 0..23, in the reader's zone. */
  readonly hour: number
  /** Full windows burned in it: the sum of each quota's mean. Null: none was ever seen. */
  readonly burnedWindows: number | null
  /** How many quotas were seen in it; of the others nothing is known. */
  readonly seenQuotas: number
}

/** One day, many quotas together. */
export interface SummedDay {
  /** `2026-11-22` in the reader's zone. */
  readonly day: string
  /** Full windows burned that day, over all cycles of all quotas that were seen. */
  readonly burnedWindows: number
  readonly seenQuotas: number
}

export interface BurnSum {
  /** Adds the past of one quota, oldest point first. */
  add(points: readonly UsagePoint[]): void
  /** 168 cells, Monday 00:00 first. */
  hours(): readonly SummedHour[]
  /** Oldest first; days of which nothing is known are missing. */
  days(): readonly SummedDay[]
}

/** Sums what quotas burned, quota by quota, so that the caller may rest in between. 1 is one full window. */
export function sumBurn(now: EpochMs, zone: ZoneOffset): BurnSum {
  const cells = heatOf(burnTrace([], now), zone).map(({ weekday, hour }) => ({ weekday, hour, burned: 0, seen: 0 }))
  const days = new Map<string, { readonly burned: number; readonly seen: number }>()
  return {
    add(points) {
      const trace = burnTrace(points, now)
      heatOf(trace, zone).forEach(({ burnedRatio }, index) => {
        const cell = cells[index]
        if (cell === undefined || burnedRatio === null) return
        cell.burned += burnedRatio
        cell.seen += 1
      })
      for (const { day, burnedRatio } of daysOf(trace, zone)) {
        const sum = days.get(day) ?? { burned: 0, seen: 0 }
        days.set(day, { burned: sum.burned + burnedRatio, seen: sum.seen + 1 })
      }
    },
    hours: () =>
      cells.map(({ weekday, hour, burned, seen }) => ({
        weekday,
        hour,
        burnedWindows: seen === 0 ? null : rounded(burned),
        seenQuotas: seen,
      })),
    days: () =>
      [...days]
        .map(([day, { burned, seen }]) => ({ day, burnedWindows: rounded(burned), seenQuotas: seen }))
        .sort((one, other) => (one.day < other.day ? -1 : 1)),
  }
}

function rounded(windows: number): number {
  return Math.round(windows * 1e6) / 1e6
}
