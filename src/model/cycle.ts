import type { CycleEnd, StoredFacts } from './history.ts'
import { DAY_MS, type EpochMs, epochMs, MINUTE_MS, SECOND_MS } from './time.ts'

/** What of a reading decides about cycles. */
export interface CycleReading {
  readonly at: EpochMs
  readonly usedRatio: number | null
  readonly resetsAt: EpochMs | null
  /** Null: the service does not say how long its window is. */
  readonly windowSeconds: number | null
}

/**
 * `same`: one window still. `fell`: less used than before without any reset (a rolling window, a re-rating); allowed.
 * `suspected`: looks like a reset whose reset time did not move; the next reading decides.
 */
export type ResetVerdict =
  | { readonly kind: 'same' | 'fell' | 'suspected' }
  | { readonly kind: 'reset'; readonly at: EpochMs; readonly early: boolean }

/** A share this small after a fall counts as a fresh window. */
const FRESH_RATIO = 0.1
/** A fall by this much cannot be a rolling window between two polls. */
const COLLAPSE_RATIO = 0.4
/** Ratios have nine decimals; less than this is float noise. */
const NOISE = 1e-9
const LARGEST_JITTER_MS = 15 * MINUTE_MS

/** How far two reset times of one window may lie apart: 10 % of its length or 15 min, whichever is less. */
export function resetTolerance(windowSeconds: number | null): number {
  if (windowSeconds === null || windowSeconds <= 0) return LARGEST_JITTER_MS
  return Math.min(LARGEST_JITTER_MS, windowSeconds * SECOND_MS * 0.1)
}

/** What happened between two successive readings of one quota. Pure; total for every order of instants. */
export function detectReset(previous: CycleReading, next: CycleReading): ResetVerdict {
  const moved = resetMoved(previous, next)
  const ended = previous.resetsAt !== null && previous.resetsAt <= next.at && previous.at < previous.resetsAt
  if (previous.resetsAt !== null && ended && (moved === 'later' || moved === 'gone' || fell(previous, next))) {
    return { kind: 'reset', at: previous.resetsAt, early: false }
  }
  if (previous.resetsAt !== null && previous.resetsAt <= previous.at && moved === 'later') {
    return { kind: 'reset', at: previous.resetsAt, early: false }
  }
  if (!collapsed(previous, next, moved)) return { kind: fell(previous, next) ? 'fell' : 'same' }
  return moved === 'later' ? { kind: 'reset', at: next.at, early: true } : { kind: 'suspected' }
}

type Move = 'none' | 'later' | 'earlier' | 'gone' | 'came'

function resetMoved(previous: CycleReading, next: CycleReading): Move {
  if (previous.resetsAt === null) return next.resetsAt === null ? 'none' : 'came'
  if (next.resetsAt === null) return 'gone'
  const delta = next.resetsAt - previous.resetsAt
  if (Math.abs(delta) <= resetTolerance(next.windowSeconds ?? previous.windowSeconds)) return 'none'
  return delta > 0 ? 'later' : 'earlier'
}

function fell(previous: CycleReading, next: CycleReading): boolean {
  return previous.usedRatio !== null && next.usedRatio !== null && next.usedRatio < previous.usedRatio - NOISE
}

/**
 * A fall that only a fresh window explains. Where the reset time moved on as well, a fall to nothing is enough:
 * a rolling window that moved during missed polls keeps a rest.
 */
function collapsed(previous: CycleReading, next: CycleReading, moved: Move): boolean {
  if (previous.usedRatio === null || next.usedRatio === null) return false
  const drop = previous.usedRatio - next.usedRatio
  if (drop >= COLLAPSE_RATIO - NOISE && next.usedRatio < FRESH_RATIO) return true
  return moved === 'later' && drop > NOISE && next.usedRatio <= NOISE
}

