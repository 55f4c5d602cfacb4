import { ageText } from '../format/age.ts'
import { clean } from '../format/clean.ts'
import { displayWidth } from '../format/display-width.ts'
import { cutTo, wrapWords } from '../format/fit.ts'
import { headline, nextResets } from '../format/headline.ts'
import { type InstantText, instantText } from '../format/instant.ts'
import { capitals, providerTitle } from '../format/provider-names.ts'
import { problemSentence, statusTone, statusWord } from '../format/status-words.ts'
import type { SourceReport } from '../model/credential.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { bestOfDocument } from '../model/document-state.ts'
import type { Rules } from '../model/settings.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { Paint } from './paint.ts'
import {
  agePainted,
  agoCell,
  isOld,
  quotaCells,
  quotaColumns,
  type RowContext,
  rowContext,
  shownQuotas,
  valueWidthOf,
} from './quota-rows.ts'
import { type Cell, type Column, layOut, renderRow, renderTitles } from './table.ts'

export interface ListView {
  /** What is shown; filtered already. */
  readonly document: AccountsDocument
  /** Every account, to tell their names apart; the same as `document` when nothing was filtered. */
  readonly whole: AccountsDocument
  readonly now: EpochMs
  readonly rules: Rules
  /** Columns of the terminal; null: not a terminal, nothing is cut. */
  readonly width: number | null
  readonly timeZone: string | null
  readonly allModels: boolean
  /** Sentences about logins that cannot be used and of which no account tells. Absent: not looked for. */
  readonly brokenLogins?: readonly string[]
  readonly paint: Paint
}

const INDENT = '  '
/** Lines of text read badly when they are longer, however wide the terminal is. */
const TEXT_WIDTH = 100

/** `tokstat list` on a terminal: the sentence that answers, then every account with its quotas. */
export function groupedList(view: ListView): readonly string[] {
  const context = contextOf(view)
  const { accounts } = view.document
  const valueWidth = valueWidthOf(accounts, view.allModels)
  const rows = accounts.map((account) => {
    const isStale = isOld(account, view.now)
    return shownQuotas(account, view.allModels).map((quota) => quotaCells(quota, isStale, valueWidth, context))
  })
  const inner = view.width === null ? null : view.width - INDENT.length
  const columns = quotaColumns(valueWidth)
  const layout = layOut(columns, rows.flat(), inner)
  const lineWidth = Math.min(view.width ?? TEXT_WIDTH, Math.max(76, layout.total + INDENT.length))
  const lines = [...topLines(view, context.instant)]
  if (layout.shown.length > 0) lines.push('', INDENT + renderTitles(layout, columns, view.paint.dim))
  for (const [index, account] of accounts.entries()) {
    lines.push('', accountLine(account, lineWidth, context))
    lines.push(...problemLines(account, lineWidth, context))
    for (const cells of rows[index] ?? []) lines.push(INDENT + renderRow(layout, cells))
  }
  const broken = (view.brokenLogins ?? []).flatMap((line) => brokenLoginRow(line, lineWidth, view.paint))
  return [...lines, ...(broken.length === 0 ? [] : ['', ...broken]), ...hiddenLine(view)]
}

const BEFORE: readonly Column[] = [
  { title: 'PROVIDER', least: 6 },
  { title: 'ACCOUNT', least: 8 },
  { title: 'ID', dispensable: 5 },
]
const AFTER: readonly Column[] = [{ title: 'AGE', dispensable: 4 }]

/** One row a quota with provider and account in front: for pipes, and `quota list`. */
export function flatList(view: ListView): readonly string[] {
  const context = contextOf(view)
  const { accounts } = view.document
  const valueWidth = valueWidthOf(accounts, view.allModels)
  const rows = accounts.flatMap((account) => flatRows(account, view, valueWidth, context))
  const columns = [...BEFORE, ...quotaColumns(valueWidth), ...AFTER]
  const layout = layOut(columns, rows, view.width)
  const lines = [...topLines(view, context.instant)]
  if (rows.length > 0) lines.push('', renderTitles(layout, columns, view.paint.dim))
  lines.push(...rows.map((cells) => renderRow(layout, cells)))
  const problems = accounts.flatMap((account) => {
    const sentence = problemSentence(account, view.now, context.instant)
    // The word is in the row of an account without numbers; beside old numbers only this line can say it.
    const word = account.status === 'forbidden' ? `${statusWord(account.status, account.problem?.code)}. ` : ''
    return sentence === null ? [] : [`! ${clean(account.id)}: ${word}${clean(sentence)}`]
  })
  problems.push(...(view.brokenLogins ?? []).map((line) => `! ${clean(line)}`))
  if (problems.length > 0)
    lines.push('', ...problems.flatMap((line) => wrapWords(line, view.width ?? Infinity, INDENT)))
  return [...lines, ...hiddenLine(view)]
}

function flatRows(
  account: AccountDocument,
  view: ListView,
  valueWidth: number,
  context: RowContext,
): readonly (readonly Cell[])[] {
  const head: readonly Cell[] = [{ text: clean(account.provider) }, { text: clean(account.name) }]
  const age = agoCell(account, context)
  const quotas = shownQuotas(account, view.allModels)
  if (quotas.length === 0) {
    const tone = statusTone(account.status)
    const word: Cell = {
      text: statusWord(account.status, account.problem?.code),
      paint: (text) => view.paint.tone(tone, text),
    }
    return [[...head, { text: '' }, { text: '—' }, { text: '' }, word, ...Array<Cell>(4).fill({ text: '' }), age]]
  }
  const isStale = isOld(account, view.now)
  return quotas.map((quota) => [
    ...head,
    { text: clean(quota.id), paint: view.paint.dim },
    ...quotaCells(quota, isStale, valueWidth, context),
    age,
  ])
}

