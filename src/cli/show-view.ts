import stringWidth from 'string-width'
import { clean } from '../format/clean.ts'
import { instantText } from '../format/instant.ts'
import { providerTitle } from '../format/provider-names.ts'
import { problemSentence, statusTone, statusWord } from '../format/status-words.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import type { EpochMs } from '../model/time.ts'
import type { Paint } from './paint.ts'
import { agePainted, quotaCells, type RowContext, shownQuotas, valueWidthOf } from './quota-rows.ts'
import { type Cell, type Column, cutTo, layOut, padTo, renderRow, renderTitles, wrapWords } from './table.ts'

export interface ShowView {
  readonly now: EpochMs
  readonly timeZone: string | null
  /** Columns of the terminal; null: not a terminal. */
  readonly width: number | null
  readonly allModels: boolean
  readonly paint: Paint
}

const COLUMNS: readonly Column[] = [
  { title: 'Model', least: 12 },
  { title: 'Id', dispensable: 2 },
  { title: 'Quota' },
  { title: 'Left' },
  { title: 'Reset time' },
  { title: 'At', dispensable: 1 },
  { title: 'Amount', dispensable: 3 },
  { title: 'Pace', dispensable: 4 },
]

/** One box an account: e-mail, plan, age, what is wrong, and its quotas sorted by name. */
export function showBoxes(document: AccountsDocument, view: ShowView): readonly string[] {
  return document.accounts.flatMap((account, index) => [...(index === 0 ? [] : ['']), ...accountBox(account, view)])
}

function accountBox(account: AccountDocument, view: ShowView): readonly string[] {
  const { paint, now } = view
  const context: RowContext = { now, instant: instantText(view.timeZone), paint }
  const rows = rowsOf(account, view, context)
  const columns = account.provider === 'antigravity' || account.provider === 'gemini-cli' ? COLUMNS : quotaColumns()
  const layout = layOut(columns, rows, view.width === null ? null : view.width - 4)
  const plan = account.plan === null ? '' : ` (${clean(account.plan.name ?? account.plan.id)})`
  const title = `📊 Quota Status: ${clean(account.email ?? account.name)}${plan}`
  const problem = problemSentence(account, now, context.instant)
  const room = view.width === null ? Infinity : view.width - 4
  const inner = Math.min(room, Math.max(60, layout.total, stringWidth(title)))
  const box = boxOf(inner, paint)
  const origin = `${providerTitle(account.provider)} · ${clean(account.name)}`
  const age = agePainted(account, context)
  const lines = [
    box.top,
    box.line(paint.bold(cutTo(title, inner))),
    box.line(`${paint.dim(origin)}${paint.dim(' · ')}${age}`),
  ]
  if (account.status !== 'ok') {
    const word =
      account.status === 'forbidden' ? `🚫 Status: ${statusWord('forbidden')}` : `Status: ${statusWord(account.status)}`
    lines.push(box.line(paint.tone(statusTone(account.status), word)))
  }
  if (problem !== null) lines.push(...wrapWords(clean(problem), inner).map((line) => box.line(line)))
  // Numbers of an account that is refused would look usable.
  if (rows.length === 0 || account.status === 'forbidden') return [...lines, box.bottom]
  const table = [renderTitles(layout, columns, paint.dim), box.middle, ...rows.map((cells) => renderRow(layout, cells))]
  return [...lines, box.middle, ...table.map((line) => (line === box.middle ? line : box.line(line))), box.bottom]
}

function quotaColumns(): readonly Column[] {
  return COLUMNS.map((column) => (column.title === 'Model' ? { ...column, title: 'Limit' } : column))
}

function rowsOf(account: AccountDocument, view: ShowView, context: RowContext): readonly (readonly Cell[])[] {
  const valueWidth = valueWidthOf([account], view.allModels)
  return shownQuotas(account, view.allModels)
    .toSorted((a, b) => (a.label < b.label ? -1 : Number(a.label > b.label)))
    .map((quota) => {
      const [label = { text: '' }, ...rest] = quotaCells(quota, account, valueWidth, context)
      const id = clean(quota.id)
      return [label, { text: id === label.text ? '' : id, paint: view.paint.dim }, ...rest]
    })
}

interface Box {
  readonly top: string
  readonly middle: string
  readonly bottom: string
  readonly line: (text: string) => string
}

function boxOf(inner: number, paint: Paint): Box {
  const rule = '─'.repeat(inner + 2)
  const side = paint.dim('│')
  return {
    top: paint.dim(`╭${rule}╮`),
    middle: paint.dim(`├${rule}┤`),
    bottom: paint.dim(`╰${rule}╯`),
    line: (text) => `${side} ${padTo(text, inner)} ${side}`,
  }
}
