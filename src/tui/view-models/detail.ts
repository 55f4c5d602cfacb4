import { ageText } from '../../format/age.ts'
import { amountsOf } from '../../format/amount.ts'
import { clean } from '../../format/clean.ts'
import { durationText } from '../../format/countdown.ts'
import { displayWidth } from '../../format/display-width.ts'
import { wrapWords } from '../../format/fit.ts'
import { paceText } from '../../format/pace.ts'
import { capitals, providerTitle } from '../../format/provider-names.ts'
import { problemSentence, statusTone, statusWord, type Tone } from '../../format/status-words.ts'
import { verdictText, verdictTone } from '../../format/verdict-words.ts'
import { isOutdated } from '../../model/binding.ts'
import type { AccountDocument, QuotaDocument } from '../../model/document.ts'
import { fromIso } from '../../model/time.ts'
import { verdictOf } from '../../model/verdict.ts'
import { BLANK, dim, type Line, plain, type Span, spread, windowOf } from '../line.ts'
import { accountAlertLines } from './alerts-view.ts'
import { graph } from './graph.ts'
import { type AccountRow, type DashboardModel, selectedQuota, shownQuotas } from './model.ts'
import { pastWindowLines } from './past-windows.ts'
import { columnsFor, quotaLine } from './quota-line.ts'

const LEAST_GRAPH = 6
const MOST_GRAPH = 20
/** Left for past windows and alerts, where the terminal is that tall. */
const BELOW_GRAPH = 3

/** The chosen account: who, how it stands, every quota, and the past of one of them where there is room. */
export function detailLines(row: AccountRow, model: DashboardModel, width: number, height: number): readonly Line[] {
  const { account } = row
  const head = [
    titleLine(account, model, width),
    ...factLines(account, model, width),
    ...problemLines(account, model, width),
  ]
  const quota = selectedQuota(row, model.ui)
  const quotas = shownQuotas(account, model.ui)
  const room = height - head.length - 1
  const wanted = quotas.length + (quota === null ? 0 : 1)
  const free = Math.max(room - wanted - 1, room - Math.max(4, Math.floor(room / 2)) - 1)
  const graphHeight = Math.min(MOST_GRAPH, free >= MOST_GRAPH ? free - BELOW_GRAPH : free)
  const hasGraph = quota !== null && graphHeight >= LEAST_GRAPH
  const listHeight = hasGraph ? room - graphHeight - 1 : room
  const list = quotaLines(row, quota, model, width, Math.min(listHeight, wanted))
  const lines = [...head, BLANK, ...list]
  if (!hasGraph) return lines
  const { past, now, ui, instant } = model
  const own = past?.account === account.id && past.quota === quota.id ? past : null
  const drawn = [
    ...lines,
    BLANK,
    ...graph({ quota, past: own, now, numbers: ui.numbers, instant, width, height: graphHeight }),
    ...pastWindowLines(own?.peaks ?? [], width),
  ]
  return [...drawn, ...accountAlertLines(account, model, width, height - drawn.length)]
}

function titleLine(account: AccountDocument, { now }: DashboardModel, width: number): Line {
  const title = `${providerTitle(account.provider)} · ${clean(account.name)}`
  const isLate = isOutdated(account, now)
  const word =
    account.status === 'ok' && !isLate
      ? ''
      : statusWord(account.status === 'ok' ? 'stale' : account.status, account.problem?.code)
  const right: Span[] = word === '' ? [] : [{ text: word, tone: statusTone(account.status), bold: true }, plain('  ')]
  const age: Span = { text: ageText(fromIso(account.observedAt), now), tone: isLate ? 'amber' : 'grey' }
  return spread([{ text: title, bold: true, tone: 'accent' }], [...right, age], width)
}

