import { type BurnTrace, burnedDuring, burnTrace, type UsagePoint } from './burn.ts'
import type { BurnModel, ForecastModel } from './forecast.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS } from './time.ts'

/** What a quota's past teaches. Plain data: it may be kept, and is good for an hour or a day. */
export interface LearnedUsage {
  readonly learnedAt: EpochMs
  /** Hours of the past whose burn is known. */
  readonly knownHours: number
  readonly average: LearnedModel | null
  readonly rhythm: LearnedModel | null
}

export interface LearnedModel {
  /** Share burned in an hour by hour of the week (UTC, 0 is Thursday 00:00, as the epoch was); 168 entries. */
  readonly hours: readonly number[]
  /** Ascending by span. */
  readonly spans: readonly LearnedSpan[]
}

/** How a forecast over one span turned out in the past. */
interface LearnedSpan {
  readonly hours: number
  /** How much of the last hour's excess over the expected comes again within the span. */
  readonly afterHour: number
  /** The same for the last day's excess. */
  readonly afterDay: number
  /** Variance of what was burned, by its mean. */
  readonly dispersion: number
}

const WEEK_HOURS = 168
/** So much must be known for `average`... */
const AVERAGE_HOURS = 3 * 24
/** ...and for `rhythm`: three weeks, of which nine tenths are known. */
const RHYTHM_HOURS = 3 * WEEK_HOURS
const RHYTHM_KNOWN = 0.9
/** A week this old counts half. */
const HALF_LIFE_HOURS = 6 * WEEK_HOURS
/** An hour of the week leans on the same hour of other days as if that were seen so many times. */
const LEAN = 1
const SPANS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const
/** A span is learned from where the past holds it at least so many times. */
const LEAST_TIMES = 3
/** Before anything is learned, use comes in pieces of this share. */
const USUAL_PIECE = 0.05

/**
 * Learns from the past values of a quota, any number of cycles, oldest first; eight weeks are plenty. Null for a model
 * that the past is too short for.
 */
export function learnUsage(points: readonly UsagePoint[], now: EpochMs): LearnedUsage {
  const trace = burnTrace(points, now)
  const knownHours = trace.known.reduce((sum, part) => sum + part, 0)
  const weeks = knownHours / WEEK_HOURS
  const flat = new Array<number>(WEEK_HOURS).fill(weightedMean(trace, () => 0)[0] ?? 0)
  return {
    learnedAt: now,
    knownHours,
    average: knownHours < AVERAGE_HOURS ? null : { hours: flat, spans: learnSpans(trace, flat, null) },
    rhythm: knownHours < RHYTHM_HOURS * RHYTHM_KNOWN ? null : rhythmOf(trace, weeks),
  }
}

function rhythmOf(trace: BurnTrace, weeks: number): LearnedModel {
  const hours = weekProfile(trace)
  return { hours, spans: learnSpans(trace, hours, weeks) }
}

/** Mean burn by a key of the hour since the epoch; recent weeks count more. Empty keys are left out. */
function weightedMean(trace: BurnTrace, keyOf: (hour: number) => number): number[] {
  const burned: number[] = []
  const known: number[] = []
  const last = trace.firstHour + trace.known.length - 1
  trace.known.forEach((part, index) => {
    if (part <= 0) return
    const hour = trace.firstHour + index
    const key = keyOf(hour)
    const weight = 0.5 ** ((last - hour) / HALF_LIFE_HOURS)
    burned[key] = (burned[key] ?? 0) + (trace.burned[index] ?? 0) * weight
    known[key] = (known[key] ?? 0) + part * weight
  })
  return burned.map((sum, key) => sum / (known[key] ?? 1))
}

function weekProfile(trace: BurnTrace): number[] {
  const overall = weightedMean(trace, () => 0)[0] ?? 0
  const ofDay = weightedMean(trace, (hour) => hour % 24)
  const ofWeek = weightedMean(trace, (hour) => hour % WEEK_HOURS)
  const times = new Array<number>(WEEK_HOURS).fill(0)
  trace.known.forEach((part, index) => {
    const key = (trace.firstHour + index) % WEEK_HOURS
    times[key] = (times[key] ?? 0) + part
  })
  return times.map((count, key) => {
    const usual = ofDay[key % 24] ?? overall
    return ((ofWeek[key] ?? usual) * count + usual * LEAN) / (count + LEAN)
  })
}

