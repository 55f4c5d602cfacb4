import type { BestDocument } from '../model/best.ts'
import { isOutdated } from '../model/binding.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../model/document.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import { verdictOf } from '../model/verdict.ts'
import { agoText } from './age.ts'
import { clean } from './clean.ts'
import type { InstantText } from './instant.ts'
import { leftText } from './percent.ts'
import { capitals, providerTitle } from './provider-names.ts'
import { statusWord } from './status-words.ts'

export interface HeadlineInput {
  readonly document: AccountsDocument
  /** Every account, where `document` is a part of them: names are told apart among all. */
  readonly whole?: AccountsDocument
  /** `rankAccounts` over the same accounts. */
  readonly best: BestDocument
  readonly now: EpochMs
  readonly instant: InstantText
}

/**
 * The sentence that answers: how many are fine, what is most pressing, what to use next.
 * "10 of 12 accounts are fine. Claude (work): limit reached, back at 14:05. Use Codex next."
 */
export function headline(input: HeadlineInput): string {
  const all = input.whole?.accounts.length ?? 0
  if (input.document.accounts.length === 0) return all === 0 ? 'No accounts yet.' : noneShown(all)
  const pressing = pressingSentence(input)
  return [countSentence(input, pressing), pressing, nextSentence(input)].filter((part) => part !== null).join(' ')
}

function noneShown(all: number): string {
  return all === 1 ? 'The one account is not shown.' : `None of the ${all} accounts is shown.`
}

function titleOf(account: AccountDocument, { document, whole }: HeadlineInput): string {
  return accountTitle(account, whole ?? document)
}

/** `Claude (work)`; the service alone where it has one account only. */
export function accountTitle(account: Pick<AccountDocument, 'provider' | 'name'>, document: AccountsDocument): string {
  const title = providerTitle(account.provider)
  const siblings = document.accounts.filter((other) => other.provider === account.provider)
  return siblings.length > 1 ? `${title} (${clean(account.name)})` : title
}

/** Whether an account can be worked with as it is: read lately, no problem, nothing that is spent or runs out first. */
export function isFine(account: AccountDocument, now: EpochMs): boolean {
  if (account.status !== 'ok' || isOutdated(account, now)) return false
  return !account.quotas.some((quota) => isSpent(quota) || runsOut(quota, now))
}

function runsOut(quota: QuotaDocument, now: EpochMs): boolean {
  return !quota.helper && verdictOf(quota, now, false).reason === 'runs_out'
}

function isSpent(quota: QuotaDocument): boolean {
  if (quota.helper || quota.overageAllowed || quota.level !== 'exhausted') return false
  return quota.kind !== 'balance' && quota.kind !== 'spend' && quota.kind !== 'count'
}

function countSentence(input: HeadlineInput, pressing: string | null): string | null {
  const { document, whole = document, now } = input
  const polled = document.accounts.filter((account) => account.status !== 'disabled')
  const total = polled.length
  if (total === 0) return 'Every account is switched off.'
  if (polled.every((account) => account.status === 'pending')) return 'No data yet.'
  const fine = polled.filter((account) => isFine(account, now)).length
  const [only] = polled
  if (total === 1 && only !== undefined && whole.accounts.length > document.accounts.length) {
    if (fine === 1) return `${titleOf(only, input)} is fine.`
    return pressing === null ? `${titleOf(only, input)} needs a look.` : null
  }
  if (total === 1) return fine === 1 ? 'Your account is fine.' : 'Your account needs a look.'
  if (fine === total) return `All ${total} accounts are fine.`
  return fine === 0
    ? `None of ${total} accounts is fine.`
    : `${fine} of ${total} accounts ${fine === 1 ? 'is' : 'are'} fine.`
}

/** The one thing to know: a limit that is reached, one that will be, a problem, or the lowest that is left. */
function pressingSentence(input: HeadlineInput): string | null {
  return spentSentence(input) ?? runsOutSentence(input) ?? problemSentenceOf(input) ?? lowSentence(input)
}

function spentSentence(input: HeadlineInput): string | null {
  const { document, now, instant } = input
  for (const account of document.accounts) {
    const spent = account.quotas.filter(isSpent)
    const first = spent[0]
    if (first === undefined || account.status === 'disabled') continue
    const resets = spent.map((quota) => fromIso(quota.resetsAt)).filter((at) => at !== null && at > now)
    const at = resets.length === spent.length ? resets.sort((a, b) => (b ?? 0) - (a ?? 0))[0] : null
    const back = at ? `, back at ${instant(at, now)}` : ''
    return `${titleOf(account, input)}: ${clean(first.label)} limit reached${back}.`
  }
  return null
}

