import type { QuotaDocument } from '../model/document.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import { type QuotaVerdict, type VerdictColour, type VerdictReason, verdictOf } from '../model/verdict.ts'
import { agoText } from './age.ts'
import type { InstantText } from './instant.ts'
import type { Tone } from './status-words.ts'

const TONES: Readonly<Record<VerdictColour, Tone>> = { calm: 'fine', amber: 'amber', red: 'red', grey: 'grey' }

/** The colour of a verdict on every surface; it never stands without its words or mark. */
export function verdictTone(verdict: QuotaVerdict): Tone {
  return TONES[verdict.colour]
}

/** A mark for places without room for words; tells verdicts apart without their colour. */
const MARKS: Readonly<Record<VerdictColour, string>> = { calm: '●', amber: '◐', red: '▲', grey: '○' }

export function verdictMark(verdict: QuotaVerdict): string {
  return MARKS[verdict.colour]
}

/** A word or two for a narrow column. */
const VERDICT_WORDS: Readonly<Record<VerdictReason, string>> = {
  spent: 'limit reached',
  runs_out: 'runs out first',
  lands_close: 'close',
  lasts: 'lasts',
  level: '',
  unlimited: 'no limit',
  resetting: 'resetting…',
  stale: 'stale',
  unknown: 'no data yet',
}

const LEVEL_WORDS: Readonly<Record<VerdictColour, string>> = {
  calm: 'plenty left',
  amber: 'getting low',
  red: 'low',
  grey: 'unknown',
}

/** `runs out first`, `lasts`, `low`: the verdict in a narrow column. */
export function verdictWord(verdict: QuotaVerdict): string {
  return verdict.reason === 'level' ? LEVEL_WORDS[verdict.colour] : VERDICT_WORDS[verdict.reason]
}

/**
 * The verdict as a sentence without its end: `Lasts until reset`, `Runs out Thu 14:00, 2 h before reset`,
 * `Limit reached, back at 18:05`, `resetting…`.
 */
export function verdictText(quota: QuotaDocument, now: EpochMs, isStale: boolean, instant: InstantText): string {
  const verdict = verdictOf(quota, now, isStale)
  const resetsAt = fromIso(quota.resetsAt)
  switch (verdict.reason) {
    case 'spent':
      return resetsAt !== null && resetsAt > now ? `Limit reached, back at ${instant(resetsAt, now)}` : 'Limit reached'
    case 'runs_out':
      return runsOutText(quota, now, instant)
    case 'lands_close':
      return 'May just last until reset'
    case 'lasts':
      return 'Lasts until reset'
    case 'level':
      return levelText(quota, verdict)
    case 'unlimited':
      return 'No limit'
    case 'resetting':
      return 'resetting…'
    case 'stale':
      return 'The value is too old to say'
    case 'unknown':
      return 'No data yet'
  }
}

function runsOutText(quota: QuotaDocument, now: EpochMs, instant: InstantText): string {
  const at = fromIso(quota.forecast?.exhaustsAt ?? null)
  const resetsAt = fromIso(quota.resetsAt)
  if (at === null || resetsAt === null || at >= resetsAt) return 'Runs out before reset'
  return `Runs out ${instant(at, now)}, ${agoText(resetsAt - at)} before reset`
}

/** A window without a forecast is being learned; what has no window is judged by what is left. */
function levelText(quota: QuotaDocument, verdict: QuotaVerdict): string {
  const word = LEVEL_WORDS[verdict.colour]
  const text = `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
  return quota.resetsAt !== null && quota.forecast === null ? `${text}, still learning` : text
}
