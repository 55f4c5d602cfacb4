import type { Pace } from './forecast.ts'
import { roundRatio } from './quota.ts'
import { type EpochMs, epochMs, MINUTE_MS, SECOND_MS } from './time.ts'

/** Nearer than this to an even burn is on pace. */
const ON_PACE_RATIO = 0.03
/** In the first part of a window every number is far from even, and says nothing. */
const SILENT_RATIO = 0.03

/** The present window of a quota. */
export interface WindowSpan {
  /** Null: not known when it began. */
  readonly startsAt: EpochMs | null
  readonly resetsAt: EpochMs | null
}

/**
 * When the present window began: by the length that the service names, else where the cycle before it ended. The start
 * of the first cycle ever seen is only when we began to look, so it counts for nothing.
 */
export function windowSpan(
  quota: { readonly resetsAt: EpochMs | null; readonly windowSeconds: number | null },
  cycles: readonly { readonly startedAt: EpochMs; readonly endedAt: EpochMs | null }[],
): WindowSpan {
  const { resetsAt, windowSeconds } = quota
  if (resetsAt !== null && windowSeconds !== null && windowSeconds > 0) {
    return { startsAt: epochMs(resetsAt - windowSeconds * SECOND_MS), resetsAt }
  }
  const [present, before] = cycles
  const isWhole = present?.endedAt === null && before?.endedAt !== null && before?.endedAt !== undefined
  return { startsAt: isWhole ? present.startedAt : null, resetsAt }
}

/** Null without a window, before it, after it, in its first 3 %, and for a share that is not known. */
export function paceOf(usedRatio: number | null, window: WindowSpan, now: EpochMs): Pace | null {
  const { startsAt, resetsAt } = window
  if (usedRatio === null || startsAt === null || resetsAt === null || now >= resetsAt) return null
  const length = resetsAt - startsAt
  if (length < MINUTE_MS) return null
  const elapsedRatio = (now - startsAt) / length
  if (elapsedRatio < SILENT_RATIO) return null
  const deltaRatio = roundRatio(elapsedRatio - usedRatio)
  if (Math.abs(deltaRatio) <= ON_PACE_RATIO) return { deltaRatio, word: 'on_pace' }
  return { deltaRatio, word: deltaRatio > 0 ? 'in_reserve' : 'in_deficit' }
}
