import type { HttpReply } from './provider.ts'
import { LONGEST_REQUESTED_WAIT_MS } from './settings.ts'
import { type EpochMs, epochMs, fromAnyInstant, fromGoDuration, fromIso, plusMs, SECOND_MS } from './time.ts'

type TimedReply = Pick<HttpReply, 'headers' | 'body' | 'at'>

/**
 * How long a service asks us to wait, in milliseconds counted from its answer; null when it names no usable delay.
 * A header decides before the body. Zero, negative and unreadable values are no information (contracts section 7.8),
 * and nothing is capped here: `capRequestedWait` does that.
 */
export function requestedDelayMs(reply: TimedReply): number | null {
  return headerDelayMs(reply) ?? bodyDelayMs(reply)
}

/** A requested wait cut to the longest one that is honoured; `cut` says that it was, so that it can be logged once. */
export function capRequestedWait(ms: number): { readonly ms: number; readonly cut: boolean } {
  return ms > LONGEST_REQUESTED_WAIT_MS ? { ms: LONGEST_REQUESTED_WAIT_MS, cut: true } : { ms, cut: false }
}

/**
 * The one model a Google 429 names (`ErrorInfo.metadata.model`) and until when it is out; null when it names none or
 * gives no time. The model's own reset is preferred over the general retry delay, which is often only seconds.
 */
export function blockedModel(reply: TimedReply): { readonly model: string; readonly untilMs: EpochMs } | null {
  const facts = googleFacts(errorDetails(readJson(reply.body)), serverNow(reply))
  if (facts.model === null) return null
  const delay = facts.resetDelayMs ?? facts.resetAtDelayMs ?? headerDelayMs(reply) ?? facts.retryDelayMs
  return delay === null ? null : { model: facts.model, untilMs: plusMs(reply.at, Math.ceil(delay)) }
}

function headerDelayMs(reply: TimedReply): number | null {
  const { headers } = reply
  return (
    retryAfterMs(headers['retry-after'], serverNow(reply)) ??
    usable(decimal(headers['retry-after-ms'])) ??
    rateLimitResetMs(headers, serverNow(reply))
  )
}

/** Dates are measured against the server's own clock, so a wrong local one cannot shorten or stretch a wait. */
function serverNow(reply: TimedReply): EpochMs {
  return fromHttpDate(reply.headers['date'], reply.at) ?? reply.at
}

function retryAfterMs(value: string | undefined, now: EpochMs): number | null {
  if (value === undefined) return null
  const seconds = decimal(value)
  if (seconds !== null) return usable(seconds * SECOND_MS)
  const at = fromHttpDate(value, now)
  return at === null ? null : usable(at - now)
}

/** Only when nothing is left: GitHub sends the header with every answer, also with those that have room. */
function rateLimitResetMs(headers: HttpReply['headers'], now: EpochMs): number | null {
  const remaining = decimal(headers['x-ratelimit-remaining'])
  if (remaining !== null && remaining > 0) return null
  const at = fromAnyInstant(headers['x-ratelimit-reset'])
  return at === null ? null : usable(at - now)
}

function bodyDelayMs(reply: TimedReply): number | null {
  const body = readJson(reply.body)
  const facts = googleFacts(errorDetails(body), serverNow(reply))
  return (
    facts.retryDelayMs ??
    facts.resetDelayMs ??
    facts.resetAtDelayMs ??
    resetsInMs(field(body, 'error')) ??
    resetsInMs(body)
  )
}

function resetsInMs(holder: unknown): number | null {
  const seconds = field(holder, 'resets_in_seconds')
  if (typeof seconds === 'number') return usable(seconds * SECOND_MS)
  const parsed = typeof seconds === 'string' ? decimal(seconds) : null
  return parsed === null ? null : usable(parsed * SECOND_MS)
}

interface GoogleFacts {
  readonly model: string | null
  readonly retryDelayMs: number | null
  readonly resetDelayMs: number | null
  readonly resetAtDelayMs: number | null
}

