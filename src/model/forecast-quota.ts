import { orderedPoints, type UsagePoint } from './burn.ts'
import type { BurnModel, BurnMoments, Forecast, ForecastModel } from './forecast.ts'
import { linearModel } from './forecast-linear.ts'
import { type LearnedUsage, learnedModel } from './forecast-rhythm.ts'
import { chooseModel, type Prediction } from './forecast-score.ts'
import { chanceAtLeast, quantileOf } from './gamma.ts'
import { paceOf, type WindowSpan } from './pace.ts'
import { roundRatio } from './quota.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS, SECOND_MS, toIso, toIsoOrNull } from './time.ts'

export interface ForecastInput {
  readonly account: string
  readonly quota: string
  /** The present window; `windowSpan` finds it. */
  readonly window: WindowSpan
  /**
   * Values of the present cycle and of the last day, oldest first; the newest one is the present one, at the instant
   * it was observed. Older ones do no harm.
   */
  readonly points: readonly UsagePoint[]
  /** What `learnUsage` made of the past; null: nothing yet. */
  readonly learned: LearnedUsage | null
  /** Past predictions of this quota, settled ones count. */
  readonly past: readonly Prediction[]
  readonly now: EpochMs
}

/** Without a reset, nobody looks further ahead than this. */
const FARTHEST_MS = 90 * DAY_MS
const SPENT = 1 - 1e-9
/** The time to the reset is cut into so many steps to find when it runs out: short ones first, for they matter most. */
const STEPS = 48

function stepMs(step: number, spanMs: number): number {
  return spanMs * (step / STEPS) ** 2
}

/**
 * The forecast of one quota. Null is "still learning", or nothing to forecast: no share is known, the window has
 * ended, or too little of the cycle has been seen (`linearModel`) and no learned model has proved itself.
 */
export function forecastQuota(input: ForecastInput): Forecast | null {
  const present = presentOf(input)
  if (present === null) return null
  const { account, quota, now, window } = input
  const pace = paceOf(present.usedRatio, window, present.at)
  if (present.usedRatio >= SPENT) return spentForecast(input, present, pace)
  const models = burnModels(input)
  const chosen = chooseModel(
    input.past,
    models.map((model) => model.name),
  )
  const model = models.find((candidate) => candidate.name === chosen?.model)
  if (chosen === null || model === undefined) return null
  const left = 1 - present.usedRatio
  const timing = timingOf(model, left, present.spanMs)
  const instant = (ms: number | null): string | null => {
    return toIsoOrNull(ms === null ? null : wholeSecond(Math.max(now, present.at + ms)))
  }
  return {
    account,
    quota,
    burnPerHourRatio: roundRatio((model.burnedIn(present.spanMs).mean * HOUR_MS) / present.spanMs),
    exhaustsAt: instant(timing.middle),
    exhaustsAtLow: instant(timing.low),
    exhaustsAtHigh: instant(timing.high),
    probabilityBeforeReset: window.resetsAt === null ? null : roundRatio(timing.probability),
    pace,
    model: model.name,
    score: chosen.score === null ? null : roundRatio(chosen.score),
  }
}

/**
 * What every model that can speak now says about the present cycle: to be kept, and settled when the cycle ends.
 * Empty without a reset, and for what is spent already.
 */
export function predictQuota(input: ForecastInput): readonly Prediction[] {
  const present = presentOf(input)
  const { resetsAt } = input.window
  if (present === null || resetsAt === null || present.usedRatio >= SPENT) return []
  const { usedRatio } = present
  return burnModels(input).map((model) => {
    const moments = model.burnedIn(present.spanMs)
    const { low, high } = burnInterval(moments)
    return {
      account: input.account,
      quota: input.quota,
      model: model.name,
      madeAt: present.at,
      horizon: resetsAt,
      usedRatio,
      probability: roundRatio(chanceAtLeast(1 - usedRatio, moments.mean, moments.variance)),
      low: roundRatio(usedRatio + low),
      high: roundRatio(usedRatio + high),
      outcome: null,
    }
  })
}