/** The cycle that is going on, with all that is needed to continue it after a restart. */
export interface OpenCycle {
  readonly startedAt: EpochMs
  readonly resetsAt: EpochMs | null
  readonly windowSeconds: number | null
  readonly peakUsedRatio: number | null
  /** Time without anything left, up to `exhaustedSince`. */
  readonly exhaustedMs: number
  /** Nothing has been left since then; null: something is. */
  readonly exhaustedSince: EpochMs | null
  /** The reading before a suspected reset and the suspicious one; the next reading decides. */
  readonly suspect: { readonly before: CycleReading; readonly at: EpochMs } | null
}

export interface ClosedCycle {
  readonly startedAt: EpochMs
  readonly endedAt: EpochMs
  readonly resetsAt: EpochMs | null
  readonly peakUsedRatio: number | null
  readonly endUsedRatio: number | null
  readonly exhaustedMs: number
  readonly ended: CycleEnd
}

/** A cycle ended (and, unless withdrawn, the next one began) while a reading was recorded. */
export interface CycleEvent {
  readonly account: string
  readonly quota: string
  readonly closed: ClosedCycle
}

export interface CycleStep {
  readonly cycle: OpenCycle
  readonly closed: ClosedCycle | null
}

/** The first cycle ever seen of a quota: it began when its window did, where that is known, else now. */
export function firstCycle(reading: CycleReading): OpenCycle {
  const { resetsAt, windowSeconds, at } = reading
  const began = resetsAt !== null && windowSeconds !== null ? resetsAt - windowSeconds * SECOND_MS : at
  return begin(reading, epochMs(Math.min(began, at)))
}

function begin(reading: CycleReading, startedAt: EpochMs): OpenCycle {
  return {
    startedAt,
    resetsAt: reading.resetsAt,
    windowSeconds: reading.windowSeconds,
    peakUsedRatio: reading.usedRatio,
    exhaustedMs: 0,
    exhaustedSince: isExhausted(reading) ? reading.at : null,
    suspect: null,
  }
}

function isExhausted(reading: CycleReading): boolean {
  return reading.usedRatio !== null && reading.usedRatio >= 1 - NOISE
}

/**
 * Carries a cycle over from `previous` (the reading before) to `next`. A suspected reset is settled by the reading
 * after it, and is then dated at the suspicious one; a value that comes back was a glitch.
 */
export function nextCycle(cycle: OpenCycle, previous: CycleReading, next: CycleReading): CycleStep {
  if (cycle.suspect !== null) return settleSuspect(cycle, cycle.suspect, next)
  const verdict = detectReset(previous, next)
  if (verdict.kind === 'reset' && !isCounted(cycle, verdict)) return reset(cycle, previous, next, verdict)
  if (verdict.kind !== 'suspected') return { cycle: continued(cycle, next), closed: null }
  return { cycle: { ...cycle, suspect: { before: previous, at: next.at } }, closed: null }
}

/** A service that names the new reset time late reports the same reset twice; the second report is no news. */
function isCounted(cycle: OpenCycle, verdict: Extract<ResetVerdict, { kind: 'reset' }>): boolean {
  return !verdict.early && verdict.at <= cycle.startedAt
}

function settleSuspect(
  cycle: OpenCycle,
  suspect: { readonly before: CycleReading; readonly at: EpochMs },
  next: CycleReading,
): CycleStep {
  const { before } = suspect
  const open: OpenCycle = { ...cycle, suspect: null }
  const verdict = detectReset(before, next)
  if (verdict.kind === 'reset' && !verdict.early) return reset(open, before, next, verdict)
  const stillLow = (before.usedRatio ?? 0) - (next.usedRatio ?? before.usedRatio ?? 0) >= COLLAPSE_RATIO - NOISE
  if (!stillLow && verdict.kind !== 'reset') return { cycle: continued(open, next), closed: null }
  return reset(open, before, next, { kind: 'reset', at: suspect.at, early: true })
}

