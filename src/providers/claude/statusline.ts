import type { Credential } from '../../model/credential.ts'
import { makeQuota, type Quota, ratiosFromUsed } from '../../model/quota.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../../model/reading.ts'
import { DAY_MS, type EpochMs, fromAnyInstant, fromIso, MINUTE_MS, plusMs, SECOND_MS, toIso } from '../../model/time.ts'
import { planOf } from './plan.ts'
import { SESSION, WEEKLY } from './windows.ts'

/*
 * Claude Code (2.1.80 and later) hands its status line command a JSON document with `rate_limits`, which costs no
 * request: `{"five_hour":{"used_percentage":23.5,"resets_at":1738425600},"seven_day":{…}}`, the instants in unix
 * seconds (ISO has been seen). It is missing before the first answer of a session, for API keys, and in some versions.
 * Without zod: this runs at every redraw of somebody's status line.
 */

/** What readings of this origin say of themselves. */
const STATUS_LINE_VIA = "Claude Code's status line"

type WindowName = 'five_hour' | 'seven_day'

/** One window of `rate_limits`. */
interface HandedWindow {
  /** 0..100. */
  readonly used: number
  readonly resetsAt: EpochMs
}

/** Whose Claude Code it was. */
export interface HandedLogin {
  /** Where its login lies: `Credential.origin`. */
  readonly place: string
  readonly subject: string | null
  readonly workspace: string | null
}

/** What was handed over for one login: an element of the kept file. */
export interface HandedEntry extends HandedLogin {
  /** When the values were new; an idle session that repeats old ones does not move it. */
  readonly at: EpochMs
  readonly windows: Readonly<Partial<Record<WindowName, HandedWindow>>>
  /** The session that told them, and how long it had waited for answers by then: tells a repetition from news. */
  readonly session: string
  readonly apiMs: number
}

/** One document of Claude Code, as far as it is used. */
export interface StatusLineInput {
  readonly windows: HandedEntry['windows']
  readonly session: string
  readonly apiMs: number
}

const NAMES: readonly WindowName[] = ['five_hour', 'seven_day']
/** A week, and a day for clocks that differ. */
const FARTHEST_RESET_MS = 8 * DAY_MS
/** The same reset, told twice. */
const SAME_RESET_MS = MINUTE_MS
/** Folders of Claude Code in use on one machine, generously. */
const MOST_LOGINS = 16

/** Null: it carries no limit that can be believed. */
export function parseStatusLine(input: unknown, now: EpochMs): StatusLineInput | null {
  const limits = objectOf(objectOf(input)?.['rate_limits'])
  if (limits === null) return null
  const windows: Partial<Record<WindowName, HandedWindow>> = {}
  for (const name of NAMES) {
    const window = windowOf(objectOf(limits[name]), now)
    if (window !== null) windows[name] = window
  }
  if (Object.keys(windows).length === 0) return null
  const session = objectOf(input)?.['session_id']
  const apiMs = objectOf(objectOf(input)?.['cost'])?.['total_api_duration_ms']
  return {
    windows,
    session: typeof session === 'string' ? session.slice(0, 100) : '',
    apiMs: typeof apiMs === 'number' && Number.isFinite(apiMs) ? apiMs : 0,
  }
}

function windowOf(window: Fields | null, now: EpochMs): HandedWindow | null {
  const used = window?.['used_percentage']
  const resetsAt = fromAnyInstant(window?.['resets_at'])
  if (typeof used !== 'number' || !(used >= 0 && used <= 100) || resetsAt === null) return null
  return resetsAt > now && resetsAt <= plusMs(now, FARTHEST_RESET_MS) ? { used, resetsAt } : null
}

/**
 * The kept entries with what has just been handed over; null when it is nothing new. Sessions that stand idle repeat
 * old numbers, so within one window a value only grows, and a window never gives way to an earlier one.
 */
export function keepHanded(
  kept: readonly HandedEntry[],
  input: StatusLineInput,
  login: HandedLogin,
  now: EpochMs,
): readonly HandedEntry[] | null {
  const others = kept.filter((entry) => entry.place !== login.place)
  const before = kept.find((entry) => entry.place === login.place && isSamePerson(entry, login)) ?? null
  const windows = { ...before?.windows }
  let isNews = before === null || (input.session === before.session && input.apiMs > before.apiMs)
  for (const name of NAMES) {
    const [told, known] = [input.windows[name], before?.windows[name]]
    if (told === undefined || !isLater(told, known)) continue
    windows[name] = told
    isNews = true
  }
  if (!isNews) return null
  const entry = { ...login, at: now, windows, session: input.session, apiMs: input.apiMs }
  return [entry, ...others].slice(0, MOST_LOGINS)
}

