import { type Logger, pino } from 'pino'
import type { Clock, Log, LogFields } from '../model/ports.ts'
import { HOUR_MS, MINUTE_MS, toIso } from '../model/time.ts'
import { systemClock } from './clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where lines go: stderr in life, a list in tests. */
export interface LogDestination {
  readonly isTTY?: boolean
  write(line: string): unknown
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 }
/** Fields that tell whose warning it is: the same sentence about another account is another warning. */
const KEY_FIELDS = ['account', 'provider', 'source', 'place', 'path', 'host', 'endpoint', 'channel', 'key'] as const
const QUIET_MS = MINUTE_MS
const MOST_KEYS = 1_000
const LONGEST_TEXT = 2_000

/**
 * The log: JSON lines, or one readable line each when the destination is a terminal. A warning or error with the
 * same message and key fields is written at most once a minute; the next one says how many were held back.
 * Values that look like secrets, and control characters, never get through.
 */
export function createLog(
  level: LogLevel,
  destination: LogDestination = process.stderr,
  clock: Clock = systemClock(),
): Log {
  const write = destination.isTTY === true ? readableLines(destination, clock) : jsonLines(destination, clock)
  const held = createRepeatFilter(clock)
  const at =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (RANK[own] < RANK[level]) return
      const repeats = RANK[own] >= RANK.warn ? held(message, fields) : 0
      if (repeats === null) return
      write(own, clean(message), { ...cleanFields(fields), ...(repeats > 0 ? { repeats } : {}) })
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

type Write = (level: LogLevel, message: string, fields: LogFields) => void

function jsonLines(destination: LogDestination, clock: Clock): Write {
  const logger: Logger = pino(
    {
      base: null,
      level: 'debug',
      timestamp: () => `,"time":"${toIso(clock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(line) },
  )
  return (level, message, fields) => logger[level](fields, message)
}

function readableLines(destination: LogDestination, clock: Clock): Write {
  return (level, message, fields) => {
    const time = toIso(clock.now()).slice(11, 19)
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => `${name}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`)
    destination.write(`${[time, level.toUpperCase().padEnd(5), message, ...rest].join(' ')}\n`)
  }
}

/** Gives how many were held back since the last line, or null when this one is held back too. */
function createRepeatFilter(clock: Clock): (message: string, fields: LogFields) => number | null {
  const seen = new Map<string, { until: number; repeats: number }>()
  return (message, fields) => {
    const key = JSON.stringify([message, ...KEY_FIELDS.map((name) => fields[name] ?? null)])
    const now = clock.monotonicMs()
    const known = seen.get(key)
    if (known !== undefined && now < known.until) {
      known.repeats += 1
      return null
    }
    seen.delete(key)
    seen.set(key, { until: now + QUIET_MS, repeats: 0 })
    forgetOld(seen, now)
    return known?.repeats ?? 0
  }
}

/** Keys are in the order of their last line, so the first ones are the oldest. */
function forgetOld(seen: Map<string, { until: number; repeats: number }>, now: number): void {
  for (const [key, entry] of seen) {
    if (seen.size <= MOST_KEYS && entry.until > now - HOUR_MS) return
    seen.delete(key)
  }
}

const RESERVED = new Set(['level', 'time', 'msg', 'repeats'])
const SECRET_NAME = /token|secret|password|passphrase|authorization|cookie|api_?key|credential$/i
const SECRET_TEXT =
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}|\b(?:ya29\.|sk-|gh[opusr]_|github_pat_|eyJ)[\w.-]{6,}|\b1\/\/[\w-]{6,}/gi

function cleanFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, cleanValue(name, value)]),
  )
}

function cleanValue(name: string, value: unknown): string | number | boolean | null | undefined {
  if (typeof value === 'string') return SECRET_NAME.test(name) && value !== '' ? '[secret]' : clean(value)
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value
  // Fields are plain by type. Should an object slip in, its own masked form (Secret) is the most that is shown.
  return String(value) === '[secret]' ? '[secret]' : '[object]'
}

/** One line, no terminal control, nothing that reverses the direction of text, nothing that looks like a token. */
function clean(text: string): string {
  return text
    .slice(0, LONGEST_TEXT)
    .replace(SECRET_TEXT, '[secret]')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
}
