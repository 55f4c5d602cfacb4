import { ageText } from '../../format/age.ts'
import { clean } from '../../format/clean.ts'
import { cutTo } from '../../format/fit.ts'
import { problemSentence, statusTone, statusWord } from '../../format/status-words.ts'
import { isOutdated } from '../../model/binding.ts'
import { fromIso } from '../../model/time.ts'
import { asChosen, dim, type Line, plain, type Span, spread, toWidth } from '../line.ts'
import type { FleetAccount } from './fleet-account.ts'
import { type AccountRow, accountMark, type DashboardModel } from './model.ts'
import { columnsFor, quotaLine } from './quota-line.ts'

/** Under the account's name, not under its mark. */
const INDENT = 1

/** Each account with every quota on a line of its own; all lines are `width` wide and stand under each other. */
export function blockLines(
  accounts: readonly FleetAccount[],
  chosen: AccountRow | null,
  model: DashboardModel,
  width: number,
): readonly (readonly Line[])[] {
  const inner = width - INDENT
  const columns = columnsFor(
    accounts.flatMap(({ lines }) => lines),
    model,
    inner,
  )
  return accounts.map(({ row, lines }) => [
    titleLine(row, row === chosen, model, width),
    ...problemLine(row, model, width),
    ...lines.map((line): Line => [plain(' '.repeat(INDENT)), ...quotaLine(line, false, columns, model)]),
  ])
}

/** `▲ Claude (work)  Max 20x        SIGNED OUT  as of 3 min ago` */
function titleLine(row: AccountRow, isChosen: boolean, { now }: DashboardModel, width: number): Line {
  const { account, title, tone } = row
  const isLate = isOutdated(account, now)
  const plan = account.plan === null ? '' : clean(account.plan.name ?? account.plan.id)
  const word =
    account.status === 'ok' || account.status === 'pending'
      ? isLate
        ? 'STALE'
        : ''
      : statusWord(account.status, account.problem?.code)
  const status: readonly Span[] =
    word === '' ? [] : [{ text: `${word}  `, tone: statusTone(account.status), bold: true }]
  const age: Span = { text: `${ageText(fromIso(account.observedAt), now)} `, tone: isLate ? 'amber' : 'grey' }
  const left: Line = [
    plain(isChosen ? '▸' : ' '),
    { text: `${accountMark(row)} `, tone },
    { text: clean(title), bold: true },
    dim(plan === '' ? '' : `  ${plan}`),
  ]
  const line = toWidth(spread(left, [...status, age], width), width)
  return isChosen ? asChosen(line) : line
}

function problemLine({ account }: AccountRow, { now, instant }: DashboardModel, width: number): readonly Line[] {
  if (account.status === 'pending') return []
  const sentence = problemSentence(account, now, instant)
  if (sentence === null) return []
  return [[{ text: cutTo(`   ${clean(sentence)}`, width), tone: statusTone(account.status) }]]
}
