import { amountText } from '../format/amount.ts'
import { clean } from '../format/clean.ts'
import { countdown, durationText } from '../format/countdown.ts'
import type { InstantText } from '../format/instant.ts'
import { leftText, percentText } from '../format/percent.ts'
import { capitals, providerTitle } from '../format/provider-names.ts'
import {
  type AccountState,
  type AlertEvent,
  type EpochMs,
  type Forecast,
  fromIso,
  poolOf,
  type Quota,
  type Rules,
} from '../model/index.ts'
import type { Edge } from './rules/quotas.ts'

export interface Wording {
  readonly now: EpochMs
  readonly instant: InstantText
  readonly forecast: Forecast | null
  /** Whether the provider has other accounts, so that the name must tell which one. */
  readonly hasSiblings: boolean
  /** The pool and how many models of it say the same; null: the quota stands for itself. */
  readonly pool: { readonly name: string; readonly models: number } | null
  /** What to use meanwhile, as a whole sentence; null when there is nothing better. */
  readonly next: string | null
}

/** One sentence with the account first, then what to do. It has real names: privacy changes what is shown (L13). */
export function sentenceOf(edge: Edge, event: AlertEvent, words: Wording): string {
  const text = edge.quota === null ? accountSentence(edge, event, words) : quotaSentence(edge, edge.quota, event, words)
  return clean(text)
}

/** How an alert of one allowance is told: by its window, else by its pool and the models that share it. */
export function poolWords(edge: Edge, sharing: readonly Quota[], rules: Rules): Wording['pool'] {
  const { quota, account } = edge
  if (quota?.kind !== 'model') return null
  const models = 1 + sharing.filter(({ kind }) => kind === 'model').length
  return models < 2 ? null : { name: poolOf(account.account.provider, quota, rules.poolGroup), models }
}

/** `Claude (work)`; the service alone where it has one account only. */
export function titleOf({ account }: Pick<AccountState, 'account'>, hasSiblings: boolean): string {
  const title = providerTitle(account.provider)
  return hasSiblings ? `${title} (${account.name})` : title
}

function quotaSentence(edge: Edge, quota: Quota, event: AlertEvent, words: Wording): string {
  const title = titleOf(edge.account, words.hasSiblings)
  const { pool } = words
  // Whichever rule speaks: of what is spent there is one thing to say.
  const isSpent =
    event === 'exhausted' || ((event === 'level' || event === 'remaining') && (quota.remainingRatio ?? 1) <= 0)
  if (pool !== null && isSpent && edge.kind !== 'resolved') {
    return join(
      `${title}: ${capitals(pool.name)} pool spent (${pool.models} models)${backText(quota, words)}.`,
      words.next,
    )
  }
  const subject = `${title}: ${pool === null ? quota.label : `${capitals(pool.name)} pool (${pool.models} models)`}`
  if (edge.kind === 'resolved') return `${subject} is fine again, ${leftOf(quota)}.`
  if (isSpent) return join(`${subject} limit reached${backText(quota, words)}.`, words.next)
  switch (event) {
    case 'recovered':
      return `${subject} is back, ${leftOf(quota)}.`
    case 'reset':
      return `${subject} was reset, ${leftOf(quota)}.${resetText(quota, words)}`
    case 'runs_out_before_reset':
      return join(`${subject}, ${leftOf(quota)}.${paceText(quota, words)}`, words.next)
    default:
      return join(
        `${subject} ${belowText(edge, quota)}.${resetText(quota, words)}${paceText(quota, words)}`,
        words.next,
      )
  }
}

function leftOf(quota: Quota): string {
  if (quota.remainingRatio !== null) return leftText(quota.remainingRatio)
  return quota.remaining === null ? 'no value yet' : `${amountText(quota.remaining, quota.unit)} left`
}

function belowText({ rule }: Edge, quota: Quota): string {
  const { when } = rule
  if (when.kind === 'remaining_ratio') return `below ${percentText(when.below)}, ${leftOf(quota)}`
  if (when.kind === 'remaining_amount') return `below ${amountText(when.below, when.unit)}, ${leftOf(quota)}`
  return `is low, ${leftOf(quota)}`
}

function backText(quota: Quota, { now, instant }: Wording): string {
  return quota.resetsAt !== null && quota.resetsAt > now ? `, back at ${instant(quota.resetsAt, now)}` : ''
}

function resetText(quota: Quota, { now, instant }: Wording): string {
  if (quota.resetsAt === null || quota.resetsAt <= now) return ''
  return ` Resets ${instant(quota.resetsAt, now)} (${countdown(quota.resetsAt, now)}).`
}

function paceText(quota: Quota, { forecast, now, instant }: Wording): string {
  const at = fromIso(forecast?.exhaustsAt ?? null)
  if (at === null || at <= now || quota.resetsAt === null || at >= quota.resetsAt) return ''
  return ` At this pace it runs out ${instant(at, now)}, ${durationText(quota.resetsAt - at)} before its reset.`
}

function accountSentence(edge: Edge, event: AlertEvent, words: Wording): string {
  const { account, others } = edge
  const title =
    others.length > 0
      ? `${providerTitle(account.account.provider)} (${others.length + 1} accounts)`
      : titleOf(account, words.hasSiblings)
  if (edge.kind === 'resolved') return `${title}: ${isLogin(event) ? 'signed in again' : 'fine again'}.`
  const problem = account.attempt?.problem ?? null
  switch (event) {
    case 'auth_required':
      return join(`${title}: signed out.`, problem?.hint ?? null)
    case 'forbidden':
      return join(`${title}: forbidden (403).`, problem?.hint ?? null)
    case 'stale':
      return join(`${title}: no answer since ${sinceText(account, words)}.`, problem?.message ?? null)
    default:
      return `${title}: needs a look.`
  }
}

function isLogin(event: AlertEvent): boolean {
  return event === 'auth_required' || event === 'forbidden'
}

function sinceText({ observedAt }: AccountState, { now, instant }: Wording): string {
  return observedAt === null ? 'the start' : instant(observedAt, now)
}

function join(sentence: string, next: string | null): string {
  return next === null ? sentence : `${sentence} ${next}`
}
