import { clean } from '../../format/clean.ts'
import { statusWord } from '../../format/status-words.ts'
import { verdictMark } from '../../format/verdict-words.ts'
import { asChosen, dim, fill, type Line, plain, spread, toWidth, windowOf } from '../line.ts'
import { detailLines } from './detail.ts'
import { valueText } from './gauge.ts'
import { type AccountRow, type DashboardModel, needsPerson, selectedRow } from './model.ts'

const LEAST_LIST = 22
const MOST_LIST = 46

/** Columns of the list at the left; the rest is the chosen account's. */
function listWidth(columns: number): number {
  return Math.min(MOST_LIST, Math.max(LEAST_LIST, Math.round(columns * 0.33)))
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
    dim(' │ '),
    ...toWidth(details[index] ?? [], right),
  ])
}

function listLines(
  rows: readonly AccountRow[],
  chosen: AccountRow | null,
  width: number,
  height: number,
  { ui }: DashboardModel,
): readonly Line[] {
  if (rows.length === 0) return [[dim(` Nothing fits "${clean(ui.filter)}".`)], [dim(' Esc shows all.')]]
  const at = chosen === null ? 0 : rows.indexOf(chosen)
  const isLong = rows.length > height
  const { from, shown } = windowOf(rows, at, isLong ? height - 1 : height)
  const lines = shown.map((row) => listLine(row, row === chosen, width, ui.numbers))
  if (!isLong) return lines
  const below = rows.length - from - shown.length
  const hint = [from > 0 ? `↑ ${from}` : '', below > 0 ? `↓ ${below}` : ''].filter((part) => part !== '').join('  ')
  return [...lines, [dim(` ${hint} more`)]]
}

function listLine(row: AccountRow, isChosen: boolean, width: number, numbers: 'left' | 'used'): Line {
  const { account, short, tone, verdict } = row
  const value = shortValue(row, numbers)
  const mark = needsPerson(account) ? '!' : verdictMark(verdict)
  const left: Line = [plain(isChosen ? '▸' : ' '), { text: `${mark} `, tone }, { text: clean(short), bold: isChosen }]
  const line = spread(left, [{ text: value, tone }, plain(' ')], width)
  return isChosen ? asChosen(line) : line
}

/** A few words beside a name. */
export function shortValue({ account, quota, isSpent }: AccountRow, numbers: 'left' | 'used'): string {
  if (account.status === 'disabled') return 'off'
  if (account.status === 'pending') return 'no data'
  if (needsPerson(account)) return account.status === 'forbidden' ? 'forbidden' : 'signed out'
  if (quota === null)
    return account.problem === null ? '–' : statusWord(account.status, account.problem?.code).toLowerCase()
  return isSpent ? 'spent' : valueText(quota, numbers)
}
