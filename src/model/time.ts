/** An instant: integer milliseconds since the unix epoch, UTC. */
export type EpochMs = number & { readonly __unit: 'EpochMs' }

/** Marks a number as an instant; fractions are cut. */
export function epochMs(value: number): EpochMs {
  return Math.trunc(value) as EpochMs
}

/** `at` moved by a number of milliseconds. */
export function plusMs(at: EpochMs, deltaMs: number): EpochMs {
  return epochMs(at + deltaMs)
}

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Instants outside 2001..2100 are nonsense from a broken answer, not time. */
const EARLIEST = 978_307_200_000
const LATEST = 4_102_444_800_000

function plausible(value: number): EpochMs | null {
  return Number.isFinite(value) && value >= EARLIEST && value <= LATEST ? epochMs(value) : null
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * Reads an ISO 8601 / RFC 3339 text: with any number of fraction digits (cut to milliseconds), with `Z`, an offset
 * or no zone at all (then UTC), or a date alone (midnight UTC). Null for everything else, and outside 2001..2100.
 */
export function fromIso(text: unknown): EpochMs | null {
  if (typeof text !== 'string') return null
  const ours = fromOwnIso(text)
  if (ours !== null) return plausible(ours)
  const match = ISO.exec(text.trim())
  if (!match) return null
  const [, date = '', time = '00:00:00', fraction = '', zone = 'Z'] = match
  if (!isCalendarDay(date)) return null
  const seconds = time.length === 5 ? `${time}:00` : time
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  const parsed = Date.parse(`${date}T${seconds}${fraction.slice(0, 4)}${offset}`)
  return plausible(parsed)
}

/** `fromIso`, or one that remembers what it has read. */
export type InstantReader = (text: string | null) => EpochMs | null

/**
 * `fromIso` for one pass over a document: its thousands of instants are few different ones (models of one pool come
 * back together), and each is read once.
 */
export function instantReader(): InstantReader {
  const known = new Map<string, EpochMs | null>()
  return (text) => {
    if (text === null) return null
    let at = known.get(text)
    if (at === undefined) {
      at = fromIso(text)
      known.set(text, at)
    }
    return at
  }
}

const ZERO = 0x30
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/**
 * The two forms that `toIso` writes, read without a regular expression: a kept board has thousands of them, and they
 * would be half the time of showing it. Null for every other form, and for what only a calendar can judge.
 */
function fromOwnIso(text: string): number | null {
  const { length } = text
  if ((length !== 20 && length !== 24) || text[length - 1] !== 'Z') return null
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return null
  if (length === 24 && text[19] !== '.') return null
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  const millisecond = length === 24 ? digits(text, 20, 23) : 0
  const isTime = year >= 1000 && hour <= 23 && minute <= 59 && second <= 59 && millisecond >= 0
  const isDay = day >= 1 && day <= (DAYS_IN_MONTH[month - 1] ?? 0) && !(month === 2 && day === 29)
  if (!isTime || !isDay) return null
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
}

/** The number written in these places; NaN unless all are digits, so that no comparison with it holds. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** `Date.parse` moves 30 February into March; a day that does not exist is a broken answer, not a later day. */
function isCalendarDay(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  return Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(date)
}

/** Unix seconds as a number (fractions allowed) or null when implausible. */
export function fromUnixSeconds(value: unknown): EpochMs | null {
  return typeof value === 'number' ? plausible(value * SECOND_MS) : null
}

/** Unix milliseconds as a number or null when implausible. */
export function fromUnixMs(value: unknown): EpochMs | null {
  return typeof value === 'number' ? plausible(value) : null
}

/**
 * For fields that are known to come in more than one form: ISO text, seconds, or milliseconds
 * (numbers above 1e11 are milliseconds: as seconds they would be the year 5138).
 */
export function fromAnyInstant(value: unknown): EpochMs | null {
  if (typeof value === 'number') return value > 1e11 ? fromUnixMs(value) : fromUnixSeconds(value)
  if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim())) return fromAnyInstant(Number(value))
  return fromIso(value)
}

/** RFC 3339 in UTC with `Z`; whole seconds have no fraction. */
export function toIso(at: EpochMs): string {
  const text = new Date(at).toISOString()
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text
}

/** `toIso` that passes null through. */
export function toIsoOrNull(at: EpochMs | null): string | null {
  return at === null ? null : toIso(at)
}

/** The units that people write durations with: `30s`, `2h`, `7d`. Each place says which of them it takes. */
export const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  y: 365 * DAY_MS,
}

const GO_UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
}

/** Go and protobuf style durations, as Google's errors carry them: `3.957525076s`, `3h45m0s`, `108h48m20.79s`. */
export function fromGoDuration(text: unknown): number | null {
  if (typeof text !== 'string') return null
  const body = text.trim()
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d))+$/.test(body)) return null
  let total = 0
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    total += Number(amount) * (GO_UNIT_MS[unit ?? ''] ?? Number.NaN)
  }
  return Number.isFinite(total) ? total : null
}
