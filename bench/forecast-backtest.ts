import { type PastMoment, pastMoments } from '../src/model/forecast-hindcast.ts'
import { forecastQuota, predictQuota } from '../src/model/forecast-quota.ts'
import { type Prediction, settlePrediction } from '../src/model/forecast-score.ts'
import { type EpochMs, epochMs, fromIso, MINUTE_MS } from '../src/model/time.ts'
import { makeTrace, type Trace, type TraceSpec } from './forecast-corpus.ts'

/** One prediction with what is known of the truth. */
export interface Judged extends Prediction {
  readonly spec: TraceSpec
  /** Used ratio at the horizon, had there been no wall. */
  readonly truth: number
  /** How often this quota ran out at all, known only in hindsight: what "always the base rate" says. */
  readonly baseRate: number
  /** What peers draw: use so far by time so far goes on; 0 or 1. */
  readonly straightLine: 0 | 1
  /** What was shown at that moment, where this is the model that was chosen. */
  readonly shown: ShownTime | null
}

/** The instants of the forecast that was shown, and when it really ran out; null: not before the reset. */
interface ShownTime {
  readonly low: EpochMs | null
  readonly high: EpochMs | null
  readonly truth: EpochMs | null
}

const MOMENTS = { session: [0.2, 0.5, 0.8], weekly: [0.1, 0.3, 0.5, 0.7, 0.9] } as const

/** Lives through one trace: every forecast knows only what was known when it was made. */
export function backtest(spec: TraceSpec): readonly Judged[] {
  const trace = makeTrace(spec)
  const { points, cycles } = trace
  const judged: Judged[] = []
  const baseRate = cycles.filter((cycle) => (cycle.peakUsedRatio ?? 0) >= 1 - 1e-9).length / cycles.length
  const history = { account: 'bench/trace', quota: spec.window, points, cycles, moments: MOMENTS[spec.window] }
  for (const moment of pastMoments(history)) {
    const past = judged.filter((one) => one.horizon <= moment.input.now)
    judged.push(...judge(trace, moment, past, baseRate))
  }
  return judged
}

function judge(trace: Trace, moment: PastMoment, past: readonly Prediction[], baseRate: number): readonly Judged[] {
  const { input, cycle } = moment
  const forecast = forecastQuota({ ...input, past })
  const startsAt = cycle.startedAt
  return predictQuota(input).map((prediction) => {
    const { madeAt, horizon, usedRatio, model } = prediction
    const shown = {
      low: fromIso(forecast?.exhaustsAtLow),
      high: fromIso(forecast?.exhaustsAtHigh),
      truth: ranOutAt(trace, startsAt, horizon),
    }
    return {
      ...settlePrediction(prediction, cycle),
      spec: trace.spec,
      truth: trace.wanted(startsAt, horizon),
      baseRate,
      straightLine: (usedRatio * (horizon - startsAt)) / (madeAt - startsAt) >= 1 ? 1 : 0,
      shown: forecast?.model === model ? shown : null,
    }
  })
}

/** To the minute. */
function ranOutAt(trace: Trace, startsAt: EpochMs, horizon: EpochMs): EpochMs | null {
  if (trace.wanted(startsAt, horizon) < 1) return null
  let low: number = startsAt
  let high: number = horizon
  while (high - low > MINUTE_MS) {
    const middle = (low + high) / 2
    if (trace.wanted(startsAt, epochMs(middle)) < 1) low = middle
    else high = middle
  }
  return epochMs(high)
}

export interface Figures {
  readonly count: number
  /** How often it ran out. */
  readonly ranOut: number
  /** Share of truths inside the 80 % interval of the used ratio, and of how many. */
  readonly coverage: number
  readonly open: number
  readonly brier: number
  readonly straightLineBrier: number
  readonly baseRateBrier: number
}

/** Values are whole percents: intervals are read to half of one, and those narrower than one say nothing. */
const STEP = 0.01

export function figuresOf(judged: readonly Judged[]): Figures {
  const open = judged.filter((one) => one.high - one.usedRatio >= STEP)
  const inside = open.filter((one) => one.truth >= one.low - STEP / 2 && one.truth <= one.high + STEP / 2)
  const mean = (value: (one: Judged, ranOut: 0 | 1) => number): number => {
    return judged.reduce((sum, one) => sum + value(one, one.outcome?.ranOut ? 1 : 0), 0) / judged.length
  }
  return {
    count: judged.length,
    ranOut: mean((_, ranOut) => ranOut),
    coverage: inside.length / open.length,
    open: open.length,
    brier: mean((one, ranOut) => (one.probability - ranOut) ** 2),
    straightLineBrier: mean((one, ranOut) => (one.straightLine - ranOut) ** 2),
    baseRateBrier: mean((one, ranOut) => (one.baseRate - ranOut) ** 2),
  }
}

/** How often it ran out between the two instants that were named, where both were. */
export function timeCoverage(judged: readonly Judged[]): { readonly count: number; readonly coverage: number } {
  let count = 0
  let inside = 0
  for (const { shown } of judged) {
    if (shown === null || shown.low === null || shown.high === null) continue
    count++
    if (shown.truth !== null && shown.truth >= shown.low && shown.truth <= shown.high) inside++
  }
  return { count, coverage: inside / count }
}

export interface Bin {
  readonly said: number
  readonly happened: number
  readonly count: number
}

/** Of all that was said to run out with about this chance: how often it did. Tenths that were never said are missing. */
export function reliability(judged: readonly Judged[]): readonly Bin[] {
  const bins: Judged[][] = Array.from({ length: 10 }, () => [])
  for (const one of judged) bins[Math.min(9, Math.floor(one.probability * 10))]?.push(one)
  return bins
    .filter((bin) => bin.length > 0)
    .map((bin) => ({
      said: bin.reduce((sum, one) => sum + one.probability, 0) / bin.length,
      happened: bin.filter((one) => one.outcome?.ranOut).length / bin.length,
      count: bin.length,
    }))
}
