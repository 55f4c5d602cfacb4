import { type EpochMs, epochMs, roundRatio, type StoredFacts } from '../model/index.ts'
import type { Value } from './database.ts'

/** A sample as it lies in the table; see the first migration for the columns. */
export interface StoredSample {
  readonly series: number
  readonly seq: number
  readonly at: EpochMs
  readonly facts: StoredFacts
}

export const SAMPLE_COLUMNS = 'seq, skew, used_nano, remaining_nano, used, remaining, max, resets_in, flags'

const UNLIMITED = 1
const INFERRED = 2
const REMAINING_UNKNOWN = 4

function toNano(ratio: number | null): number | null {
  return ratio === null ? null : Math.round(ratio * 1e9)
}

function fromNano(nano: Value | undefined): number | null {
  return typeof nano === 'number' ? nano / 1e9 : null
}

/** The remaining share that follows from a used one; stored only where the service reported another. */
function derivedRemaining(usedRatio: number | null): number | null {
  return usedRatio === null ? null : roundRatio(Math.min(1, Math.max(0, 1 - usedRatio)))
}

/** Values for every column, `series` first. */
export function encodeSample(sample: StoredSample): readonly Value[] {
  const { facts, seq, at } = sample
  const derived = derivedRemaining(facts.usedRatio)
  const flags =
    (facts.unlimited ? UNLIMITED : 0) |
    (facts.inferred ? INFERRED : 0) |
    (facts.remainingRatio === null && derived !== null ? REMAINING_UNKNOWN : 0)
  return [
    sample.series,
    seq,
    at - seq,
    toNano(facts.usedRatio),
    facts.remainingRatio === derived ? null : toNano(facts.remainingRatio),
    facts.used,
    facts.remaining,
    facts.limit,
    facts.resetsAt === null ? null : facts.resetsAt - seq,
    flags,
  ]
}

function numberOrNull(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null
}

/** Reads an array row of SAMPLE_COLUMNS. Null when the row is nonsense: it is passed over and counted. */
export function decodeSample(series: number, row: readonly Value[]): StoredSample | null {
  const [seq, skew, usedNano, remainingNano, used, remaining, limit, resetsIn, flags] = row
  if (typeof seq !== 'number' || typeof skew !== 'number' || typeof flags !== 'number') return null
  const usedRatio = fromNano(usedNano)
  const stored = fromNano(remainingNano)
  return {
    series,
    seq,
    at: epochMs(seq + skew),
    facts: {
      used: numberOrNull(used),
      limit: numberOrNull(limit),
      remaining: numberOrNull(remaining),
      usedRatio,
      remainingRatio: stored ?? ((flags & REMAINING_UNKNOWN) === 0 ? derivedRemaining(usedRatio) : null),
      unlimited: (flags & UNLIMITED) !== 0,
      inferred: (flags & INFERRED) !== 0,
      resetsAt: typeof resetsIn === 'number' ? epochMs(seq + resetsIn) : null,
    },
  }
}
