import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { displayWidth, widestOf } from '../../format/display-width.ts'
import { cutTo, padTo } from '../../format/fit.ts'
import { verdictTone } from '../../format/verdict-words.ts'
import { isOutdated } from '../../model/binding.ts'
import { fromIso } from '../../model/time.ts'
import { verdictOf } from '../../model/verdict.ts'
import { asChosen, dim, type Line, plain, type Span, toWidth, widthOf } from '../line.ts'
import { shortValue } from './accounts-view.ts'
import type { FleetAccount } from './fleet-account.ts'
import { gauge, meter, valueText } from './gauge.ts'
import { type AccountRow, accountMark, type DashboardModel, fitTitle } from './model.ts'
import type { ShownQuota } from './quota-line.ts'

/** Widths that all rows have in common. */
export interface RowLayout {
  readonly width: number
  readonly isShort: boolean
  readonly name: number
  readonly label: number
  readonly bar: number
  readonly value: number
  readonly reset: number
  /** Of the other quotas. */
  readonly otherLabel: number
  readonly otherValue: number
}

const LONGEST_NAME = 34
const LONGEST_LABEL = 20
const OTHER_BAR = 6

/** Measures all rows, not only those in sight, so that nothing moves while they scroll. */
export function fleetRowLayout(accounts: readonly FleetAccount[], model: DashboardModel, width: number): RowLayout {
  const { numbers } = model.ui
  const isShort = width < 110
  const others = accounts.flatMap((account) => othersOf(account))
  const reset = widestOf(accounts.map((account) => resetText(account, model)))
  const value = widestOf(accounts.map(({ row }) => shortValue(row, numbers)))
  const name = Math.min(
    isShort ? Math.max(12, Math.floor(width * 0.27)) : LONGEST_NAME,
    widestOf(accounts.map(({ row }) => nameOf(row, isShort))),
  )
  const room = width - 3 - name - 1 - value - 1 - reset - 1
  const label = Math.min(
    LONGEST_LABEL,
    Math.max(0, Math.floor(room * 0.55)),
    widestOf(accounts.map(({ worst }) => clean(worst?.label ?? ''))),
  )
  // Beside it stand the meters of the others.
  const bar = Math.max(4, Math.min(isShort ? 16 : 12, room - label - 1 - 9))
  return {
    width,
    isShort,
    name,
    label,
    bar,
    value,
    reset,
    otherLabel: Math.min(14, widestOf(others.map(({ label: text }) => clean(text)))),
    otherValue: widestOf(others.map(({ quota }) => valueText(quota, numbers))),
  }
}

/** What stands over the columns. */
export function fleetTitles(layout: RowLayout, { ui }: DashboardModel): Line {
  const { name, label, bar, value, reset } = layout
  const lead = `   ${padTo('ACCOUNT', name)} ${padTo('WORST QUOTA', label + 1 + bar)} ${ui.numbers.toUpperCase().padStart(value)} `
  const text = `${lead}${padTo('RESETS', reset)}`
  const others = displayWidth(text) + 12 <= layout.width ? '  THE OTHERS' : ''
  return toWidth([dim(text + others)], layout.width)
}

function nameOf({ title, short }: AccountRow, isShort: boolean): string {
  return clean(isShort ? short : title)
}

function resetText({ row, worst }: FleetAccount, { now }: DashboardModel): string {
  const at = fromIso(worst?.quota.resetsAt ?? null)
  return at === null || row.shown === null ? '' : countdown(at, now)
}

/** What else is shown of the account; what was spent has no limit and is left to the account's own page. */
function othersOf({ lines, worst }: FleetAccount): readonly ShownQuota[] {
  return lines.filter(({ quota }) => quota !== worst?.quota && quota.kind !== 'spend' && quota.kind !== 'count')
}

/** One account on one line. */
export function fleetRow(account: FleetAccount, isChosen: boolean, layout: RowLayout, model: DashboardModel): Line {
  const head = headOf(account, isChosen, layout, model)
  const others = othersLine(othersOf(account), layout, model, layout.width - widthOf(head) - 2)
  const line = toWidth([...head, plain('  '), ...others], layout.width)
  return isChosen ? asChosen(line) : line
}

function headOf(account: FleetAccount, isChosen: boolean, layout: RowLayout, model: DashboardModel): Line {
  const { row, worst } = account
  const { now, ui } = model
  const { name, label, bar, value, reset } = layout
  const bars =
    worst === null
      ? [plain(' '.repeat(bar))]
      : gauge({ quota: worst.quota, now, width: bar, numbers: ui.numbers, tone: row.tone })
  return [
    plain(isChosen ? '▸' : ' '),
    { text: `${accountMark(row)} `, tone: row.tone },
    { text: padTo(fitTitle(nameOf(row, layout.isShort), name), name), bold: isChosen },
    plain(' '),
    ...(label === 0 ? [] : [dim(`${padTo(cutTo(clean(worst?.label ?? ''), label), label)} `)]),
    ...bars,
    { text: ` ${shortValue(row, ui.numbers).padStart(value)}`, tone: row.tone },
    plain(` ${padTo(resetText(account, model), reset)}`),
  ]
}

/** As many as fit with name, bar and value, then small meters; `+2` where even those do not fit. */
function othersLine(
  others: readonly ShownQuota[],
  layout: RowLayout,
  model: DashboardModel,
  room: number,
): readonly Span[] {
  const { otherLabel, otherValue } = layout
  const cell = otherLabel + 1 + OTHER_BAR + 1 + otherValue + 3
  const named = Math.min(others.length, Math.max(0, Math.floor((room + 3) / cell)))
  // The last cell gives way when meters must stand behind it.
  const rest = others.length - named
  const shown = rest > 0 && named > 0 && room - named * cell < 2 * rest ? named - 1 : named
  const spans = others.slice(0, shown).flatMap((other) => otherCell(other, layout, model))
  return [...spans, ...meters(others.slice(shown), model, room - shown * cell)]
}

function otherCell(other: ShownQuota, { otherLabel, otherValue }: RowLayout, model: DashboardModel): readonly Span[] {
  const { now, ui } = model
  const tone = toneOf(other, model)
  return [
    dim(`${padTo(cutTo(clean(other.label), otherLabel), otherLabel)} `),
    ...gauge({ quota: other.quota, now, width: OTHER_BAR, numbers: ui.numbers, tone }),
    { text: ` ${valueText(other.quota, ui.numbers).padStart(otherValue)}   `, tone },
  ]
}

function meters(others: readonly ShownQuota[], model: DashboardModel, room: number): readonly Span[] {
  const fit = Math.max(0, Math.floor(room / 2))
  const shown = others.length <= fit ? others.length : Math.max(0, fit - 2)
  const spans = others.slice(0, shown).map((other): Span => {
    return { text: `${meter(other.quota, model.ui.numbers)} `, tone: toneOf(other, model) }
  })
  const hidden = others.length - shown
  return hidden > 0 && room >= 3 ? [...spans, dim(`+${hidden}`)] : spans
}

function toneOf({ account, quota }: ShownQuota, { now }: DashboardModel) {
  return verdictTone(verdictOf(quota, now, isOutdated(account, now)))
}
