import { DAY_MS, type EpochMs, epochMs, HOUR_MS, MINUTE_MS } from '../model/index.ts'
import { noise } from './random.ts'

/** When the person behind an account works. */
export type Pattern = 'steady' | 'bursty' | 'weekday' | 'night-owl' | 'silent'

/** One limit of a meter. */
export interface WindowSpec {
  readonly key: string
  /** Length in milliseconds, or the calendar month (UTC). */
  readonly length: number | 'month'
  /** Windows start at this offset from the epoch, plus any number of lengths. Ignored for months. */
  readonly phaseMs?: number
  /** How many units fill it. */
  readonly capacity: number
  /** A soft limit is counted beyond 1 (overage) and stops nobody. */
  readonly soft?: boolean
}

export interface MeterOptions {
  readonly windows: readonly WindowSpec[]
  /** Units burned in an hour of full activity. */
  readonly unitsPerHour: number
  readonly pattern: Pattern
  readonly seed: number
  readonly startAt: EpochMs
  /** Hours of the week have habits of their own and days are busy or quiet, as people's are; default: all are alike. */
  readonly uneven?: boolean
  /** Used ratio by window key at `startAt`; default 0. */
  readonly startUsed?: Readonly<Record<string, number>>
}

export interface WindowState {
  readonly usedRatio: number
  readonly startedAt: EpochMs
  readonly resetsAt: EpochMs
}

/**
 * One allowance that burns with time under one or more windows at once: burning stops while any hard window is full
 * and goes on after its reset. A pure function of seed and instant: asking often or seldom gives the same numbers.
 */
export interface Meter {
  window(key: string, at: EpochMs): WindowState
  /** Units burned since the start, over all windows. */
  total(at: EpochMs): number
  /** From `at` on this window counts as used to this ratio. */
  setUsed(key: string, usedRatio: number, at: EpochMs): void
}

const SLOT_MS = 15 * MINUTE_MS

interface State {
  at: number
  total: number
  readonly used: Map<string, number>
  readonly ends: Map<string, number>
}

export function createMeter(options: MeterOptions): Meter {
  let anchor = startState(options)
  // The last whole slot that was computed; only whole slots are kept, so that the sums never depend on who asked when.
  let checkpoint = copyOf(anchor)
  const stateAt = (at: EpochMs): State => {
    if (at < checkpoint.at) checkpoint = copyOf(anchor)
    const boundary = Math.floor(at / SLOT_MS) * SLOT_MS
    if (boundary > checkpoint.at) advance(checkpoint, boundary, options)
    const state = copyOf(checkpoint)
    advance(state, Math.max(at, state.at), options)
    return state
  }
  return {
    window(key, at) {
      const spec = specOf(options, key)
      const state = stateAt(at)
      const bounds = boundsOf(spec, Math.max(at, state.at))
      return { usedRatio: state.used.get(key) ?? 0, startedAt: bounds.start, resetsAt: bounds.end }
    },
    total: (at) => stateAt(at).total,
    setUsed(key, usedRatio, at) {
      specOf(options, key)
      anchor = stateAt(at)
      anchor.used.set(key, usedRatio)
      checkpoint = copyOf(anchor)
    },
  }
}

function specOf(options: MeterOptions, key: string): WindowSpec {
  const spec = options.windows.find((window) => window.key === key)
  if (!spec) throw new Error(`this meter has no window ${key}`)
  return spec
}

function startState(options: MeterOptions): State {
  return {
    at: options.startAt,
    total: 0,
    used: new Map(options.windows.map((window) => [window.key, options.startUsed?.[window.key] ?? 0])),
    ends: new Map(options.windows.map((window) => [window.key, boundsOf(window, options.startAt).end])),
  }
}

function copyOf(state: State): State {
  return { at: state.at, total: state.total, used: new Map(state.used), ends: new Map(state.ends) }
}

function advance(state: State, until: number, options: MeterOptions): void {
  while (state.at <= until) {
    for (const window of options.windows) resetIfOver(state, window)
    if (state.at === until) return
    const slotEnd = Math.floor(state.at / SLOT_MS) * SLOT_MS + SLOT_MS
    const next = Math.min(until, slotEnd, ...state.ends.values())
    burn(state, next, options)
    state.at = next
  }
}

function resetIfOver(state: State, window: WindowSpec): void {
  if (state.at < (state.ends.get(window.key) ?? 0)) return
  state.used.set(window.key, 0)
  state.ends.set(window.key, boundsOf(window, state.at).end)
}

function burn(state: State, next: number, options: MeterOptions): void {
  let units = (options.unitsPerHour * activityAt(options, state.at) * (next - state.at)) / HOUR_MS
  for (const window of options.windows) {
    if (window.soft) continue
    units = Math.min(units, Math.max(0, 1 - (state.used.get(window.key) ?? 0)) * window.capacity)
  }
  state.total += units
  for (const window of options.windows) {
    const used = (state.used.get(window.key) ?? 0) + units / window.capacity
    // Summing many small shares ends a hair beside 1: a full window is exactly full.
    state.used.set(window.key, window.soft || used < 1 - 1e-9 ? used : Math.max(1, state.used.get(window.key) ?? 0))
  }
}

/** How busy the account is in the slot of an instant: 1 is a normal working pace. */
function activityAt(options: MeterOptions, at: number): number {
  return patternAt(options, at) * (options.uneven === true ? moodAt(options.seed, at) : 1)
}

/** 1 on average. */
function moodAt(seed: number, at: number): number {
  const habit = 0.4 + 1.2 * noise(seed + 1, Math.floor(at / HOUR_MS) % (WEEK_MS / HOUR_MS))
  const day = 0.4 + 1.2 * noise(seed + 2, Math.floor(at / DAY_MS))
  return habit * day
}

function patternAt(options: MeterOptions, at: number): number {
  const hour = new Date(at).getUTCHours()
  const day = new Date(at).getUTCDay()
  const wobble = 0.8 + 0.4 * noise(options.seed, Math.floor(at / SLOT_MS))
  switch (options.pattern) {
    case 'steady':
      return wobble
    case 'bursty':
      return noise(options.seed, Math.floor(at / HOUR_MS)) < 0.22 ? 4 * wobble : 0.1 * wobble
    case 'weekday':
      return day >= 1 && day <= 5 && hour >= 8 && hour < 18 ? 2 * wobble : 0.05 * wobble
    case 'night-owl':
      return hour >= 20 || hour < 4 ? 2.2 * wobble : 0.05 * wobble
    case 'silent':
      return 0
  }
}

function boundsOf(spec: WindowSpec, at: number): { readonly start: EpochMs; readonly end: EpochMs } {
  if (spec.length === 'month') {
    const date = new Date(at)
    const year = date.getUTCFullYear()
    const month = date.getUTCMonth()
    return { start: epochMs(Date.UTC(year, month, 1)), end: epochMs(Date.UTC(year, month + 1, 1)) }
  }
  const phase = spec.phaseMs ?? 0
  const start = Math.floor((at - phase) / spec.length) * spec.length + phase
  return { start: epochMs(start), end: epochMs(start + spec.length) }
}

export const SESSION_MS = 5 * HOUR_MS
export const WEEK_MS = 7 * DAY_MS
/** Phase of weeks that start on Monday 00:00 UTC: the epoch was a Thursday. */
export const MONDAY_PHASE_MS = 4 * DAY_MS