function runsOutSentence(input: HeadlineInput): string | null {
  const { document, now, instant } = input
  let soonest: { readonly at: EpochMs; readonly text: string } | null = null
  for (const account of document.accounts) {
    for (const quota of account.quotas) {
      const at = fromIso(quota.forecast?.exhaustsAt ?? null)
      const resetsAt = fromIso(quota.resetsAt)
      if (at === null || resetsAt === null || at <= now || at >= resetsAt || (soonest !== null && at >= soonest.at))
        continue
      if (!runsOut(quota, now)) continue
      const text = `${titleOf(account, input)} runs out at ${instant(at, now)}, ${agoText(resetsAt - at)} before its reset.`
      soonest = { at, text }
    }
  }
  return soonest?.text ?? null
}

function problemSentenceOf(input: HeadlineInput): string | null {
  const troubled = input.document.accounts.filter((account) => account.problem !== null)
  const first = troubled.find((account) => account.status === 'auth_required') ?? troubled[0]
  if (first === undefined) return null
  return `${titleOf(first, input)}: ${statusWord(first.status, first.problem?.code).toLowerCase()}.`
}

function lowSentence(input: HeadlineInput): string | null {
  let lowest: { readonly ratio: number; readonly text: string } | null = null
  for (const account of input.document.accounts) {
    for (const quota of account.quotas) {
      const ratio = quota.remainingRatio
      if (quota.level !== 'low' || quota.helper || ratio === null || (lowest !== null && ratio >= lowest.ratio))
        continue
      lowest = { ratio, text: `${titleOf(account, input)}: ${clean(quota.label)}, ${leftText(ratio)}.` }
    }
  }
  return lowest?.text ?? null
}

function nextSentence(input: HeadlineInput): string | null {
  const { document, best } = input
  if (document.accounts.length < 2) return null
  const choice = best.best
  if (choice === null)
    return document.accounts.every((account) => account.status === 'pending') ? null : 'None is usable now.'
  const account = document.accounts.find((candidate) => candidate.id === choice.account)
  if (account === undefined) return null
  const title = titleOf(account, input)
  return choice.pool === null ? `Use ${title} next.` : `Use ${clean(capitals(choice.pool))} on ${title} next.`
}

export interface NextReset {
  readonly at: EpochMs
  /** `Codex Session (5 h)` */
  readonly what: string
}

/**
 * The next resets, soonest first; what comes back together (models of one pool) is named once. `whole`: as for the
 * headline.
 */
export function nextResets(
  document: AccountsDocument,
  now: EpochMs,
  count = 3,
  whole = document,
): readonly NextReset[] {
  // By instant: there may be thousands of quotas, which come back at few of them.
  const ahead = new Map<string, { readonly account: AccountDocument; readonly quota: QuotaDocument }[]>()
  for (const account of document.accounts) {
    if (account.status === 'disabled') continue
    const hasWindows = account.quotas.some((quota) => quota.kind === 'window')
    for (const quota of account.quotas) {
      // Models below a shared window come back with it.
      const isSaid = !quota.helper && !(hasWindows && quota.kind === 'model')
      if (!isSaid || quota.resetsAt === null) continue
      const together = ahead.get(quota.resetsAt)
      if (together === undefined) ahead.set(quota.resetsAt, [{ account, quota }])
      else together.push({ account, quota })
    }
  }
  const instants = [...ahead]
    .map(([text, quotas]) => ({ at: fromIso(text) ?? now, quotas }))
    .filter(({ at }) => at > now)
  const resets = new Map<string, NextReset>()
  for (const { at, quotas } of instants.sort((a, b) => a.at - b.at)) {
    for (const { account, quota } of quotas) {
      const part = quota.kind === 'model' && quota.pool !== quota.id ? capitals(quota.pool) : quota.label
      const what = `${accountTitle(account, whole)} ${clean(part)}`
      if (!resets.has(what)) resets.set(what, { at, what })
      if (resets.size >= count) return [...resets.values()]
    }
  }
  return [...resets.values()]
}
