import { ageText, agoText } from '../../format/age.ts'
import { amountText } from '../../format/amount.ts'
import { bar } from '../../format/bar.ts'
import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { accountTitle, headline } from '../../format/headline.ts'
import { instantText } from '../../format/instant.ts'
import { paceText } from '../../format/pace.ts'
import { leftText, percentText, usedText } from '../../format/percent.ts'
import { providerTitle } from '../../format/provider-names.ts'
import { statusWord, type Tone } from '../../format/status-words.ts'
import { verdictMark, verdictTone, verdictWord } from '../../format/verdict-words.ts'
import { AppError } from '../../model/app.ts'
import { type Binding, bindingOf, isOutdated, worstFirst } from '../../model/binding.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../../model/document.ts'
import { bestOfDocument } from '../../model/document-state.ts'
import { DEFAULT_RULES } from '../../model/settings.ts'
import { didYouMean } from '../../model/suggest.ts'
import { type EpochMs, fromIso, instantReader } from '../../model/time.ts'
import { verdictOf } from '../../model/verdict.ts'
import type { Segment } from './places.ts'

/** What a line is made from. */
export interface LineData {
  /** What was asked for; filtered already, aged to `now`. */
  readonly document: AccountsDocument
  readonly whole: AccountsDocument
  readonly now: EpochMs
  readonly timeZone: string | null
}

/** One account as a line sees it. */
export interface AccountLine extends Omit<Binding, 'shown'> {
  readonly account: AccountDocument
  readonly title: string
}

/** Accounts that are polled, the one to look at first. */
export function accountLines({ document, whole, now }: LineData): readonly AccountLine[] {
  const read = instantReader()
  return document.accounts
    .filter((account) => account.status !== 'disabled')
    .map((account) => {
      const { shown, ...binding } = bindingOf(account, now, DEFAULT_RULES, read)
      return { account, title: accountTitle(account, whole), ...binding, quota: shown }
    })
    .toSorted((a, b) => worstFirst(sortKey(a), sortKey(b)))
}

/** Between what is spent and what is low. */
const AFTER_SPENT = 1e-6

/** One that somebody must sign in to stands right after those that are spent. */
function sortKey({ account, verdict, quota }: AccountLine) {
  if (needsSignIn(account)) return { verdict: { ...verdict, colour: 'red' as const }, left: AFTER_SPENT }
  return { verdict, left: quota?.remainingRatio ?? null }
}

function needsSignIn({ status }: AccountDocument): boolean {
  return status === 'auth_required' || status === 'forbidden'
}

/** Names of the tokens that speak of one quota; the docs and `--help` list them. */
export const QUOTA_TOKENS: Readonly<Record<string, string>> = {
  left: '31% left, or the balance',
  used: '69% used',
  percent: '31: what is left, without its word, for bars that draw their own',
  bar: '███░░░░░░░',
  mark: '● lasts, ◐ close, ▲ low or runs out first, ○ unknown',
  word: 'lasts, runs out first, limit reached, …',
  pace: '8% in deficit; empty while it is learned',
  reset: '14:05, in your zone',
  countdown: 'in 3h 5m',
  age: 'as of 3 min ago',
  quota: 'Session (5 h)',
  account: 'Claude (work); the service alone where it has one account',
  provider: 'Claude',
  plan: 'Max 20x',
}

/** Names of the tokens that speak of everything. */
export const WHOLE_TOKENS: Readonly<Record<string, string>> = {
  accounts: 'every account with what is left of it, the worst first, at most four',
  headline: 'the sentence of `tokstat list`',
  best: 'the account to use next',
  count: 'how many accounts there are',
}

export const DEFAULT_FORMAT = '{accounts}'

/**
 * A format as segments. `{name}` is a token, `{name:selector}` one of a certain account (`claude`, `claude/work`) and,
 * after another colon, quota (`claude:weekly`); `{{` and `}}` are braces. Without a selector: the worst account.
 * Throws AppError 4 for a token that does not exist.
 */
export function renderFormat(format: string, data: LineData): readonly Segment[] {
  const lines = accountLines(data)
  const segments: Segment[] = []
  let text = ''
  const flush = (): void => {
    if (text !== '') segments.push({ text, tone: null })
    text = ''
  }
  for (const [part = '', token] of format.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[^{}]+|[{}]/g)) {
    if (token === undefined) text += part === '{{' ? '{' : part === '}}' ? '}' : part.replaceAll('\\n', '\n')
    else {
      flush()
      segments.push(...tokenSegments(token, lines, data))
    }
  }
  flush()
  return segments
}

function tokenSegments(token: string, lines: readonly AccountLine[], data: LineData): readonly Segment[] {
  const [name = '', selector = '', quota = ''] = token.split(':')
  if (Object.hasOwn(WHOLE_TOKENS, name)) return wholeToken(name, lines, data)
  if (!Object.hasOwn(QUOTA_TOKENS, name)) throw unknownToken(name)
  const line = lines.find(({ account }) => selector === '' || isSelected(account, selector))
  if (line === undefined) return []
  const chosen = quota === '' ? line : withQuota(line, quota, data.now)
  return chosen === null ? [] : [quotaToken(name, chosen, data)]
}

function isSelected(account: AccountDocument, selector: string): boolean {
  return account.provider === selector || account.id === selector || account.name === selector
}