/** Sums over any stretch of hours, in constant time. */
interface Sums {
  readonly burned: Float64Array
  readonly expected: Float64Array
  readonly known: Float64Array
}

function sumsOf(trace: BurnTrace, hours: readonly number[]): Sums {
  const length = trace.known.length
  const sums: Sums = {
    burned: new Float64Array(length + 1),
    expected: new Float64Array(length + 1),
    known: new Float64Array(length + 1),
  }
  for (let index = 0; index < length; index++) {
    const part = trace.known[index] ?? 0
    const usual = hours[(trace.firstHour + index) % WEEK_HOURS] ?? 0
    sums.burned[index + 1] = (sums.burned[index] ?? 0) + (trace.burned[index] ?? 0)
    sums.expected[index + 1] = (sums.expected[index] ?? 0) + usual * part
    sums.known[index + 1] = (sums.known[index] ?? 0) + part
  }
  return sums
}

function between(sums: Float64Array, from: number, until: number): number {
  return (sums[Math.min(until, sums.length - 1)] ?? 0) - (sums[Math.max(0, from)] ?? 0)
}

/** `weeks`: how many of them the profile was made of; null for the flat one. */
function learnSpans(trace: BurnTrace, hours: readonly number[], weeks: number | null): LearnedSpan[] {
  const sums = sumsOf(trace, hours)
  const spans: LearnedSpan[] = []
  let usual = USUAL_PIECE
  for (const span of SPANS) {
    if (trace.known.length < span * LEAST_TIMES + 24) break
    const cases = casesOf(sums, span)
    if (cases.length === 0) break
    const learned = learnSpan(cases, span, usual, weeks)
    spans.push(learned)
    usual = learned.dispersion * 1.3
  }
  return spans.length > 0 ? spans : [{ hours: 1, afterHour: 0, afterDay: 0, dispersion: USUAL_PIECE }]
}

/**
 * What an excess over the known part of a span comes to over the whole of it: a heavy day that ends at the wall is
 * heavier than what could be seen of it. Little known is not blown up.
 */
function wholeBy(known: number, whole: number): number {
  return Math.min(4, whole / Math.max(known, 1e-9))
}

interface Case {
  readonly expected: number
  /** Burned above the expected in the span, the hour and the day before it. */
  readonly excess: number
  readonly hourExcess: number
  readonly dayExcess: number
}

function casesOf(sums: Sums, span: number): Case[] {
  const cases: Case[] = []
  const step = Math.max(1, Math.floor(span / 8))
  for (let start = 24; start + span < sums.known.length; start += step) {
    if (between(sums.known, start, start + span) < span * 0.6) continue
    const excess = (from: number, until: number): number =>
      between(sums.burned, from, until) - between(sums.expected, from, until)
    const before = (hours: number): number => {
      return excess(start - hours, start) * wholeBy(between(sums.known, start - hours, start), hours)
    }
    cases.push({
      expected: between(sums.expected, start, start + span),
      excess: excess(start, start + span),
      hourExcess: before(1),
      dayExcess: before(24),
    })
  }
  return cases
}

function learnSpan(cases: readonly Case[], hours: number, usual: number, weeks: number | null): LearnedSpan {
  const { afterHour, afterDay } = persistence(cases, hours)
  let squares = 0
  let expected = 0
  for (const one of cases) {
    const moved = afterHour * one.hourExcess + afterDay * one.dayExcess
    squares += (one.excess - moved) ** 2
    expected += Math.max(one.expected * LEAST_OF_USUAL, one.expected + moved)
  }
  // Overlapping spans repeat each other: so many are independent.
  const independent = (cases.length * Math.max(1, Math.floor(hours / 8))) / hours
  const seen = expected > 0 ? squares / expected : usual
  const dispersion = (seen * independent + usual * 2) / (independent + 2)
  return { hours, afterHour, afterDay, dispersion: dispersion * optimism(independent, weeks) }
}

/**
 * A mean fits the values it was made of better than those to come: by (n - 1)/(n + 1) of the variance, n being how
 * often each of them was seen.
 */