/** Plan, where the login was found, what answered, when it is read next. */
function factLines(account: AccountDocument, { now }: DashboardModel, width: number): readonly Line[] {
  const next = fromIso(account.nextPollAt)
  const facts = [
    account.plan === null ? '' : clean(account.plan.name ?? account.plan.id),
    account.email === null || account.email === account.name ? '' : clean(account.email),
    account.activeFor.length > 0
      ? `in use for ${account.activeFor.map(capitals).join(', ')}`
      : account.active
        ? 'in use'
        : '',
    `login of ${account.sources.join(', ')}`,
    account.via === null ? '' : `told by ${clean(account.via)}`,
    next === null ? '' : next <= now ? 'being read now' : `read again in ${durationText(next - now)}`,
  ].filter((fact) => fact !== '')
  const [first = '', second] = packed(facts, width)
  return [[dim(first)], ...(second === undefined ? [] : [[dim(second)]])]
}

/** Facts in lines, none of them broken. */
function packed(facts: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const fact of facts) {
    const longer = lines.length === 0 ? fact : `${lines.at(-1)} · ${fact}`
    if (lines.length === 0 || displayWidth(longer) > width) lines.push(fact)
    else lines[lines.length - 1] = longer
  }
  return lines
}

function problemLines(account: AccountDocument, { now, instant }: DashboardModel, width: number): readonly Line[] {
  const sentence = problemSentence(account, now, instant)
  const notes = account.notes.map((note) => ({ text: clean(note.message), tone: 'grey' as Tone }))
  const said =
    sentence === null || account.status === 'pending'
      ? []
      : [{ text: clean(sentence), tone: statusTone(account.status) }]
  return [...said, ...notes.slice(0, 2)].flatMap(({ text, tone }) =>
    wrapWords(`! ${text}`, width, '  ')
      .slice(0, 3)
      .map((line): Line => [{ text: line, tone }]),
  )
}

function quotaLines(
  row: AccountRow,
  chosen: QuotaDocument | null,
  model: DashboardModel,
  width: number,
  height: number,
): readonly Line[] {
  const quotas = shownQuotas(row.account, model.ui)
  if (quotas.length === 0) return [[dim(row.account.status === 'pending' ? 'No data yet.' : 'No limit is reported.')]]
  const at = chosen === null ? 0 : quotas.indexOf(chosen)
  const room = Math.max(1, height - (chosen === null ? 0 : 1))
  const lines = quotas.map((quota) => ({ account: row.account, label: quota.label, quota }))
  const columns = columnsFor(lines, model, width)
  const { from, shown } = windowOf(quotas, at, quotas.length > room ? Math.max(1, room - 1) : room)
  const drawn = shown.flatMap((quota): readonly Line[] => {
    const line = quotaLine({ account: row.account, label: quota.label, quota }, quota === chosen, columns, model)
    return quota === chosen ? [line, verdictLine(quota, row, model, columns.pace === 0)] : [line]
  })
  const hidden = quotas.length - shown.length
  return hidden > 0 ? [...drawn, [dim(`  ${hidden} more, ${from > 0 ? '← ' : ''}→ goes through them`)]] : drawn
}

/** The verdict of the chosen quota in words, and what was counted. */
function verdictLine(
  quota: QuotaDocument,
  { account }: AccountRow,
  { now, instant }: DashboardModel,
  withPace: boolean,
): Line {
  const isStale = isOutdated(account, now)
  const tone = verdictTone(verdictOf(quota, now, isStale))
  const amounts = quota.remainingRatio === null ? null : amountsOf(quota)
  const more = [
    withPace ? paceText(quota) : '',
    amounts === null ? '' : clean(amounts),
    quota.inferred ? 'deduced, not told' : '',
    quota.observedAt === null ? '' : ageText(fromIso(quota.observedAt), now),
  ].filter((part) => part !== '')
  const text = verdictText(quota, now, isStale, instant)
  return [plain('    '), { text, tone }, dim(more.length === 0 ? '' : `  ${more.join(' · ')}`)]
}
