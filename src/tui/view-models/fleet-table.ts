import { clean } from '../../format/clean.ts'
import { widestOf } from '../../format/display-width.ts'
import { cutTo, padTo } from '../../format/fit.ts'
import { problemSentence, statusTone } from '../../format/status-words.ts'
import { asChosen, type Line, plain, type Span, toWidth } from '../line.ts'
import type { FleetAccount } from './fleet-account.ts'
import { type AccountRow, accountMark, type DashboardModel, fitTitle } from './model.ts'
import { columnsFor, quotaLine } from './quota-line.ts'

const MOST_OF_WIDTH = 0.28

/** Each account beside its quotas, a line each: denser than blocks, and still all of them. */
export function tableLines(
  accounts: readonly FleetAccount[],
  chosen: AccountRow | null,
  model: DashboardModel,
  width: number,
): readonly (readonly Line[])[] {
  const longest = widestOf(accounts.map(({ row }) => clean(row.short)))
  const name = Math.min(longest, Math.max(12, Math.floor(width * MOST_OF_WIDTH)))
  const inner = width - name - 3
  const all = accounts.flatMap(({ lines }) => lines)
  const columns = columnsFor(all, model, inner)
  return accounts.map(({ row, lines }) => {
    const said: readonly Line[] = [
      ...problemOf(row, model, inner),
      ...lines.map((line) => quotaLine(line, false, columns, model)),
    ]
    return (said.length === 0 ? [[]] : said).map((line, index): Line => {
      const lead = index === 0 ? leadOf(row, row === chosen, name) : [plain(' '.repeat(name + 3))]
      const whole = toWidth([...lead, ...line], width)
      return row === chosen ? asChosen(whole) : whole
    })
  })
}

function leadOf(row: AccountRow, isChosen: boolean, width: number): readonly Span[] {
  return [
    plain(isChosen ? '▸' : ' '),
    { text: `${accountMark(row)} `, tone: row.tone },
    { text: padTo(fitTitle(clean(row.short), width), width), bold: isChosen },
  ]
}

function problemOf({ account }: AccountRow, { now, instant }: DashboardModel, width: number): readonly Line[] {
  const sentence = problemSentence(account, now, instant)
  return sentence === null ? [] : [[{ text: cutTo(`  ${clean(sentence)}`, width), tone: statusTone(account.status) }]]
}
