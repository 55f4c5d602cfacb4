import { amountText } from '../../format/amount.ts'
import { barCells } from '../../format/bar.ts'
import { leftText, usedText } from '../../format/percent.ts'
import type { Tone } from '../../format/status-words.ts'
import type { QuotaDocument } from '../../model/document.ts'
import { windowSpan } from '../../model/pace.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import { landingRatio } from '../../model/verdict.ts'
import { rule, type Span } from '../line.ts'

/** What a gauge shows: how much is left, or how much is used. */
export type Numbers = 'left' | 'used'

export interface GaugeFacts {
  readonly quota: QuotaDocument
  readonly now: EpochMs
  readonly width: number
  readonly numbers: Numbers
  readonly tone: Tone
}

/**
 * A bar, thin so that those of two lines never melt into one: filled by what is left (or used), with a tick `│` where an even burn of the window would be now and a notch
 * `╎` where the forecast lands at the reset. Dots for what is not known, nothing for what has no limit.
 */
export function gauge(facts: GaugeFacts): readonly Span[] {
  const { quota, now, width, numbers, tone } = facts
  const ratio = ratioOf(quota, numbers)
  if (ratio === null) return [{ text: (hasBar(quota) ? '·' : ' ').repeat(width), dim: true }]
  const { filled } = barCells(ratio, width)
  const cells = Array.from({ length: width }, (_, index) => (index < filled ? '━' : '─'))
  const marks = new Map<number, string>()
  mark(marks, landing(facts), width, '╎')
  mark(marks, evenBurn(quota, now, numbers), width, '│')
  return runs(
    cells.map((cell, index) => {
      const sign = marks.get(index)
      if (sign !== undefined) return { text: sign, bold: true }
      return cell === '━' ? { text: cell, tone } : rule(cell)
    }),
  )
}

function mark(marks: Map<number, string>, ratio: number | null, width: number, sign: string): void {
  if (ratio === null || width < 8) return
  marks.set(Math.min(width - 1, Math.max(0, Math.floor(ratio * width))), sign)
}

function hasBar({ kind, unlimited }: QuotaDocument): boolean {
  return !unlimited && kind !== 'balance' && kind !== 'spend' && kind !== 'count'
}

function ratioOf(quota: QuotaDocument, numbers: Numbers): number | null {
  if (quota.due || quota.unlimited) return null
  return numbers === 'left' ? quota.remainingRatio : quota.usedRatio
}

/** Where the bar would end, were the window burned evenly. Null: the window's length is not known. */
function evenBurn(quota: QuotaDocument, now: EpochMs, numbers: Numbers): number | null {
  const { startsAt, resetsAt } = windowSpan(
    { resetsAt: fromIso(quota.resetsAt), windowSeconds: quota.windowSeconds },
    [],
  )
  if (startsAt === null || resetsAt === null || now <= startsAt || now >= resetsAt || quota.due) return null
  const elapsed = (now - startsAt) / (resetsAt - startsAt)
  return numbers === 'left' ? 1 - elapsed : elapsed
}

function landing({ quota, now, numbers }: GaugeFacts): number | null {
  const used = landingRatio(quota, now)
  if (used === null) return null
  const shown = Math.min(1, Math.max(0, used))
  return numbers === 'left' ? 1 - shown : shown
}

/** No full block: those of two lines would melt into one. */
const HEIGHTS = '▁▂▃▄▅▆▇'

/** A bar of one cell: as high as what is left (or used). `×` spent, `∞` no limit, `$` an amount, `·` not known. */
export function meter(quota: QuotaDocument, numbers: Numbers): string {
  if (quota.unlimited) return '∞'
  if (quota.level === 'exhausted') return '×'
  const ratio = ratioOf(quota, numbers)
  if (ratio === null) return quota.kind === 'balance' && quota.remaining !== null ? '$' : '·'
  return HEIGHTS[Math.min(HEIGHTS.length - 1, Math.max(0, Math.floor(ratio * HEIGHTS.length)))] ?? '·'
}

/** Neighbours of one look become one span. */
function runs(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    const isSame = last !== undefined && last.tone === span.tone && last.dim === span.dim && last.bold === span.bold
    if (isSame) joined[joined.length - 1] = { ...last, text: last.text + span.text }
    else joined.push(span)
  }
  return joined
}

/** `31% left`, `69% used`, `$3.20 left`, `limit reached`, `resetting…`, `no limit`, `unknown`: always with its word. */
export function valueText(quota: QuotaDocument, numbers: Numbers): string {
  if (quota.unlimited) return 'no limit'
  if (quota.due) return 'resetting…'
  const ratio = ratioOf(quota, numbers)
  if (ratio !== null) return numbers === 'left' ? leftText(ratio) : usedText(ratio)
  if (numbers === 'used' && quota.used !== null) return `${amountText(quota.used, quota.unit)} used`
  if (quota.remaining !== null) return `${amountText(quota.remaining, quota.unit)} left`
  if (quota.used !== null) return `${amountText(quota.used, quota.unit)} ${quota.kind === 'spend' ? 'spent' : 'used'}`
  return 'unknown'
}
