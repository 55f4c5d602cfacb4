import { displayWidth } from '../format/display-width.ts'
import { cutTo } from '../format/fit.ts'
import type { Tone } from '../format/status-words.ts'

/** How a piece of a line looks; a theme makes colours of it. */
export interface Span {
  readonly text: string
  /** `line`: rules and the empty part of a bar, which need not be read. */
  readonly tone?: Tone | 'accent' | 'line'
  readonly bold?: boolean
  readonly dim?: boolean
  /** The chosen row. */
  readonly chosen?: boolean
}

/** One line of the screen. Lines are made to measure, because Ink clips nothing. */
export type Line = readonly Span[]

export const BLANK: Line = []

export function plain(text: string): Span {
  return { text }
}

export function dim(text: string): Span {
  return { text, dim: true }
}

export function rule(text: string): Span {
  return { text, tone: 'line' }
}

export function widthOf(line: Line): number {
  return line.reduce((sum, span) => sum + displayWidth(span.text), 0)
}

/** Exactly `width` cells: cut with `…`, or padded on the right in the look of `padding`. */
export function toWidth(line: Line, width: number, padding: Omit<Span, 'text'> = {}): Line {
  const spans: Span[] = []
  let left = Math.max(0, width)
  for (const span of line) {
    const size = displayWidth(span.text)
    if (size > left) {
      const text = cutTo(span.text, left)
      spans.push({ ...span, text })
      left -= displayWidth(text)
      break
    }
    spans.push(span)
    left -= size
  }
  return left > 0 ? [...spans, { ...padding, text: ' '.repeat(left) }] : spans
}

/** Two ends of a line with blanks between; the right one stays whole, the left one is cut. */
export function spread(left: Line, right: Line, width: number): Line {
  const rightWidth = widthOf(right)
  if (rightWidth >= width) return toWidth(left, width)
  return [...toWidth(left, width - rightWidth - 1), plain(' '), ...right]
}

/** A whole line as the chosen one. */
export function asChosen(line: Line): Line {
  return line.map((span) => ({ ...span, chosen: true }))
}

/** `height` lines: those around the one that must be seen, then blank ones. */
export function windowOf<Item>(
  items: readonly Item[],
  at: number,
  height: number,
): { readonly from: number; readonly shown: readonly Item[] } {
  if (items.length <= height) return { from: 0, shown: items }
  const from = Math.min(Math.max(0, at - Math.floor(height / 2)), items.length - height)
  return { from, shown: items.slice(from, from + height) }
}

/** Made exactly `height` lines long. */
export function fill(lines: readonly Line[], height: number): readonly Line[] {
  return Array.from({ length: Math.max(0, height) }, (_, index) => lines[index] ?? BLANK)
}

export function textOf(line: Line): string {
  return line.map((span) => span.text).join('')
}