function reset(
  cycle: OpenCycle,
  previous: CycleReading,
  next: CycleReading,
  verdict: Extract<ResetVerdict, { kind: 'reset' }>,
): CycleStep {
  const at = epochMs(Math.max(verdict.at, cycle.startedAt))
  const closed = closeCycle(cycle, at, previous.usedRatio, verdict.early ? 'early_reset' : 'reset')
  return { cycle: begin(next, at), closed }
}

/** Ends a cycle at an instant: `withdrawn` when the service stopped reporting the quota. */
export function closeCycle(cycle: OpenCycle, at: EpochMs, endUsedRatio: number | null, ended: CycleEnd): ClosedCycle {
  return {
    startedAt: cycle.startedAt,
    endedAt: epochMs(Math.max(at, cycle.startedAt)),
    resetsAt: cycle.resetsAt,
    peakUsedRatio: cycle.peakUsedRatio,
    endUsedRatio,
    exhaustedMs: exhaustedMsAt(cycle, at),
    ended,
  }
}

/** Time without anything left, counted up to `at`. What is exhausted stays so until its reset, polled or not. */
export function exhaustedMsAt(cycle: OpenCycle, at: EpochMs): number {
  if (cycle.exhaustedSince === null) return cycle.exhaustedMs
  const end = Math.min(at, cycle.resetsAt ?? cycle.exhaustedSince + DAY_MS)
  return cycle.exhaustedMs + Math.max(0, end - cycle.exhaustedSince)
}

function continued(cycle: OpenCycle, next: CycleReading): OpenCycle {
  const exhausted = isExhausted(next)
  const ended = cycle.exhaustedSince !== null && !exhausted && next.usedRatio !== null
  const sameReset =
    cycle.resetsAt !== null &&
    next.resetsAt !== null &&
    Math.abs(cycle.resetsAt - next.resetsAt) <= resetTolerance(next.windowSeconds)
  return {
    ...cycle,
    resetsAt: sameReset ? cycle.resetsAt : (next.resetsAt ?? cycle.resetsAt),
    windowSeconds: next.windowSeconds ?? cycle.windowSeconds,
    peakUsedRatio:
      next.usedRatio === null ? cycle.peakUsedRatio : Math.max(cycle.peakUsedRatio ?? next.usedRatio, next.usedRatio),
    exhaustedMs: ended ? exhaustedMsAt(cycle, next.at) : cycle.exhaustedMs,
    exhaustedSince: ended ? null : (cycle.exhaustedSince ?? (exhausted ? next.at : null)),
  }
}

/** Whether a quota goes in cycles at all: it has a window that ends, or a share that is filled again. */
export function hasCycles(
  quota: Pick<StoredFacts, 'resetsAt' | 'usedRatio' | 'unlimited'> & { kind: string },
): boolean {
  if (quota.unlimited) return false
  if (quota.resetsAt !== null) return true
  return quota.usedRatio !== null && (quota.kind === 'window' || quota.kind === 'model' || quota.kind === 'budget')
}

/**
 * Whether a reading is stored as a sample: the first one, every changed value, and one each `heartbeatMs` of silence.
 * A reset time that only jitters is no change. A clock that went back stores, so that the jump can be seen.
 */
export function shouldStore(
  previous: (StoredFacts & { readonly at: EpochMs }) | null,
  next: StoredFacts,
  now: EpochMs,
  heartbeatMs: number,
): boolean {
  if (previous === null) return true
  if (now - previous.at >= heartbeatMs || now < previous.at) return true
  const same =
    previous.used === next.used &&
    previous.limit === next.limit &&
    previous.remaining === next.remaining &&
    previous.usedRatio === next.usedRatio &&
    previous.remainingRatio === next.remainingRatio &&
    previous.unlimited === next.unlimited &&
    previous.inferred === next.inferred
  if (!same) return true
  if (previous.resetsAt === null || next.resetsAt === null) return previous.resetsAt !== next.resetsAt
  return Math.abs(previous.resetsAt - next.resetsAt) > resetTolerance(next.windowSeconds ?? null)
}
