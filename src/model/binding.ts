import { judgeAccount } from './best.ts'
import type { AccountDocument, QuotaDocument } from './document.ts'
import { stateFromDocument } from './document-state.ts'
import type { Rules } from './settings.ts'
import { type EpochMs, fromIso } from './time.ts'
import { type QuotaVerdict, verdictOf, worstVerdict } from './verdict.ts'

/** One account in one line: the quota that stands closest in the way, and how the account does. */
export interface Binding {
  /** Null: no value of it is known, or it has none that could stand in the way. */
  readonly quota: QuotaDocument | null
  /** Nothing is left that could be worked with. */
  readonly isSpent: boolean
  /** The worst of what binds all work with the account. */
  readonly verdict: QuotaVerdict
}

/** `judgeAccount` as a quota and a verdict, for who has the document. Where an account has pools: its best one. */
export function bindingOf(account: AccountDocument, now: EpochMs, rules: Rules): Binding {
  const judged = judgeAccount(stateFromDocument(account), {}, now, rules)
  const isStale = isOutdated(account, now)
  if (judged.candidates.length === 0) {
    const quota = judged.isSpent ? lastToReturn(account.quotas.filter(isSpentQuota)) : tightestKnown(account)
    return { quota, isSpent: judged.isSpent, verdict: verdictOn(quota, account, now, isStale) }
  }
  const [best] = judged.candidates.toSorted((a, b) => b.rank - a.rank || b.headroom - a.headroom)
  const quota =
    account.quotas.find(
      ({ label, remainingRatio, resetsAt }) =>
        best?.choice.reason.startsWith(`${label} `) &&
        (best.choice.remainingRatio === null || best.choice.remainingRatio === remainingRatio) &&
        (best.choice.resetsAt === null || fromIso(best.choice.resetsAt) === fromIso(resetsAt)),
    ) ?? null
  return { quota, isSpent: false, verdict: verdictOn(quota, account, now, isStale) }
}

/** Whether an account's numbers are too old to pass for current, whatever its status says. */
export function isOutdated(account: Pick<AccountDocument, 'staleAt'>, now: EpochMs): boolean {
  const staleAt = fromIso(account.staleAt)
  return staleAt !== null && staleAt <= now
}

/** Windows of one model, and of one feature: they do not stand in the way of all other work. */
const SCOPED = /^weekly\.|\.(session|weekly|monthly)$|^x\./

function bindsAll(quota: QuotaDocument): boolean {
  return quota.kind === 'window' && !quota.helper && !SCOPED.test(quota.id)
}

function verdictOn(
  quota: QuotaDocument | null,
  account: AccountDocument,
  now: EpochMs,
  isStale: boolean,
): QuotaVerdict {
  // A pool at its limit is news, also where another pool can be worked with.
  const judged = new Set([
    ...(quota === null ? [] : [quota]),
    ...account.quotas.filter((one) => bindsAll(one) || isSpentQuota(one)),
  ])
  const worst = worstVerdict([...judged].map((one) => verdictOf(one, now, isStale)))
  return worst ?? { colour: 'grey', reason: isStale ? 'stale' : 'unknown' }
}

function isSpentQuota(quota: QuotaDocument): boolean {
  return quota.level === 'exhausted' && !quota.helper && !quota.due
}

/** The account is back when the last of them is; one without a reset counts as the last. */
function lastToReturn(quotas: readonly QuotaDocument[]): QuotaDocument | null {
  const FAR = Number.MAX_SAFE_INTEGER
  const [last] = quotas.toSorted((a, b) => (fromIso(b.resetsAt) ?? FAR) - (fromIso(a.resetsAt) ?? FAR))
  return last ?? null
}

/** What was last known of an account that cannot be worked with now (signed out, too old). */
function tightestKnown({ quotas }: AccountDocument): QuotaDocument | null {
  const known = quotas.filter((quota) => bindsAll(quota) || (quota.kind === 'model' && !quota.helper))
  const [tightest] = known
    .filter((quota) => quota.remainingRatio !== null)
    .toSorted((a, b) => (a.remainingRatio ?? 1) - (b.remainingRatio ?? 1))
  return tightest ?? quotas.find((quota) => quota.kind === 'balance') ?? null
}

const COLOURS_WORST_FIRST: readonly QuotaVerdict['colour'][] = ['red', 'amber', 'calm', 'grey']

/** Sorts accounts or quotas, the one to look at first: by verdict, then by what is left. */
export function worstFirst(
  one: { readonly verdict: QuotaVerdict; readonly left: number | null },
  other: { readonly verdict: QuotaVerdict; readonly left: number | null },
): number {
  const colour = COLOURS_WORST_FIRST.indexOf(one.verdict.colour) - COLOURS_WORST_FIRST.indexOf(other.verdict.colour)
  return colour === 0 ? (one.left ?? 2) - (other.left ?? 2) : colour
}
