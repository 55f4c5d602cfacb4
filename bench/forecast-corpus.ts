import type { UsagePoint } from '../src/model/burn.ts'
import type { CycleFacts } from '../src/model/forecast-score.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS, MINUTE_MS } from '../src/model/time.ts'

/**
 * Invented people and programs that use a quota, with known truth: what they would have used without a wall. They
 * work in sessions that begin by chance, last by chance and burn by chance, which is not what any model assumes.
 */
type Habit = 'steady' | 'bursty' | 'weekday' | 'night-owl' | 'silent' | 'multi-cycle'

export const HABITS = ['steady', 'bursty', 'weekday', 'night-owl', 'silent', 'multi-cycle'] as const

export interface TraceSpec {
  readonly habit: Habit
  /** 5-hour windows for six weeks, or weekly ones for sixteen. */
  readonly window: 'session' | 'weekly'
  /** How large the limit is: 1 is about what is used in a busy window. */
  readonly room: number
  readonly seed: number
}

export interface Trace {
  readonly spec: TraceSpec
  /** What a poll each five minutes saw: whole percents, cut at the wall, with hours when nobody looked. */
  readonly points: readonly UsagePoint[]
  readonly cycles: readonly CycleFacts[]
  /** Share of the limit that would have been used between two instants without the wall. */
  readonly wanted: (from: EpochMs, until: EpochMs) => number
}

const SLOT_MS = 5 * MINUTE_MS
/** Monday 5 January 2026, 00:00 UTC. */
const CORPUS_START = epochMs(Date.UTC(2026, 0, 5))

export function makeTrace(spec: TraceSpec): Trace {
  const weeks = spec.window === 'weekly' ? 16 : 6
  const windowMs = spec.window === 'weekly' ? 7 * DAY_MS : 5 * HOUR_MS
  const random = seeded(spec.seed * 7_919 + HABITS.indexOf(spec.habit) * 104_729 + (spec.window === 'weekly' ? 1 : 2))
  const demand = demandOf(spec.habit, (weeks * 7 * DAY_MS) / SLOT_MS, random)
  const capacity = capacityOf(demand, windowMs / SLOT_MS) * spec.room
  const sums = new Float64Array(demand.length + 1)
  for (let slot = 0; slot < demand.length; slot++) sums[slot + 1] = (sums[slot] ?? 0) + (demand[slot] ?? 0) / capacity
  const until = (at: EpochMs): number => {
    const exact = (at - CORPUS_START) / SLOT_MS
    const slot = Math.floor(exact)
    const before = sums[Math.min(slot, demand.length)] ?? 0
    return before + ((sums[Math.min(slot + 1, demand.length)] ?? before) - before) * (exact - slot)
  }
  return { spec, ...observe(demand, capacity, windowMs, random), wanted: (from, to) => until(to) - until(from) }
}

/** The 80th percentile of the windows in which anything is used. */
function capacityOf(demand: Float64Array, slots: number): number {
  const sums: number[] = []
  for (let from = 0; from + slots <= demand.length; from += slots) {
    const sum = demand.subarray(from, from + slots).reduce((total, value) => total + value, 0)
    if (sum > 0) sums.push(sum)
  }
  sums.sort((a, b) => a - b)
  return sums[Math.floor(sums.length * 0.8)] ?? 1
}

function observe(
  demand: Float64Array,
  capacity: number,
  windowMs: number,
  random: () => number,
): Pick<Trace, 'points' | 'cycles'> {
  const points: UsagePoint[] = []
  const cycles: CycleFacts[] = []
  const slotsPerWindow = windowMs / SLOT_MS
  let used = 0
  let blindUntil = 0
  for (let slot = 0; slot < demand.length; slot++) {
    const at = epochMs(CORPUS_START + slot * SLOT_MS)
    if (slot % slotsPerWindow === 0) {
      if (slot > 0) cycles.push(cycleOf(epochMs(at - windowMs), at, used))
      used = 0
    }
    // The machine sleeps now and then.
    if (slot >= blindUntil && random() < 1 / 2_000) blindUntil = slot + Math.ceil(random() * 72)
    if (slot >= blindUntil) points.push({ at, usedRatio: wholePercent(used) })
    used = Math.min(1, used + (demand[slot] ?? 0) / capacity)
  }
  return { points, cycles }
}

