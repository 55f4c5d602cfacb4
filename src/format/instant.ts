import { DAY_MS, type EpochMs } from '../model/time.ts'

/** Writes an instant for a reader in one zone: `14:00` today, `Fri 09:00` within six days, else `3 Dec 09:00`. */
export type InstantText = (at: EpochMs, now: EpochMs) => string

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

interface Parts {
  readonly year: number
  /** 0..11 */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

/**
 * The writer for a zone: an IANA name, or null for the zone of the process (much cheaper: no Intl data is loaded).
 * Throws RangeError for a name that does not exist.
 */
export function instantText(zone: string | null): InstantText {
  const partsOf = zone === null ? localParts : zonedParts(zone)
  let last: { readonly now: EpochMs; readonly today: Parts } | null = null
  return (at, now) => {
    if (last?.now !== now) last = { now, today: partsOf(now) }
    const parts = partsOf(at)
    const { today } = last
    const time = `${two(parts.hour)}:${two(parts.minute)}`
    const daysAhead = dayNumber(parts) - dayNumber(today)
    if (daysAhead === 0) return time
    if (daysAhead > 0 && daysAhead <= 6) return `${WEEKDAYS[(dayNumber(parts) + 4) % 7]} ${time}`
    const date = `${parts.day} ${MONTHS[parts.month]}`
    return parts.year === today.year ? `${date} ${time}` : `${date} ${parts.year}`
  }
}

/** Days since 1 January 1970, which was a Thursday. */
function dayNumber({ year, month, day }: Parts): number {
  return Math.floor(Date.UTC(year, month, day) / DAY_MS)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function localParts(at: EpochMs): Parts {
  const date = new Date(at)
  return {
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    hour: date.getHours(),
    minute: date.getMinutes(),
  }
}

function zonedParts(zone: string): (at: EpochMs) => Parts {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (at) => {
    const found = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => found.get(type) ?? 0
    return { year: of('year'), month: of('month') - 1, day: of('day'), hour: of('hour'), minute: of('minute') }
  }
}
