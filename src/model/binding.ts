import { judgeAccount } from './best.ts'
import type { AccountDocument, QuotaDocument } from './document.ts'
import { stateFromDocument } from './document-state.ts'
import type { Rules } from './settings.ts'
import { type EpochMs, fromIso, type InstantReader } from './time.ts'
import { type QuotaVerdict, verdictOf, worstVerdict } from './verdict.ts'

/** One account in one line: the quota that stands closest in the way, and how the account does. */
export interface Binding {
  /** Null: no value of it is known, or it has none that could stand in the way. */
  readonly quota: QuotaDocument | null
  /** Nothing is left that could be worked with. */
  readonly isSpent: boolean
  /** The worst of what binds all work with the account. */
  readonly verdict: QuotaVerdict
  /**
   * What the verdict is about, and so the number that stands beside its colour; of a spent account the quota that comes
   * back last. Null: nothing is known.
   */
  readonly shown: QuotaDocument | null
}

/**
 * `judgeAccount` as a quota and a verdict, for who has the document. Where an account has pools: its best one. `read`:
 * for who asks about many accounts.
 */
export function bindingOf(
  account: AccountDocument,
  now: EpochMs,
  rules: Rules,
  read: InstantReader = fromIso,
): Binding {
  const judged = judgeAccount(stateFromDocument(account, read), {}, now, rules)
  const isStale = isOutdated(account, now)
  if (judged.candidates.length === 0) {
    const quota = judged.isSpent ? lastToReturn(account.quotas.filter(isSpentQuota)) : tightestKnown(account)
    const { verdict, worst } = verdictOn(quota, account, now, isStale)
    return { quota, isSpent: judged.isSpent, verdict, shown: judged.isSpent ? quota : worst }
  }
  const [best] = judged.candidates.toSorted((a, b) => b.rank - a.rank || b.headroom - a.headroom)
  const quota =
    account.quotas.find(
      ({ label, remainingRatio, resetsAt }) =>
        best?.choice.reason.startsWith(`${label} `) &&
        (best.choice.remainingRatio === null || best.choice.remainingRatio === remainingRatio) &&
        (best.choice.resetsAt === null || fromIso(best.choice.resetsAt) === fromIso(resetsAt)),
    ) ?? null
  const { verdict, worst } = verdictOn(quota, account, now, isStale)
  return { quota, isSpent: false, verdict, shown: worst }
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
): { readonly verdict: QuotaVerdict; readonly worst: QuotaDocument | null } {
  // A pool that is short is news, also where another pool can be worked with.
  const judged = new Set([
    ...(quota === null ? [] : [quota]),
    ...account.quotas.filter((one) => bindsAll(one) || isSpentQuota(one)),
    ...tightestOfPools(account),
  ])
  const verdicts = [...judged].map((one) => ({ worst: one, verdict: verdictOf(one, now, isStale) }))
  const verdict = worstVerdict(verdicts.map((one) => one.verdict))
  if (verdict === null) return { worst: null, verdict: { colour: 'grey', reason: isStale ? 'stale' : 'unknown' } }
  // Where all is calm, no reason is more urgent than another: the tightest quota speaks, not one that is still full.
  const [worst] = verdicts
    .filter(
      ({ verdict: one }) => one.colour === verdict.colour && (one.colour === 'calm' || one.reason === verdict.reason),
    )
    .toSorted((a, b) => (a.worst.remainingRatio ?? 2) - (b.worst.remainingRatio ?? 2))
  return { verdict: worst?.verdict ?? verdict, worst: worst?.worst ?? null }
}

/** Models that share an allowance stop together: the tightest one speaks for the pool. */
function tightestOfPools({ quotas }: AccountDocument): readonly QuotaDocument[] {
  const shared = quotas.filter(({ kind, helper, pool, id, due }) => kind === 'model' && !helper && !due && pool !== id)
  return [...Map.groupBy(shared, ({ pool }) => pool).values()].flatMap((members) =>
    members.toSorted((a, b) => (a.remainingRatio ?? 2) - (b.remainingRatio ?? 2)).slice(0, 1),
  )
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