/** What Google's `RetryInfo` and `ErrorInfo` details say; the first usable value of each wins. */
function googleFacts(details: readonly unknown[], now: EpochMs): GoogleFacts {
  let facts: GoogleFacts = { model: null, retryDelayMs: null, resetDelayMs: null, resetAtDelayMs: null }
  for (const detail of details) {
    const metadata = field(detail, 'metadata')
    const model = field(metadata, 'model')
    const resetAt = fromIso(field(metadata, 'quotaResetTimeStamp'))
    facts = {
      model: facts.model ?? (typeof model === 'string' && /^[\w.:@/-]{1,128}$/.test(model) ? model : null),
      retryDelayMs: facts.retryDelayMs ?? durationMs(field(detail, 'retryDelay')),
      resetDelayMs: facts.resetDelayMs ?? durationMs(field(metadata, 'quotaResetDelay')),
      resetAtDelayMs: facts.resetAtDelayMs ?? (resetAt === null ? null : usable(resetAt - now)),
    }
  }
  return facts
}

/** A protobuf duration: text such as `3.9s`, or `{seconds, nanos}` where a proxy has spelled it out. */
function durationMs(value: unknown): number | null {
  const text = fromGoDuration(value)
  if (text !== null) return usable(text)
  const seconds = field(value, 'seconds')
  const amount = typeof seconds === 'string' ? decimal(seconds) : seconds
  return typeof amount === 'number' ? usable(amount * SECOND_MS) : null
}

/** Details stand at `error.details`, or at `[0].error.details` when the answer is a one-element list. */
function errorDetails(body: unknown): readonly unknown[] {
  const holder = Array.isArray(body) ? (body[0] as unknown) : body
  const details = field(field(holder, 'error'), 'details')
  return Array.isArray(details) ? details : []
}

function field(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[name]
}

function readJson(body: string): unknown {
  if (!/^\s*[[{]/.test(body)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    // Not JSON: then it names no delay, which is what undefined means here.
    return undefined
  }
}

function decimal(text: string | undefined): number | null {
  return text !== undefined && /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}

function usable(ms: number | null): number | null {
  return ms !== null && Number.isFinite(ms) && ms > 0 ? ms : null
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const IMF_FIXDATE = /^[a-z]{3}, (\d{2}) ([a-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) gmt$/i
const RFC_850 = /^[a-z]{6,9}, (\d{2})-([a-z]{3})-(\d{2}) (\d{2}:\d{2}:\d{2}) gmt$/i
const ASCTIME = /^[a-z]{3} ([a-z]{3}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/i

/** The three date forms of RFC 9110, section 5.6.7. `now` only settles the century of the two-digit form. */
function fromHttpDate(text: string | undefined, now: EpochMs): EpochMs | null {
  const value = text?.trim() ?? ''
  const fixdate = IMF_FIXDATE.exec(value)
  if (fixdate) return calendar(fixdate[3], fixdate[2], fixdate[1], fixdate[4])
  const rfc850 = RFC_850.exec(value)
  if (rfc850) return calendar(fullYear(Number(rfc850[3]), now), rfc850[2], rfc850[1], rfc850[4])
  const asctime = ASCTIME.exec(value)
  return asctime ? calendar(asctime[4], asctime[1], asctime[2], asctime[3]) : null
}

/** More than fifty years ahead means the century before (RFC 9110). */
function fullYear(twoDigits: number, now: EpochMs): string {
  const thisYear = new Date(now).getUTCFullYear()
  const year = Math.floor(thisYear / 100) * 100 + twoDigits
  return String(year > thisYear + 50 ? year - 100 : year)
}

function calendar(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  clock: string | undefined,
): EpochMs | null {
  const monthIndex = MONTHS.indexOf(month?.toLowerCase() ?? '')
  if (monthIndex < 0) return null
  const [hours = Number.NaN, minutes = Number.NaN, seconds = Number.NaN] = (clock ?? '').split(':').map(Number)
  const at = Date.UTC(Number(year), monthIndex, Number(day), hours, minutes, seconds)
  return Number.isFinite(at) ? epochMs(at) : null
}
