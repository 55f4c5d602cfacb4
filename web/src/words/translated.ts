import { amountText } from '../../../src/format/amount.ts'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle, isFine } from '../../../src/format/headline.ts'
import { isCurrency } from '../../../src/format/money.ts'
import { saidPace } from '../../../src/format/pace.ts'
import { percentText } from '../../../src/format/percent.ts'
import { capitals } from '../../../src/format/provider-names.ts'
import {
  type AccountDocument,
  type AccountsDocument,
  type BestDocument,
  type EpochMs,
  fromIso,
  type QuotaDocument,
  type Status,
  type VerdictReason,
  verdictOf,
} from '../../../src/model/index.ts'
import type { Sentences } from './sentences.ts'

/** The pieces that sentences of a language are made of. `{0}`, `{1}` are filled in. */
export interface Pieces {
  readonly left: string
  readonly used: string
  readonly spentAmount: string
  readonly leftAmount: string
  readonly unknown: string
  readonly ago: string
  readonly justNow: string
  readonly noData: string
  readonly units: { readonly s: string; readonly m: string; readonly h: string; readonly d: string }
  readonly in: string
  readonly now: string
  readonly verdicts: Readonly<Record<Exclude<VerdictReason, 'level'>, string>>
  readonly words: Readonly<Record<Exclude<VerdictReason, 'level'>, string>>
  readonly levels: Readonly<Record<'calm' | 'amber' | 'red' | 'grey', string>>
  readonly backAt: string
  readonly runsOutAt: string
  readonly learning: string
  readonly onPace: string
  readonly inReserve: string
  readonly inDeficit: string
  readonly statuses: Readonly<Record<Status, string>>
  readonly slowedBy: string
  readonly nextTry: string
  readonly headline: {
    readonly none: string
    readonly allOff: string
    readonly oneFine: string
    readonly oneNot: string
    readonly allFine: string
    readonly someFine: string
    readonly noneFine: string
    readonly limit: string
    readonly runsOut: string
    readonly next: string
    readonly nextPool: string
    readonly noneUsable: string
  }
}

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000

function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (gap, index: string) => String(values[Number(index)] ?? gap))
}

/**
 * The sentences of a language that `format/` does not speak. The rules are the model's, and where English has a
 * function for a choice (what is fine, what an account is called) it is used: only the words are others.
 */
export function sentencesIn(language: string, pieces: Pieces): Sentences {
  const instant = instantIn(language)
  const duration = (ms: number): string => durationOf(ms, pieces)
  const countdown = (at: EpochMs | null, now: EpochMs): string => {
    if (at === null) return '—'
    return at <= now ? pieces.now : fill(pieces.in, duration(at - now))
  }
  return {
    instant,
    duration,
    countdown,
    headline: (document, best, now) => headlineOf({ document, best, now }, pieces, instant),
    left: (ratio) => (ratio === null ? pieces.unknown : fill(pieces.left, percentText(ratio))),
    used: (ratio) => (ratio === null ? pieces.unknown : fill(pieces.used, percentText(ratio))),
    amounts: (quota) => amountsOf(quota, pieces),
    age: (observedAt, now) => ageOf(observedAt, now, pieces),
    verdict: (quota, now, isStale) => verdictText(quota, { now, isStale, instant, duration }, pieces),
    verdictWord: ({ reason, colour }) => (reason === 'level' ? pieces.levels[colour] : pieces.words[reason]),
    pace: (quota) => paceOf(quota, pieces),
    status: (account) => pieces.statuses[account.status],
    problem: (account, now) => problemOf(account, now, pieces, instant),
  }
}

/** The rule of `format/`: a time today, a weekday within six days, else a date. */
function instantIn(language: string): Sentences['instant'] {
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const weekday = new Intl.DateTimeFormat(language, { weekday: 'short' })
  const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
  const year = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', year: 'numeric' })
  return (at, now) => {
    const days = dayNumber(at) - dayNumber(now)
    if (days === 0) return time.format(at)
    if (days > 0 && days <= 6) return `${weekday.format(at)} ${time.format(at)}`
    const isSameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
    return isSameYear ? `${date.format(at)}, ${time.format(at)}` : year.format(at)
  }
}

