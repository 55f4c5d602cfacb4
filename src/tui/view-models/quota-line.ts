import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { widestOf } from '../../format/display-width.ts'
import { cutTo, padTo } from '../../format/fit.ts'
import { paceText } from '../../format/pace.ts'
import { verdictTone, verdictWord } from '../../format/verdict-words.ts'
import { isOutdated } from '../../model/binding.ts'
import type { AccountDocument, QuotaDocument } from '../../model/document.ts'
import { fromIso } from '../../model/time.ts'
import { verdictOf } from '../../model/verdict.ts'
import { type Line, plain, type Span } from '../line.ts'
import { gauge, valueText } from './gauge.ts'
import type { DashboardModel } from './model.ts'

/** One quota of an account, under the name that it has in its place. */
export interface ShownQuota {
  readonly account: AccountDocument
  readonly label: string
  readonly quota: QuotaDocument
}

/** What the present width has room for; the pace goes first, then the clock time, never the percent or its word. */
export interface QuotaColumns {
  readonly label: number
  readonly bar: number
  readonly value: number
  readonly pace: number
  readonly reset: number
  readonly verdict: number
  readonly clock: number
}

const LONGEST_LABEL = 28
const LEAST_BAR = 6
const LONGEST_BAR = 30

/** Columns that suit all of them, so that lines of several accounts stand under each other. */
export function columnsFor(lines: readonly ShownQuota[], model: DashboardModel, width: number): QuotaColumns {
  const widest = (text: (line: ShownQuota) => string): number => widestOf(lines.map(text))
  const value = widest(({ quota }) => valueText(quota, model.ui.numbers))
  let room = width - 2 - value - 2
  let label = Math.min(
    LONGEST_LABEL,
    widest((line) => clean(line.label)),
  )
  if (label > room * 0.5) label = Math.max(8, Math.floor(room * 0.5))
  room -= label + 1
  // A bar that can just be read comes first, then words; what they leave over makes it longer.
  let bar = Math.max(4, Math.min(LEAST_BAR, room - 1))
  room -= bar + 1
  const take = (size: number): number => {
    if (size === 0 || size + 2 > room) return 0
    room -= size + 2
    return size
  }
  const reset = take(widest(({ quota }) => resetText(quota, model)))
  const verdict = take(widest((line) => verdictCell(line, model)))
  const clock = take(widest(({ quota }) => clockText(quota, model)))
  const pace = take(widest(({ quota }) => paceText(quota)))
  bar = Math.min(LONGEST_BAR, bar + Math.max(0, room))
  return { label, bar, value, reset, verdict, clock, pace }
}

function resetText({ resetsAt }: QuotaDocument, { now }: DashboardModel): string {
  return resetsAt === null ? '' : countdown(fromIso(resetsAt), now)
}

function clockText({ resetsAt }: QuotaDocument, { now, instant }: DashboardModel): string {
  const at = fromIso(resetsAt)
  return at === null || at <= now ? '' : instant(at, now)
}

function verdictCell({ account, quota }: ShownQuota, { now, ui }: DashboardModel): string {
  const verdict = verdictOf(quota, now, isOutdated(account, now))
  const word = verdictWord(verdict)
  // Spend and counts have no limit, hence no verdict; and no word is said twice.
  return verdict.reason === 'unknown' || word === valueText(quota, ui.numbers) ? '' : word
}

/** `▸ Weekly  ━━━━──  64% left  in 5d 0h  lasts  Fri 09:00  on pace` */
export function quotaLine(line: ShownQuota, isChosen: boolean, columns: QuotaColumns, model: DashboardModel): Line {
  const { account, quota, label } = line
  const { now, ui } = model
  const tone = verdictTone(verdictOf(quota, now, isOutdated(account, now)))
  return [
    isChosen ? { text: '▸ ', tone: 'accent' } : plain('  '),
    { text: padTo(cutTo(clean(label), columns.label), columns.label), bold: isChosen },
    plain(' '),
    ...gauge({ quota, now, width: columns.bar, numbers: ui.numbers, tone }),
    plain(' '),
    { text: valueText(quota, ui.numbers).padStart(columns.value), tone },
    ...cell(resetText(quota, model), columns.reset, {}),
    ...cell(verdictCell(line, model), columns.verdict, { tone }),
    ...cell(clockText(quota, model), columns.clock, { dim: true }),
    ...cell(paceText(quota), columns.pace, { dim: true }),
  ]
}

function cell(text: string, width: number, look: Omit<Span, 'text'>): readonly Span[] {
  return width === 0 ? [] : [{ ...look, text: `  ${padTo(text, width)}` }]
}
