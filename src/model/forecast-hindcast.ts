import { orderedPoints, type UsagePoint } from './burn.ts'
import { type ForecastInput, predictQuota } from './forecast-quota.ts'
import { type LearnedUsage, learnUsage } from './forecast-rhythm.ts'
import { type CycleFacts, type Prediction, settlePrediction } from './forecast-score.ts'
import { DAY_MS, type EpochMs, epochMs } from './time.ts'

export interface HindcastInput {
  readonly account: string
  readonly quota: string
  /** Values of the whole past, oldest first. */
  readonly points: readonly UsagePoint[]
  /** Closed cycles, in any order; those that did not go to their end are passed over. */
  readonly cycles: readonly CycleFacts[]
  /** Where in a cycle a prediction is made, 0..1. */
  readonly moments: readonly number[]
}

/** How much of the past is learned from. */
export const LEARN_FROM_MS = 56 * DAY_MS
/** Learning again sooner changes next to nothing. */
export const LEARN_EVERY_MS = DAY_MS

/** One moment of the past with what was known then, and the cycle that it was in. */
export interface PastMoment {
  readonly input: ForecastInput
  readonly cycle: CycleFacts
}

/** Lives through the past once more: every moment knows only what was known by then. Oldest first; `past` is empty. */
export function* pastMoments(history: HindcastInput): Generator<PastMoment> {
  const points = orderedPoints(history.points, FOR_EVER)
  const cycles = history.cycles
    .filter((cycle): cycle is EndedCycle => cycle.ended === 'reset' && cycle.endedAt !== null)
    .sort((a, b) => a.startedAt - b.startedAt)
  let learned: LearnedUsage | null = null
  for (const cycle of cycles) {
    for (const moment of history.moments) {
      const now = epochMs(cycle.startedAt + (cycle.endedAt - cycle.startedAt) * moment)
      if (learned === null || now - learned.learnedAt >= LEARN_EVERY_MS) {
        learned = learnUsage(pointsBetween(points, now - LEARN_FROM_MS, now), now)
      }
      const window = { startsAt: cycle.startedAt, resetsAt: cycle.endedAt }
      const present = pointsBetween(points, Math.min(cycle.startedAt, now - DAY_MS), now)
      const { account, quota } = history
      yield { input: { account, quota, window, points: present, learned, past: [], now }, cycle }
    }
  }
}

/**
 * What the models would have said in past cycles, and how it came: grades a quota whose history is older than its
 * predictions. Settled predictions, oldest first.
 */
export function hindcast(history: HindcastInput): readonly Prediction[] {
  const predictions: Prediction[] = []
  for (const { input, cycle } of pastMoments(history)) {
    const settled = predictQuota(input).map((one) => settlePrediction(one, cycle))
    predictions.push(...settled.filter((one) => one.outcome !== null))
  }
  return predictions
}

type EndedCycle = CycleFacts & { readonly endedAt: EpochMs }

const FOR_EVER = epochMs(Number.MAX_SAFE_INTEGER)

/** Points are in order: the ends are found by halving. */
function pointsBetween(points: readonly UsagePoint[], from: number, until: number): readonly UsagePoint[] {
  return points.slice(firstAt(points, from), firstAt(points, until + 1))
}

function firstAt(points: readonly UsagePoint[], at: number): number {
  let low = 0
  let high = points.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.at ?? at) < at) low = middle + 1
    else high = middle
  }
  return low
}
