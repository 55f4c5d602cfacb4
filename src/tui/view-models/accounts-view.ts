import { clean } from '../../format/clean.ts'
import { statusWord } from '../../format/status-words.ts'
import { asChosen, dim, fill, type Line, plain, rule, spread, toWidth, widthOf, windowOf } from '../line.ts'
import { detailLines } from './detail.ts'
import { gauge, valueText } from './gauge.ts'
import { type AccountRow, accountMark, type DashboardModel, fitTitle, needsPerson, selectedRow } from './model.ts'

const LEAST_LIST = 22
/** A name and a word of its service; a narrow terminal gives more than its share for it. */
const NAMED_LIST = 26
const MOST_LIST = 46
/** A list this wide has room for a bar beside each name. */
const LEAST_FOR_BARS = 40
const LIST_BAR = 7
const LIST_VALUE = 10

/** Columns of the list at the left; the rest is the chosen account's. */
function listWidth(columns: number): number {
  const named = Math.min(NAMED_LIST, Math.round(columns * 0.44))
  return Math.min(MOST_LIST, Math.max(LEAST_LIST, named, Math.round(columns * 0.37)))
}

/** The accounts at the left, the chosen one at the right. */
export function accountsView(
  model: DashboardModel,
  rows: readonly AccountRow[],
  columns: number,
  height: number,
): readonly Line[] {
  const left = listWidth(columns)
  const right = columns - left - 3
  const row = selectedRow(rows, model.ui)
  const list = fill(listLines(rows, row, left, height, model), height)
  const details = fill(row === null ? [] : detailLines(row, model, right, height), height)
  return list.map((line, index) => [
    ...toWidth(line, left, line.at(-1)?.chosen === true ? { chosen: true } : {}),
    rule(' │ '),
    ...toWidth(details[index] ?? [], right),
  ])
}

function listLines(
  rows: readonly AccountRow[],
  chosen: AccountRow | null,
  width: number,
  height: number,
  model: DashboardModel,
): readonly Line[] {
  if (rows.length === 0) return [[dim(` Nothing fits "${clean(model.ui.filter)}".`)], [dim(' Esc shows all.')]]
  const at = chosen === null ? 0 : rows.indexOf(chosen)
  const isLong = rows.length > height
  const { from, shown } = windowOf(rows, at, isLong ? height - 1 : height)
  const lines = shown.map((row) => listLine(row, row === chosen, width, model))
  if (!isLong) return lines
  const below = rows.length - from - shown.length
  const hint = [from > 0 ? `↑ ${from}` : '', below > 0 ? `↓ ${below}` : ''].filter((part) => part !== '').join('  ')
  return [...lines, [dim(` ${hint} more`)]]
}

function listLine(row: AccountRow, isChosen: boolean, width: number, { now, ui }: DashboardModel): Line {
  const { short, shown, tone } = row
  const value = shortValue(row, ui.numbers)
  const hasBars = width >= LEAST_FOR_BARS
  const bar =
    hasBars && shown !== null && !needsPerson(row.account)
      ? gauge({ quota: shown, now, width: LIST_BAR, numbers: ui.numbers, tone })
      : []
  const padded = hasBars ? ` ${value.padStart(LIST_VALUE)}` : value
  const right: Line = [...bar, { text: padded, tone }, plain(' ')]
  const left: Line = [
    plain(isChosen ? '▸' : ' '),
    { text: `${accountMark(row)} `, tone },
    { text: fitTitle(clean(short), width - widthOf(right) - 4), bold: isChosen },
  ]
  const line = spread(left, right, width)
  return isChosen ? asChosen(line) : line
}

/** A few words beside a name. */
export function shortValue({ account, shown, isSpent }: AccountRow, numbers: 'left' | 'used'): string {
  if (account.status === 'disabled') return 'off'
  if (account.status === 'pending') return 'no data'
  if (needsPerson(account)) return account.status === 'forbidden' ? 'forbidden' : 'signed out'
  if (shown === null)
    return account.problem === null ? '–' : statusWord(account.status, account.problem?.code).toLowerCase()
  return isSpent ? 'spent' : valueText(shown, numbers)
}