function contextOf(view: ListView): RowContext {
  return rowContext({ now: view.now, instant: instantText(view.timeZone), paint: view.paint })
}

/** The headline, and the next three resets. */
function topLines(view: ListView, instant: InstantText): readonly string[] {
  const { document, whole, now, rules, paint } = view
  const width = Math.min(view.width ?? TEXT_WIDTH, TEXT_WIDTH)
  const best = bestOfDocument(document, {}, now, rules)
  const lines = wrapWords(headline({ document, whole, best, now, instant }), width).map(paint.bold)
  const resets = nextResets(document, now, 3, whole).map(({ at, what }) => `${instant(at, now)} ${what}`)
  while (resets.length > 1 && displayWidth(`Next resets  ${resets.join(' · ')}`) > (view.width ?? TEXT_WIDTH))
    resets.pop()
  if (resets.length === 0) return lines
  const text = cutTo(`Next resets  ${resets.join(' · ')}`, view.width ?? TEXT_WIDTH)
  return [...lines, paint.dim(text)]
}

/** `Claude · work   Max 20x            SIGNED OUT   as of 3 min ago` */
function accountLine(account: AccountDocument, width: number, context: RowContext): string {
  const { paint, now } = context
  const title = `${providerTitle(account.provider)} · ${clean(account.name)}`
  const plan = account.plan === null ? '' : clean(account.plan.name ?? account.plan.id)
  const use = account.activeFor.length > 0 ? `in use for ${account.activeFor.map(capitals).join(', ')}` : ''
  const shownUse = use === '' && account.active ? 'in use' : clean(use)
  const isSilent =
    account.status === 'ok' || account.status === 'pending' || (account.status === 'stale' && isOld(account, now))
  const word = isSilent ? '' : statusWord(account.status, account.problem?.code)
  const age = ageText(fromIso(account.observedAt), now)
  const right = [paint.tone(statusTone(account.status), word), agePainted(account, context)].filter(
    (part) => part !== '',
  )
  const rightWidth = displayWidth([word, age].filter((part) => part !== '').join(INDENT))
  const left = cutTo(title, width - rightWidth - INDENT.length)
  const room = width - rightWidth - displayWidth(left) - 2 * INDENT.length
  const details = [[plan, shownUse].filter((part) => part !== '').join(' · '), plan].find(
    (text) => displayWidth(text) <= room,
  )
  const shownDetails = details === undefined || details === '' ? '' : INDENT + details
  const blank = ' '.repeat(Math.max(1, width - rightWidth - displayWidth(left) - displayWidth(shownDetails)))
  return paint.bold(left) + paint.dim(shownDetails) + blank + right.join(INDENT)
}

function problemLines(account: AccountDocument, width: number, { now, instant, paint }: RowContext): readonly string[] {
  const sentence = problemSentence(account, now, instant)
  if (sentence === null || account.status === 'pending') return []
  const tone = statusTone(account.status)
  const [first = '', ...rest] = wrapWords(`${INDENT}! ${clean(sentence)}`.trimStart(), width - INDENT.length, INDENT)
  return [first, ...rest].map((line) => INDENT + paint.tone(tone, line))
}

export function brokenLoginRow(sentence: string, width: number | null, paint: Paint): readonly string[] {
  return wrapWords(`! ${clean(sentence)}`, width ?? TEXT_WIDTH, INDENT).map((line) => paint.tone('red', line))
}

function hiddenLine({ document, allModels, paint }: ListView): readonly string[] {
  if (allModels) return []
  let hidden = 0
  for (const { quotas } of document.accounts) for (const { helper } of quotas) if (helper) hidden += 1
  if (hidden === 0) return []
  const text = hidden === 1 ? '1 helper model is hidden' : `${hidden} helper models are hidden`
  return ['', paint.dim(`${text}; --all-models shows ${hidden === 1 ? 'it' : 'them'}.`)]
}

/** What is said when no login was found: where was looked, and what to do. */
export function emptyLines(
  sources: readonly SourceReport[],
  signIn: readonly { readonly title: string; readonly how: string }[],
  paint: Paint,
): readonly string[] {
  const lines = [
    paint.bold('No accounts yet.'),
    'tokstat uses the logins that are already on this machine, and found none.',
  ]
  if (sources.length > 0) {
    const rows = sources.map((report): readonly Cell[] => [
      { text: clean(report.source) },
      { text: report.state },
      { text: clean(report.place) },
      { text: clean(report.detail ?? ''), paint: paint.dim },
    ])
    const columns: readonly Column[] = [{ title: '' }, { title: '' }, { title: '' }, { title: '' }]
    const layout = layOut(columns, rows, null)
    lines.push('', paint.dim('Looked at:'), ...rows.map((cells) => INDENT + renderRow(layout, cells)))
  }
  if (signIn.length > 0) {
    const rows = signIn.map(({ title, how }): readonly Cell[] => [{ text: clean(title) }, { text: clean(how) }])
    const layout = layOut([{ title: '' }, { title: '' }], rows, null)
    lines.push('', paint.dim('To add an account:'), ...rows.map((cells) => INDENT + renderRow(layout, cells)))
  }
  return [
    ...lines,
    '',
    'Then run tokstat again; `tokstat doctor` says more, `tokstat demo` shows it with invented accounts.',
  ]
}
