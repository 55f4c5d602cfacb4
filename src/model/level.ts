import type { Quota } from './quota.ts'
import type { LevelThresholds } from './settings.ts'

/** How full a quota is; contracts section 1. */
export type Level = 'ok' | 'medium' | 'low' | 'exhausted' | 'unlimited' | 'unknown'

/** exhausted < low < medium < ok; unlimited and unknown are outside the order (null) and match no level rule. */
export function levelRank(level: Level): number | null {
  const rank = ['exhausted', 'low', 'medium', 'ok'].indexOf(level)
  return rank < 0 ? null : rank
}

/** The level of a quota's value. A value that is due (its window ended) is `unknown`. */
export function levelOf(quota: Quota, due: boolean, thresholds: LevelThresholds): Level {
  if (quota.unlimited) return 'unlimited'
  if (due) return 'unknown'
  if (quota.remainingRatio !== null) return levelOfRatio(quota.remainingRatio, thresholds)
  if (quota.kind !== 'balance' || quota.remaining === null) return 'unknown'
  if (quota.remaining <= 0) return 'exhausted'
  const low = thresholds.balance[quota.unit]
  return low !== undefined && quota.remaining < low ? 'low' : 'ok'
}

function levelOfRatio(remainingRatio: number, thresholds: LevelThresholds): Level {
  if (remainingRatio <= 0) return 'exhausted'
  if (remainingRatio < thresholds.low) return 'low'
  return remainingRatio < thresholds.medium ? 'medium' : 'ok'
}