function withQuota(line: AccountLine, id: string, now: EpochMs): AccountLine | null {
  const quota = line.account.quotas.find((one) => one.id === id)
  if (quota === undefined) return null
  return {
    ...line,
    quota,
    isSpent: quota.level === 'exhausted',
    verdict: verdictOf(quota, now, isOutdated(line.account, now)),
  }
}

function unknownToken(name: string): AppError {
  const known = [...Object.keys(WHOLE_TOKENS), ...Object.keys(QUOTA_TOKENS)]
  const hint = [didYouMean(name, known), `Known: ${known.join(', ')}.`].filter((part) => part !== null).join(' ')
  return new AppError(4, 'bad_argument', `--format: there is no token {${name}}.`, hint)
}

function wholeToken(name: string, lines: readonly AccountLine[], data: LineData): readonly Segment[] {
  const { document, whole, now, timeZone } = data
  switch (name) {
    case 'accounts':
      return accountsSegments(lines, data)
    case 'headline': {
      const best = bestOfDocument(whole, {}, now, DEFAULT_RULES)
      return plain(headline({ document: whole, best, now, instant: instantText(timeZone) }))
    }
    case 'best': {
      const { best } = bestOfDocument(document, {}, now, DEFAULT_RULES)
      const account = document.accounts.find((one) => one.id === best?.account)
      return plain(account === undefined ? 'none' : accountTitle(account, whole))
    }
    default:
      return plain(String(document.accounts.length))
  }
}

function plain(text: string): readonly Segment[] {
  return [{ text: clean(text), tone: null }]
}

const MOST_ACCOUNTS = 4

function accountsSegments(lines: readonly AccountLine[], data: LineData): readonly Segment[] {
  if (lines.length === 0) return plain('no accounts yet')
  const shown = lines.slice(0, MOST_ACCOUNTS)
  const segments = shown.flatMap((line, index) => [
    ...(index === 0 ? [] : plain(' · ')),
    { text: `${clean(line.title)} `, tone: null },
    { text: accountText(line, data), tone: toneOfLine(line) },
  ])
  return lines.length > shown.length ? [...segments, ...plain(` +${lines.length - shown.length}`)] : segments
}

/** `31% left`, `limit reached, back 14:05`, `signed out`: what there is to say of an account in a few words. */
export function accountText(line: AccountLine, data: LineData): string {
  const { account } = line
  const value = valueText(line, data)
  if (needsSignIn(account)) return statusWord(account.status, account.problem?.code).toLowerCase()
  if (account.status === 'pending') return 'no data yet'
  if (value === null)
    return account.problem === null ? 'unknown' : statusWord(account.status, account.problem?.code).toLowerCase()
  const observedAt = fromIso(account.observedAt)
  // Too old to stand there without its age.
  return isOutdated(account, data.now) && observedAt !== null
    ? `${value}, ${agoText(data.now - observedAt)} ago`
    : value
}

function valueText({ quota, isSpent }: AccountLine, { now, timeZone }: LineData): string | null {
  if (quota === null) return null
  if (quota.due) return 'resetting…'
  if (quota.unlimited) return 'no limit'
  const resetsAt = fromIso(quota.resetsAt)
  if (isSpent)
    return resetsAt === null ? 'limit reached' : `limit reached, back ${instantText(timeZone)(resetsAt, now)}`
  return quota.level === 'exhausted' && quota.overageAllowed ? 'spent, billed beyond' : leftOf(quota)
}

function leftOf(quota: QuotaDocument): string | null {
  if (quota.remainingRatio !== null) return leftText(quota.remainingRatio)
  return quota.remaining === null ? null : `${amountText(quota.remaining, quota.unit)} left`
}

function toneOfLine({ account, verdict }: AccountLine): Tone {
  return needsSignIn(account) ? 'red' : verdictTone(verdict)
}

function quotaToken(name: string, line: AccountLine, data: LineData): Segment {
  const { account, quota, verdict, title } = line
  const tone = toneOfLine(line)
  switch (name) {
    case 'account':
      return { text: clean(title), tone: null }
    case 'provider':
      return { text: providerTitle(account.provider), tone: null }
    case 'plan':
      return { text: clean(account.plan?.name ?? account.plan?.id ?? ''), tone: null }
    case 'age':
      return { text: ageText(fromIso(account.observedAt), data.now), tone: null }
    case 'left':
      return { text: accountText(line, data), tone }
    case 'mark':
      return { text: verdictMark(verdict), tone }
    case 'word':
      return { text: verdictWord(verdict), tone }
    default:
      return quota === null ? { text: '', tone: null } : valueToken(name, quota, tone, data)
  }
}

function valueToken(name: string, quota: QuotaDocument, tone: Tone, { now, timeZone }: LineData): Segment {
  const resetsAt = fromIso(quota.resetsAt)
  const ratio = quota.due ? null : quota.remainingRatio
  switch (name) {
    case 'used':
      return { text: usedText(quota.due ? null : quota.usedRatio), tone }
    case 'percent':
      return { text: ratio === null ? '' : percentText(ratio).slice(0, -1), tone }
    case 'bar':
      return { text: bar(ratio), tone }
    case 'pace':
      return { text: paceText(quota), tone: null }
    case 'reset':
      return { text: resetsAt === null ? '' : instantText(timeZone)(resetsAt, now), tone: null }
    case 'countdown':
      return { text: countdown(resetsAt, now), tone: null }
    default:
      return { text: clean(quota.label), tone: null }
  }
}
