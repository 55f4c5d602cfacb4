import { resetTolerance } from './cycle.ts'
import type { ForecastModel } from './forecast.ts'
import type { CycleEnd } from './history.ts'
import type { EpochMs } from './time.ts'

/**
 * What a model said at one instant about the rest of a cycle, and how it came. Plain data for the store: one record
 * for each model, also for those that were not shown, so that they can be compared.
 */
export interface Prediction {
  readonly account: string
  readonly quota: string
  readonly model: ForecastModel
  readonly madeAt: EpochMs
  /** The reset that it looks to. */
  readonly horizon: EpochMs
  /** At `madeAt`. */
  readonly usedRatio: number
  /** Of running out before `horizon`; 0..1. */
  readonly probability: number
  /**
   * 80 % interval of the used ratio at `horizon`, as if there were no wall: both may exceed 1. Where nothing more may
   * well be used, `low` is `usedRatio` and the interval holds the lowest 80 %, else the middle ones.
   */
  readonly low: number
  readonly high: number
  /** Null: not known yet, or never, because the cycle ended early or was withdrawn. */
  readonly outcome: PredictionOutcome | null
}

interface PredictionOutcome {
  readonly ranOut: boolean
  /** The last value before the reset. Null where it ran out: more would have been used, nobody knows how much. */
  readonly usedRatio: number | null
}

/** The facts of a closed cycle that settle a prediction; a `Cycle` of the store is one. */
export interface CycleFacts {
  readonly startedAt: EpochMs
  readonly endedAt: EpochMs | null
  readonly resetsAt: EpochMs | null
  readonly peakUsedRatio: number | null
  readonly endUsedRatio: number | null
  readonly ended: CycleEnd | null
}

/** The prediction with its outcome, where this cycle is the one it was about and went to its end; else unchanged. */
export function settlePrediction(prediction: Prediction, cycle: CycleFacts): Prediction {
  if (prediction.outcome !== null || cycle.ended !== 'reset' || cycle.endedAt === null) return prediction
  if (prediction.madeAt < cycle.startedAt || prediction.madeAt >= cycle.endedAt) return prediction
  const windowSeconds = (cycle.endedAt - cycle.startedAt) / 1_000
  const isSame = Math.abs(cycle.endedAt - prediction.horizon) <= resetTolerance(windowSeconds)
  if (!isSame || cycle.peakUsedRatio === null) return prediction
  const ranOut = cycle.peakUsedRatio >= 1 - 1e-9
  return { ...prediction, outcome: { ranOut, usedRatio: ranOut ? null : cycle.endUsedRatio } }
}

/** How a set of predictions turned out. */
export interface ForecastScore {
  readonly count: number
  /** How many different cycles they were about. */
  readonly cycles: number
  /** Mean of (probability - outcome)²: 0 is perfect. */
  readonly brier: number
  /** The same for always saying how often it ran out: what a forecast has to beat. */
  readonly baseRateBrier: number
  /** How often it said the likelier thing: "right 83 of 90 times". */
  readonly right: number
  /** Share of outcomes within the 80 % interval. Null: none can be told. */
  readonly coverage: number | null
}

/** Only settled predictions count. Null without any. */
export function scorePredictions(predictions: readonly Prediction[]): ForecastScore | null {
  const settled = predictions.filter((one) => one.outcome !== null)
  if (settled.length === 0) return null
  const count = settled.length
  const ranOut = settled.filter((one) => one.outcome?.ranOut === true).length
  const baseRate = ranOut / count
  const covered = settled.map(coveredShare).filter((share) => share !== null)
  return {
    count,
    cycles: new Set(settled.map((one) => one.horizon)).size,
    brier: mean(settled.map(brierOf)),
    baseRateBrier: baseRate * (1 - baseRate),
    right: settled.filter((one) => one.probability >= 0.5 === (one.outcome?.ranOut === true)).length,
    coverage: covered.length === 0 ? null : mean(covered),
  }
}

function brierOf({ probability, outcome }: Prediction): number {
  return (probability - (outcome?.ranOut === true ? 1 : 0)) ** 2
}

/**
 * 1 inside the interval, 0 outside. What would have been used beyond the wall is not known; there it is the part of
 * the forecast beyond the wall that lies inside the interval, which is right on average when the forecast is.
 */
function coveredShare({ usedRatio, probability, low, high, outcome }: Prediction): number | null {
  if (outcome === null) return null
  if (!outcome.ranOut) {
    if (outcome.usedRatio === null) return null
    // Half of the finest step of the values, which most services round to whole percents.
    return outcome.usedRatio >= low - 0.005 && outcome.usedRatio <= high + 0.005 ? 1 : 0
  }
  if (high < 1 || probability <= 0) return 0
  const [from, until] = low <= usedRatio ? [0, 0.8] : [0.1, 0.9]
  return Math.min(1, Math.max(0, until - Math.max(from, 1 - probability)) / probability)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A model is trusted only after so many graded predictions, about so many cycles. */
const LEAST_PREDICTIONS = 12
const LEAST_CYCLES = 3
/** Beaten by less than this is not beaten. */
const MARGIN = 1e-4

export interface ChosenModel {
  readonly model: ForecastModel
  /** Mean Brier score on the quota's own past; null while nothing is graded. */
  readonly score: number | null
}

/**
 * The model to use for a quota: `linear`, unless one of `available` has beaten it on this quota's own past, compared
 * on the moments that both spoke at. `linear` missing from `available` (it has too little of this cycle to speak
 * from): the best of the others that has once beaten it, else none.
 */
export function chooseModel(past: readonly Prediction[], available: readonly ForecastModel[]): ChosenModel | null {
  const linear = byMoment(past, 'linear')
  let best: { readonly model: ForecastModel; readonly gain: number } | null = null
  for (const model of available) {
    if (model === 'linear') continue
    const gain = gainOver(linear, byMoment(past, model))
    if (gain !== null && gain > MARGIN && (best === null || gain > best.gain)) best = { model, gain }
  }
  const model = best?.model ?? (available.includes('linear') ? 'linear' : null)
  if (model === null) return null
  return { model, score: scorePredictions(past.filter((one) => one.model === model))?.brier ?? null }
}

function byMoment(past: readonly Prediction[], model: ForecastModel): ReadonlyMap<EpochMs, Prediction> {
  return new Map(past.filter((one) => one.model === model && one.outcome !== null).map((one) => [one.madeAt, one]))
}

/** By how much the mean Brier score is lower; null where too few moments can be compared. */
function gainOver(linear: ReadonlyMap<EpochMs, Prediction>, other: ReadonlyMap<EpochMs, Prediction>): number | null {
  const gains: number[] = []
  const cycles = new Set<EpochMs>()
  for (const [madeAt, prediction] of other) {
    const rival = linear.get(madeAt)
    if (rival === undefined) continue
    gains.push(brierOf(rival) - brierOf(prediction))
    cycles.add(prediction.horizon)
  }
  return gains.length < LEAST_PREDICTIONS || cycles.size < LEAST_CYCLES ? null : mean(gains)
}