function isLater(told: HandedWindow, known: HandedWindow | undefined): boolean {
  if (known === undefined) return true
  const moved = told.resetsAt - known.resetsAt
  return Math.abs(moved) <= SAME_RESET_MS ? told.used > known.used : moved > 0
}

function isSamePerson(one: HandedLogin, other: HandedLogin): boolean {
  return one.subject === other.subject && one.workspace === other.workspace
}

/** Whether an input repeats, within the same session, what is kept of a place: then nothing needs to be looked up. */
export function isRepetition(kept: readonly HandedEntry[], input: StatusLineInput, place: string): boolean {
  const before = kept.find((entry) => entry.place === place)
  if (before === undefined || before.session !== input.session || before.apiMs !== input.apiMs) return false
  return NAMES.every((name) => {
    const [told, known] = [input.windows[name], before.windows[name]]
    return told === undefined || (told.used === known?.used && told.resetsAt === known.resetsAt)
  })
}

/** The file's content. */
export function toHandedFile(entries: readonly HandedEntry[]): unknown {
  const windowsOf = (entry: HandedEntry): unknown =>
    Object.fromEntries(
      Object.entries(entry.windows).map(([name, { used, resetsAt }]) => [name, { used, resetsAt: toIso(resetsAt) }]),
    )
  return { version: 1, entries: entries.map((entry) => ({ ...entry, at: toIso(entry.at), windows: windowsOf(entry) })) }
}

/** What a file of `toHandedFile` holds; entries that cannot be read are left out. */
export function fromHandedFile(content: unknown): readonly HandedEntry[] {
  const entries = objectOf(content)?.['entries']
  return Array.isArray(entries) ? entries.map(entryOf).filter((entry) => entry !== null) : []
}

function entryOf(value: unknown): HandedEntry | null {
  const entry = objectOf(value)
  const at = fromIso(entry?.['at'])
  const windows = objectOf(entry?.['windows'])
  if (entry === null || at === null || windows === null || typeof entry['place'] !== 'string') return null
  const read: Partial<Record<WindowName, HandedWindow>> = {}
  for (const name of NAMES) {
    const { used, resetsAt } = objectOf(windows[name]) ?? {}
    const ends = fromIso(resetsAt)
    if (typeof used === 'number' && used >= 0 && used <= 100 && ends !== null) read[name] = { used, resetsAt: ends }
  }
  return {
    place: entry['place'],
    subject: textOf(entry['subject']),
    workspace: textOf(entry['workspace']),
    at,
    windows: read,
    session: textOf(entry['session']) ?? '',
    apiMs: typeof entry['apiMs'] === 'number' ? entry['apiMs'] : 0,
  }
}

/**
 * The reading that was handed over for this login of Claude Code; null when there is none. It tells the session and
 * the week alone, so every other value stays as the service told it last.
 */
export function handedReading(content: unknown, credential: Credential): Reading | null {
  if (credential.source !== 'claude-code') return null
  const entry = fromHandedFile(content).find((one) => isOf(one, credential))
  if (entry === undefined) return null
  const quotas = [quotaOf(SESSION, entry.windows.five_hour), quotaOf(WEEKLY, entry.windows.seven_day)]
  const known = quotas.filter((quota) => quota !== null)
  if (known.length === 0) return null
  const { extra } = credential
  return {
    identity: UNKNOWN_IDENTITY,
    plan: planOf({
      subscription: extra['subscriptionType'] ?? null,
      tier: extra['rateLimitTier'] ?? null,
      profile: null,
    }),
    quotas: known,
    notes: [],
    unanswered: ['window', 'budget', 'spend', 'count', 'balance'],
    observedAt: entry.at,
    via: STATUS_LINE_VIA,
  }
}

/** By the account where both sides know it, else by the place of the login. */
function isOf(entry: HandedEntry, { identity, origin }: Credential): boolean {
  if (entry.subject !== null && identity.subject !== null) {
    return entry.subject === identity.subject && entry.workspace === identity.workspace
  }
  return entry.place === origin
}

function quotaOf(kind: typeof SESSION, window: HandedWindow | undefined): Quota | null {
  if (window === undefined) return null
  const second = Math.round(window.resetsAt / SECOND_MS) * SECOND_MS
  const resetsAt = fromAnyInstant(second)
  return makeQuota({ kind: 'window', ...kind, ...ratiosFromUsed(window.used / 100), resetsAt })
}

type Fields = Readonly<Record<string, unknown>>

function objectOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
