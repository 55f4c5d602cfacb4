import type { QuotaDocument } from './document.ts'
import { type EpochMs, fromIso, HOUR_MS } from './time.ts'

/** What a colour may say about a quota. `calm` lasts with room to spare, `grey` is unknown or too old. */
export type VerdictColour = 'calm' | 'amber' | 'red' | 'grey'

/**
 * Why: `spent` nothing is left · `runs_out` before its reset, more likely than not · `lands_close` in the last tenth,
 * or may run out · `lasts` · `level` judged by what is left alone, for want of a reset or a history · `unlimited` ·
 * `resetting` its window has just ended · `stale` the value is too old · `unknown` what is left is not known.
 */
export type VerdictReason =
  | 'spent'
  | 'runs_out'
  | 'lands_close'
  | 'lasts'
  | 'level'
  | 'unlimited'
  | 'resetting'
  | 'stale'
  | 'unknown'

export interface QuotaVerdict {
  readonly colour: VerdictColour
  readonly reason: VerdictReason
}

/** A `QuotaDocument` is one. */
export type VerdictFacts = Pick<QuotaDocument, 'level' | 'due' | 'resetsAt' | 'usedRatio' | 'forecast' | 'modelsSpent'>

/** From this share used at the reset on, it lands in the last tenth. */
const LAST_TENTH = 0.9
/** More likely than not. */
const LIKELY = 0.5
/** A chance that is worth a look, however calm the middle guess is. */
const POSSIBLE = 0.25

/**
 * The one verdict on a quota, for every surface: over the whole window where its reset and a forecast are known, by
 * its level else. `isStale`: the reading it comes from has passed its `staleAt`.
 */
export function verdictOf(quota: VerdictFacts, now: EpochMs, isStale: boolean): QuotaVerdict {
  if (isStale) return { colour: 'grey', reason: 'stale' }
  if (quota.level === 'unlimited') return { colour: 'calm', reason: 'unlimited' }
  if (quota.due) return { colour: 'grey', reason: 'resetting' }
  if (quota.modelsSpent === true) return { colour: 'red', reason: 'spent' }
  if (quota.level === 'unknown') return { colour: 'grey', reason: 'unknown' }
  if (quota.level === 'exhausted') return { colour: 'red', reason: 'spent' }
  return windowVerdict(quota, now) ?? levelVerdict(quota.level)
}

/** Null: no reset ahead, or no forecast. */
function windowVerdict(quota: VerdictFacts, now: EpochMs): QuotaVerdict | null {
  const probability = quota.forecast?.probabilityBeforeReset ?? null
  if (probability === null) return null
  const resetsAt = fromIso(quota.resetsAt)
  if (resetsAt === null || resetsAt <= now) return null
  if (probability >= LIKELY) return { colour: 'red', reason: 'runs_out' }
  const landing = landingRatio(quota, now)
  const isClose = probability >= POSSIBLE || (landing !== null && landing >= LAST_TENTH)
  return isClose ? { colour: 'amber', reason: 'lands_close' } : { colour: 'calm', reason: 'lasts' }
}

/** The used ratio that the forecast expects at the reset (may exceed 1); the end of its notch on a bar. */
export function landingRatio(
  quota: Pick<QuotaDocument, 'usedRatio' | 'resetsAt' | 'forecast'>,
  now: EpochMs,
): number | null {
  const resetsAt = fromIso(quota.resetsAt)
  const burn = quota.forecast?.burnPerHourRatio ?? null
  if (quota.usedRatio === null || resetsAt === null || resetsAt <= now || burn === null) return null
  return quota.usedRatio + (burn * (resetsAt - now)) / HOUR_MS
}

function levelVerdict(level: 'ok' | 'medium' | 'low'): QuotaVerdict {
  const colour = { ok: 'calm', medium: 'amber', low: 'red' } as const
  return { colour: colour[level], reason: 'level' }
}

const WORST_FIRST: readonly VerdictReason[] = [
  'spent',
  'runs_out',
  'level',
  'lands_close',
  'stale',
  'resetting',
  'unknown',
  'lasts',
  'unlimited',
]
const COLOURS_WORST_FIRST: readonly VerdictColour[] = ['red', 'amber', 'calm', 'grey']

/**
 * The verdict on several quotas together (an account's): the worst one, for a spent weekly window stops the work
 * however full the session is. Grey only when all are: one unknown value does not hide the known ones.
 */
export function worstVerdict(verdicts: readonly QuotaVerdict[]): QuotaVerdict | null {
  const [worst] = [...verdicts].sort(
    (a, b) =>
      COLOURS_WORST_FIRST.indexOf(a.colour) - COLOURS_WORST_FIRST.indexOf(b.colour) ||
      WORST_FIRST.indexOf(a.reason) - WORST_FIRST.indexOf(b.reason),
  )
  return worst ?? null
}