/** Services round to whole percents: less than half of one is no burn. */
const NO_BURN = 0.005

/** Where 80 of 100 sums lie: the middle ones, or, where nothing may well be burned, the lowest ones. */
function burnInterval({ mean, variance }: BurnMoments): { readonly low: number; readonly high: number } {
  const low = quantileOf(0.1, mean, variance)
  if (low < NO_BURN) return { low: 0, high: quantileOf(0.8, mean, variance) }
  return { low, high: quantileOf(0.9, mean, variance) }
}

interface Present {
  readonly at: EpochMs
  readonly usedRatio: number
  /** From `at` to the reset. */
  readonly spanMs: number
}

function presentOf({ points, window, now }: ForecastInput): Present | null {
  const last = orderedPoints(points, now).at(-1)
  if (last === undefined) return null
  const { resetsAt, startsAt } = window
  if (resetsAt !== null && resetsAt <= now) return null
  // A value from before the window began belongs to the one that has ended.
  if (startsAt !== null && last.at < startsAt) return null
  const spanMs = resetsAt === null ? FARTHEST_MS : resetsAt - last.at
  return { at: last.at, usedRatio: last.usedRatio, spanMs }
}

function burnModels(input: ForecastInput): readonly BurnModel[] {
  const { points, window, now, learned } = input
  const ordered = orderedPoints(points, now)
  const at = ordered.at(-1)?.at ?? now
  const models: BurnModel[] = []
  const linear = linearModel(ordered, window, at)
  if (linear !== null) models.push(linear)
  for (const name of ['average', 'rhythm'] as const satisfies readonly ForecastModel[]) {
    const model = learned?.[name] ?? null
    if (model !== null) models.push(learnedModel(name, model, ordered, at))
  }
  return models
}

interface Timing {
  readonly probability: number
  /** Milliseconds from the present value; null: not before the reset. */
  readonly low: number | null
  readonly middle: number | null
  readonly high: number | null
}

/** When the chance of having run out passes 10, 50 and 90 %. */
function timingOf(model: BurnModel, left: number, spanMs: number): Timing {
  const chances: number[] = [0]
  for (let step = 1; step <= STEPS; step++) {
    const { mean, variance } = model.burnedIn(stepMs(step, spanMs))
    // What has run out stays so; means that lean on the last hour may dip.
    chances.push(Math.max(chances[step - 1] ?? 0, chanceAtLeast(left, mean, variance)))
  }
  const passing = (chance: number): number | null => {
    const step = chances.findIndex((value) => value >= chance)
    if (step < 1) return null
    const before = chances[step - 1] ?? 0
    const after = chances[step] ?? 1
    const from = stepMs(step - 1, spanMs)
    return from + ((stepMs(step, spanMs) - from) * (chance - before)) / (after - before)
  }
  return { probability: chances[STEPS] ?? 0, low: passing(0.1), middle: passing(0.5), high: passing(0.9) }
}

/** It has run out: since the first of the values at the wall that the newest one belongs to. */
function spentForecast(input: ForecastInput, present: Present, pace: Forecast['pace']): Forecast {
  const ordered = orderedPoints(input.points, input.now)
  let first = ordered.length - 1
  while (first > 0 && (ordered[first - 1]?.usedRatio ?? 0) >= SPENT) first--
  const at = toIso(wholeSecond(ordered[first]?.at ?? present.at))
  const { score } = chooseModel(input.past, ['linear']) ?? { score: null }
  return {
    account: input.account,
    quota: input.quota,
    burnPerHourRatio: 0,
    exhaustsAt: at,
    exhaustsAtLow: at,
    exhaustsAtHigh: at,
    probabilityBeforeReset: input.window.resetsAt === null ? null : 1,
    pace,
    model: 'linear',
    score: score === null ? null : roundRatio(score),
  }
}

function wholeSecond(at: number): EpochMs {
  return epochMs(Math.round(at / SECOND_MS) * SECOND_MS)
}
