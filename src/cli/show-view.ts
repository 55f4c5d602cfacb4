import { stripVTControlCharacters } from 'node:util'
import { ageText } from '../format/age.ts'
import { clean } from '../format/clean.ts'
import { displayWidth } from '../format/display-width.ts'
import { cutTo, wrapAll } from '../format/fit.ts'
import { instantText } from '../format/instant.ts'
import { providerTitle } from '../format/provider-names.ts'
import { problemSentence, statusTone, statusWord } from '../format/status-words.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { Paint } from './paint.ts'
import { agePainted, isOld, quotaCells, type RowContext, rowContext, shownQuotas, valueWidthOf } from './quota-rows.ts'
import { type Cell, type Column, type Layout, layOut, renderRow, renderTitles } from './table.ts'

export interface ShowView {
  readonly now: EpochMs
  readonly timeZone: string | null
  /** Columns of the terminal; null: not a terminal. */
  readonly width: number | null
  readonly allModels: boolean
  readonly paint: Paint
}

const LONGEST_NAME = 30
/** Narrower than this nothing is told by a cell. */
const LEAST_CELL = 4

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

/** One box an account, all equally wide: e-mail, plan, age, what is wrong, and its quotas sorted by name. */
export function showBoxes(document: AccountsDocument, view: ShowView): readonly string[] {
  const context = rowContext({ now: view.now, instant: instantText(view.timeZone), paint: view.paint })
  const contents = document.accounts.map((account) => contentOf(account, view, context))
  const room = roomOf(view)
  const widest = Math.max(
    60,
    ...contents.map((content) => Math.max(content.table?.width ?? 0, displayWidth(content.title))),
  )
  const box = boxOf(Math.min(room, widest), view.paint)
  return contents.flatMap((content, index) => [...(index === 0 ? [] : ['']), ...drawBox(content, box, view.paint)])
}

/** What fits between the sides of a box. */
function roomOf(view: ShowView): number {
  return view.width === null ? Infinity : view.width - 4
}

interface Content {
  readonly title: string
  /** Painted lines that need no cutting. */
  readonly facts: readonly string[]
  /** What is wrong and what to do; null when nothing is. */
  readonly problem: string | null
  /** Null: nothing to list. */
  readonly table: { readonly width: number; readonly titles: string; readonly rows: readonly string[] } | null
}

function contentOf(account: AccountDocument, view: ShowView, context: RowContext): Content {
  const { paint, now } = view
  const plan = account.plan === null ? '' : ` (${clean(account.plan.name ?? account.plan.id)})`
  const facts = [originLine(account, view, context)]
  const isQuiet = account.status === 'ok' || account.status === 'pending'
  const word = `${account.status === 'forbidden' ? '🚫 ' : ''}Status: ${statusWord(account.status, account.problem?.code)}`
  if (!isQuiet) facts.push(paint.tone(statusTone(account.status), cutTo(word, roomOf(view))))
  const sentence = isQuiet ? null : problemSentence(account, now, context.instant)
  return {
    title: `📊 Quota Status: ${clean(account.email ?? account.name)}${plan}`,
    facts,
    problem: sentence === null ? null : clean(sentence),
    // Numbers of an account that is refused would look usable.
    table: account.status === 'forbidden' ? null : tableOf(account, view, context),
  }
}

/** `Antigravity · ada@example.com · as of 3 min ago`: the name gives way. */
function originLine(account: AccountDocument, view: ShowView, context: RowContext): string {
  const provider = `${providerTitle(account.provider)} · `
  const age = ageText(fromIso(account.observedAt), view.now)
  const room = roomOf(view) - displayWidth(`${provider} · ${age}`)
  const name = cutTo(clean(account.name), Math.min(LONGEST_NAME, Math.max(1, room)))
  const origin = `${provider}${name} · `
  if (displayWidth(origin + age) > roomOf(view)) return view.paint.dim(cutTo(origin + age, roomOf(view)))
  return view.paint.dim(origin) + agePainted(account, context)
}

function tableOf(account: AccountDocument, view: ShowView, context: RowContext): Content['table'] {
  const rows = rowsOf(account, view, context)
  if (rows.length === 0) return null
  const columns = account.quotas.every((quota) => quota.kind === 'model') ? COLUMNS : quotaColumns()
  const layout = fitted(columns, rows, view)
  return {
    width: layout.total,
    titles: renderTitles(layout, columns, view.paint.dim),
    rows: rows.map((cells) => renderRow(layout, cells)),
  }
}

/** Where the usual columns do not fit, the bar goes, and every text may be cut: a frame must close. */
function fitted(columns: readonly Column[], rows: readonly (readonly Cell[])[], view: ShowView): Layout {
  if (view.width === null) return layOut(columns, rows, null)
  const usual = layOut(columns, rows, roomOf(view))
  if (usual.total <= roomOf(view)) return usual
  const squeezed = columns.map((column) => ({
    ...column,
    least: LEAST_CELL,
    ...(column.title === 'Quota' ? { dispensable: 9 } : {}),
  }))
  return layOut(squeezed, rows, roomOf(view))
}

function drawBox({ title, facts, problem, table }: Content, box: Box, paint: Paint): readonly string[] {
  const lines = [box.top, box.line(paint.bold(cutTo(title, box.inner))), ...facts.map(box.line)]
  if (problem !== null) lines.push(...wrapAll(problem, box.inner).map(box.line))
  if (table !== null) lines.push(box.middle, box.line(table.titles), box.middle, ...table.rows.map(box.line))
  return [...lines, box.bottom]
}

function quotaColumns(): readonly Column[] {
  return COLUMNS.map((column) => (column.title === 'Model' ? { ...column, title: 'Limit' } : column))
}

function rowsOf(account: AccountDocument, view: ShowView, context: RowContext): readonly (readonly Cell[])[] {
  const valueWidth = valueWidthOf([account], view.allModels)
  const isStale = isOld(account, view.now)
  return shownQuotas(account, view.allModels)
    .toSorted((a, b) => (a.label < b.label ? -1 : Number(a.label > b.label)))
    .map((quota) => {
      const [label = { text: '' }, ...rest] = quotaCells(quota, isStale, valueWidth, context)
      // Ids are for scripts and wide terminals.
      const id = view.width !== null && view.width < 100 ? '' : clean(quota.id)
      return [label, { text: id, paint: view.paint.dim }, ...rest]
    })
}

/** Colours take no cells. */
function paintedWidth(text: string): number {
  return displayWidth(stripVTControlCharacters(text))
}

interface Box {
  readonly inner: number
  readonly top: string
  readonly middle: string
  readonly bottom: string
  readonly line: (text: string) => string
}

function boxOf(inner: number, paint: Paint): Box {
  const rule = '─'.repeat(inner + 2)
  const side = paint.dim('│')
  return {
    inner,
    top: paint.dim(`╭${rule}╮`),
    middle: paint.dim(`├${rule}┤`),
    bottom: paint.dim(`╰${rule}╯`),
    line: (text) => `${side} ${text}${' '.repeat(Math.max(0, inner - paintedWidth(text)))} ${side}`,
  }
}
