import { DAY_MS, type EpochMs, type ZoneOffset } from '../model/index.ts'

const QUARTER_HOUR_MS = 900_000

/** Offset of an IANA zone from UTC at an instant, in milliseconds; null for a name that is none. */
export function zoneOffset(name: string): ZoneOffset | null {
  const format = formatOf(name)
  if (format === null) return null
  const known = new Map<number, number>()
  const offsetAt = (instant: number): number => {
    const offset = known.get(instant) ?? localMs(format, instant) - instant
    known.set(instant, offset)
    return offset
  }
  return (at: EpochMs) => {
    // Intl is slow. Most days begin and end alike; on the others zones change at quarter hours.
    const day = Math.floor(at / DAY_MS) * DAY_MS
    const offset = offsetAt(day)
    if (offset === offsetAt(day + DAY_MS)) return offset
    return offsetAt(Math.floor(at / QUARTER_HOUR_MS) * QUARTER_HOUR_MS)
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      calendar: 'iso8601',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    // RangeError: Intl knows no such zone.
    return null
  }
}

/** The wall clock of the zone at an instant, as if it were UTC. */
function localMs(format: Intl.DateTimeFormat, at: number): number {
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}
