import { ageText } from '../../format/age.ts'
import { amountsOf } from '../../format/amount.ts'
import { clean } from '../../format/clean.ts'
import { countdown, durationText } from '../../format/countdown.ts'
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
import { gauge, valueText } from './gauge.ts'
import { graph } from './graph.ts'
import { type AccountRow, type DashboardModel, selectedQuota, shownQuotas } from './model.ts'

const LEAST_GRAPH = 6
const MOST_GRAPH = 14

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
  const graphHeight = Math.min(MOST_GRAPH, Math.max(room - wanted - 1, room - Math.max(4, Math.floor(room / 2)) - 1))
  const hasGraph = quota !== null && graphHeight >= LEAST_GRAPH
  const listHeight = hasGraph ? room - graphHeight - 1 : room
  const list = quotaLines(row, quota, model, width, Math.min(listHeight, wanted))
  const lines = [...head, BLANK, ...list]
  if (!hasGraph) return lines
  const { past, now, ui, instant } = model
  const own = past?.account === account.id && past.quota === quota.id ? past : null
  return [
    ...lines,
    BLANK,
    ...graph({ quota, past: own, now, numbers: ui.numbers, instant, width, height: graphHeight }),
  ]
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
  const columns = columnsFor(quotas, model, width)
  const { from, shown } = windowOf(quotas, at, quotas.length > room ? Math.max(1, room - 1) : room)
  const lines = shown.flatMap((quota): readonly Line[] => {
    const line = quotaLine(quota, row, quota === chosen, columns, model)
    return quota === chosen ? [line, verdictLine(quota, row, model)] : [line]
  })
  const hidden = quotas.length - shown.length
  return hidden > 0 ? [...lines, [dim(`  ${hidden} more, ${from > 0 ? '← ' : ''}→ goes through them`)]] : lines
}

/** What the present width has room for; at 80 columns the pace goes first, never the percent or its word. */
interface Columns {
  readonly label: number
  readonly bar: number
  readonly value: number
  readonly pace: number
  readonly reset: number
  readonly clock: number
}

function columnsFor(quotas: readonly QuotaDocument[], model: DashboardModel, width: number): Columns {
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth))
  const natural = widest(quotas.map((quota) => clean(quota.label)))
  const value = widest(quotas.map((quota) => valueText(quota, model.ui.numbers)))
  const wanted = {
    pace: widest(quotas.map((quota) => paceText(quota.forecast))),
    reset: widest(quotas.map((quota) => resetText(quota, model))),
    clock: widest(quotas.map((quota) => clockText(quota, model))),
  }
  let label = Math.min(28, natural)
  let room = width - 2 - value - 2
  if (label > room * 0.5) label = Math.max(8, Math.floor(room * 0.5))
  room -= label + 1
  const bar = Math.max(4, Math.min(24, room >= 40 ? Math.floor(room / 2.2) : Math.min(12, room - 1)))
  room -= bar + 1
  const take = (size: number): number => {
    if (size === 0 || size + 2 > room) return 0
    room -= size + 2
    return size
  }
  const reset = take(wanted.reset)
  const clock = take(wanted.clock)
  return { label, bar, value, reset, clock, pace: take(wanted.pace) }
}

function resetText({ resetsAt }: QuotaDocument, { now }: DashboardModel): string {
  return resetsAt === null ? '' : countdown(fromIso(resetsAt), now)
}

function clockText({ resetsAt }: QuotaDocument, { now, instant }: DashboardModel): string {
  const at = fromIso(resetsAt)
  return at === null || at <= now ? '' : instant(at, now)
}

function quotaLine(
  quota: QuotaDocument,
  { account }: AccountRow,
  isChosen: boolean,
  columns: Columns,
  model: DashboardModel,
): Line {
  const { now, ui } = model
  const tone = verdictTone(verdictOf(quota, now, isOutdated(account, now)))
  const label = clean(quota.label)
  const cut = displayWidth(label) > columns.label
  return [
    { text: isChosen ? '▸ ' : '  ', tone: 'accent' },
    {
      text: padded(cut ? `${[...label].slice(0, columns.label - 1).join('')}…` : label, columns.label),
      bold: isChosen,
    },
    plain(' '),
    ...gauge({ quota, now, width: columns.bar, numbers: ui.numbers, tone }),
    plain(' '),
    { text: valueText(quota, ui.numbers).padStart(columns.value), tone },
    ...cell(paceText(quota.forecast), columns.pace, {}),
    ...cell(resetText(quota, model), columns.reset, {}),
    ...cell(clockText(quota, model), columns.clock, { dim: true }),
  ]
}

function cell(text: string, width: number, look: Omit<Span, 'text'>): readonly Span[] {
  return width === 0 ? [] : [{ ...look, text: `  ${padded(text, width)}` }]
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** The verdict of the chosen quota in words, and what was counted. */
function verdictLine(quota: QuotaDocument, { account }: AccountRow, { now, instant }: DashboardModel): Line {
  const isStale = isOutdated(account, now)
  const tone = verdictTone(verdictOf(quota, now, isStale))
  const amounts = quota.remainingRatio === null ? null : amountsOf(quota)
  const more = [
    paceText(quota.forecast),
    amounts === null ? '' : clean(amounts),
    quota.inferred ? 'deduced, not told' : '',
    quota.observedAt === null ? '' : ageText(fromIso(quota.observedAt), now),
  ].filter((part) => part !== '')
  const text = verdictText(quota, now, isStale, instant)
  return [plain('    '), { text, tone }, dim(more.length === 0 ? '' : `  ${more.join(' · ')}`)]
}
