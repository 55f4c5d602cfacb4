import type { ForecastModel } from '../src/model/forecast.ts'
import { hindcast } from '../src/model/forecast-hindcast.ts'
import { chooseModel, type Prediction } from '../src/model/forecast-score.ts'
import type { EpochMs } from '../src/model/time.ts'
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
  /** This is the model that was shown. */
  readonly shown: boolean
}

const MOMENTS = { session: [0.2, 0.5, 0.8], weekly: [0.1, 0.3, 0.5, 0.7, 0.9] } as const

/** Lives through one trace: every prediction knows only what was known when it was made. */
export function backtest(spec: TraceSpec): readonly Judged[] {
  const trace = makeTrace(spec)
  const { points, cycles } = trace
  const moments = MOMENTS[spec.window]
  const predictions = hindcast({ account: 'bench/trace', quota: spec.window, points, cycles, moments })
  const baseRate = cycles.filter((cycle) => (cycle.peakUsedRatio ?? 0) >= 1 - 1e-9).length / cycles.length
  const usedAt = new Map(points.map((point) => [point.at, point.usedRatio ?? 0]))
  const shown = shownModels(predictions)
  return predictions.map((one) => {
    const used = usedAt.get(one.madeAt) ?? 0
    return {
      ...one,
      spec,
      truth: used + trace.wanted(one.madeAt, one.horizon),
      baseRate,
      straightLine: straightLine(trace, one, used),
      shown: shown.get(one.madeAt) === one.model,
    }
  })
}

function straightLine(trace: Trace, { madeAt, horizon }: Prediction, used: number): 0 | 1 {
  const startsAt = trace.cycles.find((cycle) => cycle.endedAt === horizon)?.startedAt ?? madeAt
  return (used * (horizon - startsAt)) / (madeAt - startsAt) >= 1 ? 1 : 0
}

/** Which model was shown at each moment: chosen by the predictions whose cycles had ended by then. */
function shownModels(predictions: readonly Prediction[]): ReadonlyMap<EpochMs, ForecastModel> {
  const byMoment = new Map<EpochMs, ForecastModel[]>()
  for (const { madeAt, model } of predictions) byMoment.set(madeAt, [...(byMoment.get(madeAt) ?? []), model])
  const shown = new Map<EpochMs, ForecastModel>()
  let past: readonly Prediction[] = []
  let chosenFor = 0
  for (const [madeAt, available] of byMoment) {
    const known = predictions.filter((one) => one.horizon <= madeAt)
    if (known.length !== chosenFor) past = known
    chosenFor = known.length
    const chosen = chooseModel(past, available)
    if (chosen !== null) shown.set(madeAt, chosen.model)
  }
  return shown
}

export interface Figures {
  readonly count: number
  /** Share of truths inside the 80 % interval; of predictions that expect a whole percent of burn at least. */
  readonly coverage: number
  readonly covered: number
  readonly brier: number
  readonly straightLineBrier: number
  readonly baseRateBrier: number
  readonly ranOut: number
}

/** Values are whole percents, rounded down: the truth may lie one above what the interval was made of. */
const STEP = 0.01

export function figuresOf(judged: readonly Judged[]): Figures {
  const open = judged.filter((one) => one.high - one.usedRatio >= STEP)
  const inside = open.filter((one) => one.truth >= one.low - STEP / 2 && one.truth <= one.high + STEP / 2)
  const mean = (value: (one: Judged, ranOut: 0 | 1) => number): number => {
    return judged.reduce((sum, one) => sum + value(one, one.outcome?.ranOut ? 1 : 0), 0) / judged.length
  }
  return {
    count: judged.length,
    coverage: inside.length / open.length,
    covered: open.length,
    brier: mean((one, ranOut) => (one.probability - ranOut) ** 2),
    straightLineBrier: mean((one, ranOut) => (one.straightLine - ranOut) ** 2),
    baseRateBrier: mean((one, ranOut) => (one.baseRate - ranOut) ** 2),
    ranOut: mean((_, ranOut) => ranOut),
  }
}
