import { clean } from '../../format/clean.ts'
import type { InstantText } from '../../format/instant.ts'
import type { QuotaDocument } from '../../model/document.ts'
import { DAY_MS, type EpochMs, epochMs, fromIso, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../../model/time.ts'
import { landingRatio } from '../../model/verdict.ts'
import { BLANK, dim, type Line, plain, type Span, toWidth } from '../line.ts'
import type { Numbers } from './gauge.ts'
import type { QuotaPast } from './model.ts'

export interface GraphFacts {
  readonly quota: QuotaDocument
  readonly past: QuotaPast | null
  readonly now: EpochMs
  readonly numbers: Numbers
  readonly instant: InstantText
  readonly width: number
  readonly height: number
}

/** How far back a quota is looked at: long enough to see a few of its windows. */
export function pastSpanMs(quota: Pick<QuotaDocument, 'windowSeconds' | 'kind'>): number {
  if (quota.kind === 'balance' || quota.kind === 'spend') return 30 * DAY_MS
  const windowMs = (quota.windowSeconds ?? DAY_MS / SECOND_MS) * SECOND_MS
  if (windowMs <= 6 * HOUR_MS) return DAY_MS
  return Math.min(60 * DAY_MS, 2 * windowMs)
}

const AXIS_WIDTH = 5
const LEAST_SPAN_MS = 30 * MINUTE_MS
/** Braille dots of a cell, by column and row. */
const DOTS: readonly (readonly number[])[] = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
]

interface Scale {
  readonly from: EpochMs
  readonly to: EpochMs
  /** In dots. */
  readonly columns: number
  readonly rows: number
}

/**
 * The past of a quota as an area in braille, resets marked below, the forecast as dots from now on. Title and axis included:
 * `height` lines, at least five of them, else nothing.
 */
export function graph(facts: GraphFacts): readonly Line[] {
  const { quota, past, now, numbers, width, height } = facts
  const canvasHeight = height - 3
  const canvasWidth = width - AXIS_WIDTH
  if (canvasHeight < 2 || canvasWidth < 12) return []
  const title: Line = [
    { text: `${clean(quota.label)}`, bold: true },
    dim(`  ${numbers}, the last ${spanText(pastSpanMs(quota))}`),
  ]
  const known = past?.points.filter((point) => shareOf(point, numbers) !== null) ?? []
  if (known.length === 0) return emptyGraph(toWidth(title, width), height, past === null)
  const scale = scaleOf(quota, known[0]?.at ?? null, now, { columns: canvasWidth * 2, rows: canvasHeight * 4 })
  const dots = new Dots(scale)
  const nowColumn = dots.columnAt(now)
  drawPast(dots, known, now, numbers)
  drawForecast(dots, facts)
  const labels = ['100%', ...Array<string>(Math.max(0, canvasHeight - 2)).fill(''), '0%']
  if (canvasHeight >= 5) labels[Math.floor(canvasHeight / 2)] = '50%'
  const rows = dots.lines(Math.floor(nowColumn / 2)).map((spans, index) => {
    return [dim(`${(labels[index] ?? '').padStart(AXIS_WIDTH - 1)} `), ...spans]
  })
  return [toWidth(title, width), ...rows, resetLine(past?.resets ?? [], facts, scale), timeLine(facts, scale)]
}

function emptyGraph(title: Line, height: number, isAsking: boolean): readonly Line[] {
  const text = isAsking ? 'Looking at its history…' : 'No history yet: it is written while tokstat serve runs.'
  return [title, BLANK, [dim(`  ${text}`)], ...Array<Line>(Math.max(0, height - 3)).fill(BLANK)]
}