/** Rounded, but nothing is spent before it is. */
function wholePercent(used: number): number {
  return used >= 1 ? 1 : Math.min(0.99, Math.round(used * 100) / 100)
}

function cycleOf(startedAt: EpochMs, endedAt: EpochMs, used: number): CycleFacts {
  return { startedAt, endedAt, resetsAt: endedAt, peakUsedRatio: used, endUsedRatio: used, ended: 'reset' }
}

interface Work {
  /** Sessions that begin in an hour. */
  readonly begins: number
  readonly meanHours: number
  /** How different sessions are in strength. */
  readonly spread: number
}

function demandOf(habit: Habit, slots: number, random: () => number): Float64Array {
  const demand = new Float64Array(slots)
  let left = 0
  let strength = 0
  let weekLevel = 1
  let dayLevel = 1
  for (let slot = 0; slot < slots; slot++) {
    const hour = Math.floor((slot * SLOT_MS) / HOUR_MS)
    const day = Math.floor(hour / 24)
    if (slot % (DAY_MS / SLOT_MS) === 0) {
      dayLevel = Math.exp(0.35 * normal(random))
      if (day % 7 === 0) weekLevel = Math.exp((habit === 'multi-cycle' ? 0.5 : 0.2) * normal(random))
    }
    if (habit === 'steady') {
      demand[slot] = weekLevel * (0.4 + 1.2 * random())
      continue
    }
    const work = workAt(habit, hour % 24, day % 7, Math.floor(day / 7))
    if (left <= 0 && random() < (work.begins * SLOT_MS) / HOUR_MS) {
      left = Math.ceil((-Math.log(1 - random()) * work.meanHours * HOUR_MS) / SLOT_MS)
      strength = weekLevel * dayLevel * Math.exp(work.spread * normal(random))
    }
    if (left > 0) demand[slot] = strength * (0.5 + random())
    left--
  }
  return demand
}

function workAt(habit: Habit, hour: number, weekday: number, week: number): Work {
  const rare: Work = { begins: 0.01, meanHours: 0.4, spread: 0.5 }
  switch (habit) {
    case 'bursty':
      return { begins: 0.12, meanHours: 0.6, spread: 0.8 }
    case 'weekday':
      return weekday < 5 && hour >= 9 && hour < 18 ? { begins: 0.8, meanHours: 1.2, spread: 0.5 } : rare
    case 'night-owl':
      return hour >= 20 || hour < 4 ? { begins: 0.7, meanHours: 1, spread: 0.5 } : rare
    case 'multi-cycle':
      // Light and heavy weeks by turns of three.
      return hour >= 8 && hour < 22 ? { begins: Math.floor(week / 3) % 2 ? 0.5 : 0.2, meanHours: 1, spread: 0.5 } : rare
    case 'silent':
      return { begins: 0.002, meanHours: 0.5, spread: 0.3 }
    case 'steady':
      return rare
  }
}

/** mulberry32: the same numbers on every machine. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Every habit, both windows, four sizes of limit, so many seeds each. */
export function corpus(seeds: readonly number[]): readonly TraceSpec[] {
  const specs: TraceSpec[] = []
  for (const habit of HABITS) {
    for (const window of ['session', 'weekly'] as const) {
      for (const room of [0.7, 1, 1.4]) {
        for (const seed of seeds) specs.push({ habit, window, room, seed: seed * 10 + Math.round(room * 7) })
      }
    }
  }
  return specs
}