function optimism(independent: number, weeks: number | null): number {
  const times = weeks === null ? independent : Math.min(independent, weeks + LEAN)
  return (times + 1) / Math.max(1, times - 1)
}

/** Least squares of the excess on the last hour's and the last day's, drawn towards "nothing comes again". */
function persistence(cases: readonly Case[], hours: number): { readonly afterHour: number; readonly afterDay: number } {
  let hh = 0
  let hd = 0
  let dd = 0
  let hy = 0
  let dy = 0
  for (const { excess, hourExcess, dayExcess } of cases) {
    hh += hourExcess * hourExcess
    hd += hourExcess * dayExcess
    dd += dayExcess * dayExcess
    hy += hourExcess * excess
    dy += dayExcess * excess
  }
  // Long spans overlap and so know less than their number says.
  const ridge = 1 + (4 * hours) / Math.max(1, cases.length)
  const a = hh * ridge
  const d = dd * ridge
  const det = a * d - hd * hd
  if (det <= 1e-18) return { afterHour: 0, afterDay: 0 }
  const afterHour = (hy * d - dy * hd) / det
  const afterDay = (dy * a - hy * hd) / det
  return { afterHour: clamp(afterHour, hours), afterDay: clamp(afterDay, hours / 24) }
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value))
}

/** However quiet the last day was, at least this part of the usual burn is expected. */
const LEAST_OF_USUAL = 0.2
/** A quota that was never used may be used after all: this share of it in a week. */
const LEAST_PER_HOUR = 0.002 / WEEK_HOURS

/** `points` need the last day before `now` only. */
export function learnedModel(
  name: ForecastModel,
  learned: LearnedModel,
  points: readonly UsagePoint[],
  now: EpochMs,
): BurnModel {
  const excessOver = (spanMs: number): number => {
    const from = epochMs(now - spanMs)
    const { burned, knownMs } = burnedDuring(points, from, now)
    const excess = burned - (expectedIn(learned.hours, from, spanMs) * knownMs) / spanMs
    return excess * wholeBy(knownMs, spanMs)
  }
  const hourExcess = excessOver(HOUR_MS)
  const dayExcess = excessOver(DAY_MS)
  return {
    name,
    burnedIn(spanMs) {
      const usual = expectedIn(learned.hours, now, spanMs) + (LEAST_PER_HOUR * spanMs) / HOUR_MS
      const span = spanAt(learned.spans, spanMs / HOUR_MS)
      const moved = span.afterHour * hourExcess + span.afterDay * dayExcess
      const mean = Math.max(usual * LEAST_OF_USUAL, usual + moved)
      return { mean, variance: span.dispersion * mean }
    },
  }
}

/** The usual burn of a stretch of time, hour by hour of the week. */
function expectedIn(hours: readonly number[], from: EpochMs, spanMs: number): number {
  const until = from + spanMs
  let sum = 0
  for (let at: number = from; at < until; ) {
    const hour = Math.floor(at / HOUR_MS)
    const next = Math.min(until, (hour + 1) * HOUR_MS)
    sum += ((hours[hour % WEEK_HOURS] ?? 0) * (next - at)) / HOUR_MS
    at = next
  }
  return sum
}

/** Between learned spans by the logarithm of their length; what is not known of a longer one grows with it. */
function spanAt(spans: readonly LearnedSpan[], hours: number): LearnedSpan {
  const first = spans[0]
  const last = spans.at(-1)
  if (first === undefined || last === undefined) return { hours, afterHour: 0, afterDay: 0, dispersion: USUAL_PIECE }
  if (hours <= first.hours) {
    const part = hours / first.hours
    return { hours, afterHour: first.afterHour * part, afterDay: first.afterDay * part, dispersion: first.dispersion }
  }
  if (hours >= last.hours) return { ...last, hours, dispersion: (last.dispersion * hours) / last.hours }
  const after = spans.findIndex((span) => span.hours > hours)
  const low = spans[after - 1] ?? first
  const high = spans[after] ?? last
  const part = Math.log(hours / low.hours) / Math.log(high.hours / low.hours)
  const mix = (a: number, b: number): number => a + (b - a) * part
  return {
    hours,
    afterHour: mix(low.afterHour, high.afterHour),
    afterDay: mix(low.afterDay, high.afterDay),
    dispersion: mix(low.dispersion, high.dispersion),
  }
}