function dayNumber(at: EpochMs): number {
  const date = new Date(at)
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY)
}

function durationOf(ms: number, { units }: Pieces): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE))
  if (ms >= DAY) return `${Math.floor(ms / DAY)} ${units.d} ${Math.floor((ms % DAY) / HOUR)} ${units.h}`
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)} ${units.h} ${minutes % 60} ${units.m}`
  return `${minutes} ${units.m}`
}

function ageOf(observedAt: EpochMs | null, now: EpochMs, pieces: Pieces): string {
  if (observedAt === null) return pieces.noData
  const ms = now - observedAt
  const { units } = pieces
  if (ms < 5 * SECOND) return pieces.justNow
  if (ms < MINUTE) return fill(pieces.ago, `${Math.floor(ms / SECOND)} ${units.s}`)
  if (ms < HOUR) return fill(pieces.ago, `${Math.floor(ms / MINUTE)} ${units.m}`)
  if (ms < 2 * DAY) return fill(pieces.ago, `${Math.floor(ms / HOUR)} ${units.h}`)
  return fill(pieces.ago, `${Math.floor(ms / DAY)} ${units.d}`)
}

function amountsOf(quota: QuotaDocument, pieces: Pieces): string | null {
  const { unit, used, limit, remaining, kind } = quota
  if (unit === 'share') return null
  const text = (amount: number): string => amountText(amount, isCurrency(unit) || unit === 'NANO' ? unit : 'count')
  if (used !== null && limit !== null) return `${text(used)} / ${text(limit)}`
  if (remaining !== null && limit !== null) return fill(pieces.leftAmount, `${text(remaining)} / ${text(limit)}`)
  if (remaining !== null) return fill(pieces.leftAmount, text(remaining))
  if (used !== null) return fill(kind === 'spend' ? pieces.spentAmount : pieces.used, text(used))
  return null
}

interface Moment {
  readonly now: EpochMs
  readonly isStale: boolean
  readonly instant: Sentences['instant']
  readonly duration: Sentences['duration']
}

function verdictText(quota: QuotaDocument, { now, isStale, instant, duration }: Moment, pieces: Pieces): string {
  const { reason, colour } = verdictOf(quota, now, isStale)
  const resetsAt = fromIso(quota.resetsAt)
  if (reason === 'level') {
    const isLearning = resetsAt !== null && quota.forecast === null
    return `${upper(pieces.levels[colour])}${isLearning ? pieces.learning : ''}`
  }
  if (reason === 'spent' && resetsAt !== null && resetsAt > now) return fill(pieces.backAt, instant(resetsAt, now))
  const exhaustsAt = fromIso(quota.forecast?.exhaustsAt ?? null)
  if (reason === 'runs_out' && exhaustsAt !== null && resetsAt !== null && exhaustsAt < resetsAt) {
    return fill(pieces.runsOutAt, instant(exhaustsAt, now), duration(resetsAt - exhaustsAt))
  }
  return pieces.verdicts[reason]
}

function upper(word: string): string {
  return word.slice(0, 1).toLocaleUpperCase() + word.slice(1)
}

function paceOf(quota: QuotaDocument, pieces: Pieces): string {
  const pace = saidPace(quota)
  if (pace === null) return ''
  if (pace.word === 'on_pace') return pieces.onPace
  return fill(pace.word === 'in_reserve' ? pieces.inReserve : pieces.inDeficit, percentText(Math.abs(pace.deltaRatio)))
}

/** What the server says stays as it is said there: the command in it is what counts. */
function problemOf(
  account: AccountDocument,
  now: EpochMs,
  pieces: Pieces,
  instant: Sentences['instant'],
): string | null {
  if (account.status === 'disabled' || account.status === 'pending') return `${pieces.statuses[account.status]}.`
  const { problem } = account
  if (problem === null) return null
  const retryAt = fromIso(problem.retryAt)
  const next = retryAt !== null && retryAt > now ? fill(pieces.nextTry, instant(retryAt, now)) : null
  if (account.status === 'rate_limited') return [pieces.slowedBy, next].filter(Boolean).join(' ')
  const isWaiting = account.status !== 'auth_required'
  return [problem.message, problem.hint, isWaiting ? next : null].filter(Boolean).join(' ')
}

interface HeadlineFacts {
  readonly document: AccountsDocument
  readonly best: BestDocument
  readonly now: EpochMs
}

function headlineOf(facts: HeadlineFacts, pieces: Pieces, instant: Sentences['instant']): string {
  const { document } = facts
  if (document.accounts.length === 0) return pieces.headline.none
  const parts = [countOf(facts, pieces), pressingOf(facts, pieces, instant), nextOf(facts, pieces)]
  return parts.filter(Boolean).join(' ')
}

function countOf({ document, now }: HeadlineFacts, { headline, noData }: Pieces): string {
  const polled = document.accounts.filter((account) => account.status !== 'disabled')
  if (polled.length === 0) return headline.allOff
  if (polled.every((account) => account.status === 'pending')) return `${upper(noData)}.`
  const fine = polled.filter((account) => isFine(account, now)).length
  if (polled.length === 1) return fine === 1 ? headline.oneFine : headline.oneNot
  if (fine === polled.length) return fill(headline.allFine, polled.length)
  return fine === 0 ? fill(headline.noneFine, polled.length) : fill(headline.someFine, fine, polled.length)
}

/** A limit that is reached, one that will be, or a problem. */
function pressingOf({ document, now }: HeadlineFacts, pieces: Pieces, instant: Sentences['instant']): string | null {
  const { headline } = pieces
  const spent = soonest(document, ({ level, helper, overageAllowed, kind, resetsAt }) =>
    level === 'exhausted' && !helper && !overageAllowed && (kind === 'window' || kind === 'model' || kind === 'budget')
      ? (fromIso(resetsAt) ?? Number.MAX_SAFE_INTEGER)
      : null,
  )
  if (spent !== null) {
    const back = fromIso(spent.quota.resetsAt)
    const what = fill(headline.limit, accountTitle(spent.account, document), clean(spent.quota.label))
    return back === null ? `${what}.` : `${what}, ${fill(pieces.backAt, instant(back, now)).split(', ').at(-1)}.`
  }
  const running = soonest(document, (quota) =>
    verdictOf(quota, now, false).reason === 'runs_out' ? fromIso(quota.forecast?.exhaustsAt ?? null) : null,
  )
  const at = fromIso(running?.quota.forecast?.exhaustsAt ?? null)
  if (running !== null && at !== null) {
    return fill(headline.runsOut, accountTitle(running.account, document), instant(at, now))
  }
  const troubled = document.accounts.filter((account) => account.problem !== null)
  const first = troubled.find((account) => account.status === 'auth_required') ?? troubled[0]
  return first === undefined
    ? null
    : `${accountTitle(first, document)}: ${pieces.statuses[first.status].toLowerCase()}.`
}

interface Found {
  readonly account: AccountDocument
  readonly quota: QuotaDocument
}

function soonest(document: AccountsDocument, rank: (quota: QuotaDocument) => number | null): Found | null {
  let found: (Found & { readonly rank: number }) | null = null
  for (const account of document.accounts) {
    if (account.status === 'disabled') continue
    for (const quota of account.quotas) {
      const value = rank(quota)
      if (value !== null && (found === null || value < found.rank)) found = { account, quota, rank: value }
    }
  }
  return found
}

function nextOf({ document, best }: HeadlineFacts, { headline }: Pieces): string | null {
  if (document.accounts.length < 2) return null
  const choice = best.best
  if (choice === null) return document.accounts.every(({ status }) => status === 'pending') ? null : headline.noneUsable
  const account = document.accounts.find(({ id }) => id === choice.account)
  if (account === undefined) return null
  const title = accountTitle(account, document)
  return choice.pool === null
    ? fill(headline.next, title)
    : fill(headline.nextPool, clean(capitals(choice.pool)), title)
}
