import type { EpochMs, ZoneOffset } from '../model/index.ts'

const QUARTER_HOUR_MS = 900_000

/** Offset of an IANA zone from UTC at an instant, in milliseconds; null for a name that is none. */
export function zoneOffset(name: string): ZoneOffset | null {
  const format = formatOf(name)
  if (format === null) return null
  const known = new Map<number, number>()
  return (at: EpochMs) => {
    // Zones change at quarter hours: asking once for each is enough, and Intl is slow.
    const slot = Math.floor(at / QUARTER_HOUR_MS)
    const offset = known.get(slot) ?? localMs(format, slot * QUARTER_HOUR_MS) - slot * QUARTER_HOUR_MS
    known.set(slot, offset)
    return offset
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