function spanText(ms: number): string {
  return ms <= 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`
}

type Shares = Pick<QuotaPast['points'][number], 'usedRatio' | 'remainingRatio'>

function shareOf(point: Shares, numbers: Numbers): number | null {
  return numbers === 'left' ? point.remainingRatio : point.usedRatio
}

/** The present window to its end, but never more than a third of the graph for what is to come. */
function scaleOf(
  quota: QuotaDocument,
  first: string | null,
  now: EpochMs,
  size: Pick<Scale, 'columns' | 'rows'>,
): Scale {
  // A history that has just begun fills the graph: an empty one would hide what there is.
  const known = now - (fromIso(first) ?? now)
  const span = Math.min(pastSpanMs(quota), Math.max(LEAST_SPAN_MS, known))
  const resetsAt = fromIso(quota.resetsAt)
  const ahead = resetsAt !== null && resetsAt > now ? Math.min(resetsAt - now, span / 2) : span / 20
  return { from: epochMs(now - span), to: plusMs(now, ahead), ...size }
}

class Dots {
  readonly #scale: Scale
  readonly #cells: Uint8Array
  readonly #width: number

  constructor(scale: Scale) {
    this.#scale = scale
    this.#width = scale.columns / 2
    this.#cells = new Uint8Array(this.#width * (scale.rows / 4))
  }

  columnAt(at: EpochMs): number {
    const { from, to, columns } = this.#scale
    return Math.floor(((at - from) / (to - from)) * (columns - 1))
  }

  rowOf(share: number): number {
    const { rows } = this.#scale
    return Math.round((1 - Math.min(1, Math.max(0, share))) * (rows - 1))
  }

  timeAt(column: number): EpochMs {
    const { from, to, columns } = this.#scale
    return epochMs(from + ((to - from) * column) / (columns - 1))
  }

  set(column: number, row: number): void {
    const { columns, rows } = this.#scale
    if (column < 0 || column >= columns || row < 0 || row >= rows) return
    const index = Math.floor(row / 4) * this.#width + Math.floor(column / 2)
    this.#cells[index] = (this.#cells[index] ?? 0) | (DOTS[column % 2]?.[row % 4] ?? 0)
  }

  /** An area: filled from the row down, for every column of the stretch. */
  fill(fromColumn: number, toColumn: number, row: number): void {
    for (let column = fromColumn; column <= toColumn; column += 1) {
      for (let at = row; at < this.#scale.rows; at += 1) this.set(column, at)
    }
  }

  /** What is before `nowCell` is what was; the rest is expected. */
  lines(nowCell: number): readonly (readonly Span[])[] {
    return Array.from({ length: this.#cells.length / this.#width }, (_, row) => {
      const cells = [...this.#cells.slice(row * this.#width, (row + 1) * this.#width)].map((cell) =>
        cell === 0 ? ' ' : String.fromCodePoint(0x2800 + cell),
      )
      return [
        { text: cells.slice(0, nowCell + 1).join(''), tone: 'accent' as const },
        { text: cells.slice(nowCell + 1).join(''), tone: 'amber' as const },
      ]
    })
  }
}

/** Each value holds until it is known better. */
function drawPast(dots: Dots, points: QuotaPast['points'], now: EpochMs, numbers: Numbers): void {
  let last: { readonly column: number; readonly row: number } | null = null
  for (const point of points) {
    const at = fromIso(point.at)
    const share = shareOf(point, numbers)
    if (at === null || share === null) continue
    const next = { column: dots.columnAt(at), row: dots.rowOf(share) }
    if (last !== null) dots.fill(Math.max(0, last.column), next.column - 1, last.row)
    last = next
  }
  if (last !== null) dots.fill(Math.max(0, last.column), dots.columnAt(now), last.row)
}

/** Dotted from now to the reset, along the pace that the forecast expects. */
function drawForecast(dots: Dots, { quota, now, numbers }: GraphFacts): void {
  const landing = landingRatio(quota, now)
  const resetsAt = fromIso(quota.resetsAt)
  if (landing === null || resetsAt === null || quota.usedRatio === null) return
  const first = dots.columnAt(now) + 2
  const last = dots.columnAt(resetsAt)
  for (let column = first; column <= last; column += 3) {
    const progress = Math.min(1, Math.max(0, (dots.timeAt(column) - now) / (resetsAt - now)))
    const used = quota.usedRatio + (landing - quota.usedRatio) * progress
    const share = numbers === 'left' ? 1 - used : used
    dots.set(column, dots.rowOf(share))
  }
}

/** `↺` below every reset that was, `┃` at now. */
function resetLine(resets: readonly EpochMs[], { now, width }: GraphFacts, scale: Scale): Line {
  const cells = Array<string>(width - AXIS_WIDTH).fill('─')
  const cellAt = (at: EpochMs): number => Math.floor(((at - scale.from) / (scale.to - scale.from)) * (cells.length - 1))
  for (const at of resets) if (at >= scale.from && at <= now) cells[cellAt(at)] = '↺'
  cells[cellAt(now)] = '┴'
  return [dim(`${' '.repeat(AXIS_WIDTH - 1)}└`), dim(cells.join('').slice(0, width - AXIS_WIDTH))]
}

function timeLine({ now, quota, instant, width }: GraphFacts, scale: Scale): Line {
  const cells = width - AXIS_WIDTH
  const from = instant(scale.from, now)
  const nowAt = Math.floor(((now - scale.from) / (scale.to - scale.from)) * (cells - 1))
  const resetsAt = fromIso(quota.resetsAt)
  const end = resetsAt !== null && resetsAt <= scale.to && resetsAt > now ? `resets ${instant(resetsAt, now)}` : ''
  const middle = Math.max(from.length + 2, nowAt - 1)
  const head = `${from}${' '.repeat(Math.max(1, middle - from.length))}now`
  const room = cells - head.length - 1
  const tail = end === '' || end.length > room ? '' : end.padStart(room + 1)
  return [plain(' '.repeat(AXIS_WIDTH)), dim(head + tail)]
}
