import { ageText, agoText } from '../format/age.ts'
import { amountsOf } from '../format/amount.ts'
import { bar, barCells } from '../format/bar.ts'
import { clean } from '../format/clean.ts'
import { countdown } from '../format/countdown.ts'
import { displayWidth } from '../format/display-width.ts'
import type { InstantText } from '../format/instant.ts'
import { paceText } from '../format/pace.ts'
import { type QuotaStatus, quotaStatus } from '../format/status-words.ts'
import type { AccountDocument, QuotaDocument } from '../model/document.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { Paint } from './paint.ts'
import type { Cell, Column } from './table.ts'

/** What every view of quotas needs to turn them into cells. */
export interface RowContext {
  readonly now: EpochMs
  readonly instant: InstantText
  readonly paint: Paint
  /** The two cells of a reset, by its instant: the quotas of a long list come back at few of them. */
  readonly resets: Map<string, readonly [countdown: Cell, clock: Cell]>
  /** The cells of statuses, by what they say: a hundred shares, five words. */
  readonly statuses: Map<string, Cell>
}

/** A context for the rows of one view. */
export function rowContext(facts: Omit<RowContext, 'resets' | 'statuses'>): RowContext {
  return { ...facts, resets: new Map(), statuses: new Map() }
}

/** At 80 columns the pace goes first, then amounts, then the clock time of the reset; never the percent or its word. */
const QUOTA_COLUMNS: readonly Column[] = [
  { title: 'QUOTA', least: 8 },
  { title: '', dispensable: 0 },
  { title: 'LEFT' },
  { title: 'RESETS' },
  { title: 'AT', dispensable: 1 },
  { title: 'AMOUNT', dispensable: 2 },
  { title: 'PACE', dispensable: 3 },
]

/** The columns of `quotaCells`; `LEFT` stands over the values, which end at their width. */
export function quotaColumns(valueWidth: number): readonly Column[] {
  return QUOTA_COLUMNS.map((column) =>
    column.title === 'LEFT' ? { ...column, title: 'LEFT'.padStart(valueWidth) } : column,
  )
}

/** Whether an account's numbers are too old to pass for current, whatever its status says. */
export function isOld(account: AccountDocument, now: EpochMs): boolean {
  const staleAt = fromIso(account.staleAt)
  return staleAt !== null && staleAt <= now
}

/** The quotas that a person is shown: helper models only when asked for. */
export function shownQuotas(account: AccountDocument, allModels: boolean): readonly QuotaDocument[] {
  return allModels ? account.quotas : account.quotas.filter((quota) => !quota.helper)
}

/** Width of the widest value (`23%`, `$12.50`) in front of the marks, so that words stand under each other. */
export function valueWidthOf(accounts: readonly AccountDocument[], allModels: boolean): number {
  let widest = 4
  for (const account of accounts) {
    for (const quota of account.quotas) {
      // A share is at most `100%`.
      if ((quota.helper && !allModels) || quota.remainingRatio !== null) continue
      const { mark, value } = quotaStatus(quota)
      if (mark !== '') widest = Math.max(widest, displayWidth(value))
    }
  }
  return widest
}

/** One cell for all that is empty: a long list has thousands. */
const NOTHING: Cell = { text: '' }

/** The cells of one quota, in the order of `quotaColumns`. `isStale`: its account's numbers are old, see `isOld`. */
export function quotaCells(
  quota: QuotaDocument,
  isStale: boolean,
  valueWidth: number,
  context: RowContext,
): readonly Cell[] {
  const { paint } = context
  const status = quotaStatus(quota, isStale)
  const amounts = quota.remainingRatio === null ? null : amountsOf(quota)
  return [
    { text: clean(quota.label) },
    barCell(quota, status, paint),
    statusCell(status, valueWidth, context),
    ...resetCells(quota.resetsAt, context),
    // Without a share the amount already stands in front of the status.
    amounts === null ? NOTHING : { text: clean(amounts), paint: paint.dim },
    quota.forecast === null ? NOTHING : { text: paceText(quota) },
  ]
}

function resetCells(resetsAt: string | null, context: RowContext): readonly [countdown: Cell, clock: Cell] {
  const known = context.resets.get(resetsAt ?? '')
  if (known !== undefined) return known
  const { now, instant, paint } = context
  const at = fromIso(resetsAt)
  const cells = [
    at === null ? { text: countdown(null, now), paint: paint.dim } : { text: countdown(at, now) },
    at === null || at <= now ? NOTHING : { text: instant(at, now), paint: paint.dim },
  ] as const
  context.resets.set(resetsAt ?? '', cells)
  return cells
}

const BAR_WIDTH = bar(0).length

/** A bar for what has a share, dots for what is unknown, nothing for amounts that have no limit. */
function barCell(quota: QuotaDocument, status: QuotaStatus, paint: Paint): Cell {
  if (quota.kind === 'balance' || quota.kind === 'spend' || quota.kind === 'count') {
    if (quota.remainingRatio === null) return NOTHING
  }
  const ratio = quota.due || quota.unlimited ? null : quota.remainingRatio
  if (ratio === null) return { text: quota.unlimited ? '' : bar(null), paint: paint.dim }
  if (paint.isPlain) return { text: bar(ratio), width: BAR_WIDTH }
  const { filled } = barCells(ratio)
  return {
    text: bar(ratio),
    width: BAR_WIDTH,
    paint: (text) => paint.tone(status.tone, text.slice(0, filled)) + paint.dim(text.slice(filled)),
  }
}

/** `  23% 🔴 LOW`: values end, marks and words begin in the same columns. */
function statusCell({ value, mark, word, tone }: QuotaStatus, valueWidth: number, context: RowContext): Cell {
  const key = `${valueWidth} ${value} ${mark} ${word} ${tone}`
  const known = context.statuses.get(key)
  if (known !== undefined) return known
  const prefixWidth = valueWidth + 3
  const prefix = value === '' || mark === '' ? value + mark : `${value} ${mark}`
  const text = `${' '.repeat(Math.max(0, prefixWidth - displayWidth(prefix)))}${prefix} ${word}`
  const cell = { text, paint: context.paint.inTone[tone], width: displayWidth(text) }
  context.statuses.set(key, cell)
  return cell
}

/** `3 min ago`, for a column of ages; empty without a reading. */
export function agoCell(account: AccountDocument, { now, paint }: RowContext): Cell {
  const observedAt = fromIso(account.observedAt)
  return observedAt === null
    ? NOTHING
    : {
        text: `${agoText(now - observedAt)} ago`,
        paint: paint.inTone[isOld(account, now) ? 'amber' : 'grey'],
      }
}

/** `as of 3 min ago`, amber when too old. */
export function agePainted(account: AccountDocument, { now, paint }: RowContext): string {
  return paint.tone(isOld(account, now) ? 'amber' : 'grey', ageText(fromIso(account.observedAt), now))
}
