import { amountText } from '../format/amount.ts'
import { leftText } from '../format/percent.ts'
import { judgeAccount } from '../model/best.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../model/document.ts'
import { stateFromDocument } from '../model/document-state.ts'
import type { Rules } from '../model/settings.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Threshold } from './parse.ts'
import { checkQuota } from './pick.ts'

export interface GuardQuery {
  readonly threshold: Threshold
  /** Quota id, or null for the binding one. */
  readonly quota: string | null
  readonly all: boolean
  readonly allowOverage: boolean
  readonly now: EpochMs
  readonly rules: Rules
}

export interface GuardResult {
  readonly passed: boolean
  readonly exitCode: number
  readonly accounts: readonly GuardedAccount[]
}

interface GuardedAccount {
  readonly account: string
  readonly passed: boolean
  /** False: nothing fresh is known about it. */
  readonly known: boolean
  readonly remainingRatio: number | null
  readonly reason: string
}

/**
 * Contracts section 8: passes when at least one account (`all`: every one) has its binding quota, or the named one,
 * fresh and at or above the threshold. 5 when it is known and below; 2 or 3 when nothing is known. A quota that is
 * spent but billed beyond never passes unless that is allowed. Throws AppError 4 for a quota that no account has.
 */
export function guardVerdict(document: AccountsDocument, query: GuardQuery): GuardResult {
  checkQuota(query.quota, document.accounts)
  const polled = document.accounts.filter((account) => account.status !== 'disabled')
  const accounts = polled.map((account) => guardAccount(account, query))
  const passed = accounts.length > 0 && (query.all ? accounts.every(isPassed) : accounts.some(isPassed))
  if (passed) return { passed, exitCode: 0, accounts }
  if (accounts.some((account) => account.known)) return { passed, exitCode: 5, accounts }
  const failed = exitCodeOf(polled.map((account) => account.status))
  return { passed, exitCode: polled.length === 0 ? 2 : failed === 0 ? 3 : failed, accounts }
}

function isPassed(account: GuardedAccount): boolean {
  return account.passed
}

function guardAccount(account: AccountDocument, query: GuardQuery): GuardedAccount {
  const unknown = (reason: string): GuardedAccount => ({
    account: account.id,
    passed: false,
    known: false,
    remainingRatio: null,
    reason,
  })
  const staleAt = fromIso(account.staleAt)
  if (account.status === 'auth_required' || account.status === 'forbidden')
    return unknown(account.problem?.message ?? 'signed out or refused')
  if (staleAt === null || staleAt <= query.now) return unknown('no fresh reading')
  const { threshold } = query
  if (query.quota === null && threshold.kind === 'ratio') return guardBinding(account, threshold.ratio, query, unknown)
  const candidates = account.quotas.filter((quota) =>
    query.quota === null
      ? !quota.helper && threshold.kind === 'amount' && quota.unit === threshold.unit && quota.remaining !== null
      : quota.id === query.quota,
  )
  const verdicts = candidates.map((quota) => guardQuota(account, quota, query))
  return verdicts.find((verdict) => !verdict.passed) ?? verdicts[0] ?? unknown('has no such quota')
}

/** The tightest limit as `best` sees it; where an account has several pools, the best of them. */
function guardBinding(
  account: AccountDocument,
  least: number,
  query: GuardQuery,
  unknown: (reason: string) => GuardedAccount,
): GuardedAccount {
  const verdict = judgeAccount(stateFromDocument(account), {}, query.now, query.rules)
  const known = verdict.candidates.filter((candidate) => candidate.rank === 3 || candidate.rank === 0)
  const best = known.toSorted((a, b) => b.rank - a.rank || b.headroom - a.headroom)[0]
  const excluded = verdict.excluded[0]?.reason ?? 'what is left is not known'
  if (best === undefined) {
    return verdict.isSpent && verdict.candidates.length === 0
      ? { ...unknown(excluded), known: true, remainingRatio: 0 }
      : unknown(verdict.candidates[0]?.choice.reason ?? excluded)
  }
  const { remainingRatio, reason } = best.choice
  const isBilledBeyond = best.rank === 0
  return {
    account: account.id,
    passed: isBilledBeyond ? query.allowOverage : best.headroom >= least,
    known: true,
    remainingRatio,
    reason: remainingRatio === null ? reason : `${leftText(remainingRatio)}, ${reason}`,
  }
}

function guardQuota(account: AccountDocument, quota: QuotaDocument, query: GuardQuery): GuardedAccount {
  const { threshold } = query
  const say = (passed: boolean, known: boolean, reason: string): GuardedAccount => ({
    account: account.id,
    passed,
    known,
    remainingRatio: quota.due ? null : quota.remainingRatio,
    reason: `${quota.label}: ${reason}`,
  })
  if (quota.unlimited) return say(true, true, 'no limit')
  if (quota.due) return say(false, false, 'has just reset and is not read yet')
  if (quota.level === 'exhausted' && quota.overageAllowed)
    return say(query.allowOverage, true, 'spent and billed beyond')
  if (threshold.kind === 'ratio') {
    const ratio = quota.remainingRatio
    return ratio === null ? say(false, false, 'not known') : say(ratio >= threshold.ratio, true, leftText(ratio))
  }
  if (quota.remaining === null || quota.unit !== threshold.unit)
    return say(false, false, `not counted in ${threshold.unit}`)
  return say(quota.remaining >= threshold.amount, true, `${amountText(quota.remaining, quota.unit)} left`)
}
