import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { verdictMark, verdictWord } from '../../format/verdict-words.ts'
import { fromIso } from '../../model/time.ts'
import { asChosen, dim, fill, type Line, plain, toWidth, widthOf, windowOf } from '../line.ts'
import { shortValue } from './accounts-view.ts'
import { gauge } from './gauge.ts'
import { type AccountRow, type DashboardModel, needsPerson, selectedRow } from './model.ts'

/** Narrower than this a cell cannot say its account, its bar and its value. */
const LEAST_CELL = 52
const GAP = 2

/** Columns of cells, so that as much as possible is on the screen at once. */
function fleetColumns(columns: number, accounts: number, height: number): number {
  const most = Math.max(1, Math.floor((columns + GAP) / (LEAST_CELL + GAP)))
  return Math.min(most, Math.max(1, Math.ceil(accounts / Math.max(1, height))))
}

/** Every account at once, the worst first when so sorted: one cell each, filled from top to bottom. */
export function fleetView(
  model: DashboardModel,
  rows: readonly AccountRow[],
  columns: number,
  height: number,
): readonly Line[] {
  const count = fleetColumns(columns, rows.length, height)
  const width = Math.floor((columns - GAP * (count - 1)) / count)
  const chosen = selectedRow(rows, model.ui)
  const at = chosen === null ? 0 : rows.indexOf(chosen)
  const isLong = rows.length > count * height
  const visible = isLong ? height - 1 : height
  const capacity = count * visible
  const { from, shown } = windowOf(rows, at, capacity)
  const title = titleWidth(rows, width)
  const lines = Array.from({ length: visible }, (_, line): Line => {
    const cells = Array.from({ length: count }, (__, column) => {
      const row = shown[column * visible + line]
      return row === undefined ? toWidth([], width) : fleetCell(row, row === chosen, title, width, model)
    })
    return cells.flatMap((cell, index) => (index === 0 ? cell : [plain(' '.repeat(GAP)), ...cell]))
  })
  if (!isLong) return fill(lines, height)
  const hint = ` ${from > 0 ? `↑ ${from}  ` : ''}↓ ${rows.length - from - shown.length} more`
  return [...lines, [dim(hint)]]
}

function nameOf({ title, short }: AccountRow, width: number): string {
  return width < 100 ? short : title
}

function titleWidth(rows: readonly AccountRow[], width: number): number {
  const widest = Math.max(8, ...rows.map((row) => widthOf([plain(clean(nameOf(row, width)))])))
  return Math.min(widest, Math.max(14, Math.floor(width * 0.36)))
}

function fleetCell(row: AccountRow, isChosen: boolean, title: number, width: number, model: DashboardModel): Line {
  const { account, quota, verdict, tone } = row
  const { now, ui } = model
  const mark = needsPerson(account) ? '!' : verdictMark(verdict)
  const bar = Math.max(8, Math.min(20, width - title - 40))
  const resetsAt = fromIso(quota?.resetsAt ?? null)
  const line: Line = [
    plain(isChosen ? '▸' : ' '),
    { text: `${mark} `, tone },
    ...toWidth([{ text: clean(nameOf(row, width)), bold: isChosen }], title),
    plain(' '),
    ...(quota === null ? [{ text: ' '.repeat(bar) }] : gauge({ quota, now, width: bar, numbers: ui.numbers, tone })),
    { text: ` ${shortValue(row, ui.numbers).padStart(10)}`, tone },
    dim(`  ${resetsAt === null ? ''.padEnd(9) : countdown(resetsAt, now).padEnd(9)}`),
    dim(` ${quota === null ? '' : clean(quota.label)}`),
    dim(verdict.reason === 'level' || needsPerson(account) ? '' : `  ${verdictWord(verdict)}`),
  ]
  const fitted = toWidth(line, width)
  return isChosen ? asChosen(fitted) : fitted
}
