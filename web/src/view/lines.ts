import {
  type AccountDocument,
  type AccountLine,
  type AccountLines,
  bindingOf,
  byTightness,
  DEFAULT_RULES,
  type EpochMs,
  isOutdated,
  landingRatio,
  MINUTE_MS,
  type QuotaDocument,
  type QuotaVerdict,
  verdictOf,
} from '../../../src/model/index.ts'

/**
 * The line to look at first: the worst verdict, then a window before a model, then the least that is left. Null where
 * nothing is reported.
 */
export function worstLine(account: AccountDocument, { main, more }: AccountLines, now: EpochMs): AccountLine | null {
  const isStale = isOutdated(account, now)
  const rank = ({ quota }: AccountLine): number => COLOURS.indexOf(verdictOf(quota, now, isStale).colour)
  const worstOf = (lines: readonly AccountLine[]): AccountLine | undefined =>
    lines.toSorted((a, b) => rank(a) - rank(b) || byTightness(a.quota, b.quota))[0]
  const candidates = [worstOf(main), worstOf(more)].filter((line) => line !== undefined)
  return candidates.toSorted((a, b) => rank(a) - rank(b))[0] ?? null
}

/** Worst first. */
const COLOURS: readonly QuotaVerdict['colour'][] = ['red', 'amber', 'calm', 'grey']

/** An account that did not change is judged once a minute, however often the page asks. */
const judged = new WeakMap<AccountDocument, { readonly minute: number; readonly verdict: QuotaVerdict }>()

/** The verdict on the account, the same as on every surface. Null when nothing was read yet. */
export function accountVerdict(account: AccountDocument, now: EpochMs): QuotaVerdict | null {
  if (account.status === 'disabled' || account.status === 'pending') return null
  const minute = Math.floor(now / MINUTE_MS)
  const known = judged.get(account)
  if (known?.minute === minute) return known.verdict
  const { verdict } = bindingOf(account, now, DEFAULT_RULES)
  judged.set(account, { minute, verdict })
  return verdict
}

/** Marks on a bar, as shares of what was used: where an even burn would be, and where the forecast ends. */
export interface BarMarks {
  readonly even: number | null
  readonly landing: number | null
}

export function barMarks(quota: QuotaDocument, now: EpochMs): BarMarks {
  if (quota.usedRatio === null || quota.due) return { even: null, landing: null }
  const pace = quota.forecast?.pace ?? null
  const landing = landingRatio(quota, now)
  return {
    even: pace === null ? null : clamp(quota.usedRatio + pace.deltaRatio),
    landing: landing === null ? null : clamp(landing),
  }
}

function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio))
}
