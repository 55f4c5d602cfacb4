/** A painted frame as a picture: SVG, so that a change of it can be read in a diff. */
import { displayWidth } from '../../src/format/display-width.ts'

const CELL_WIDTH = 8.4
const CELL_HEIGHT = 18
const FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
const MARGIN = 12

interface Look {
  readonly ink: string
  readonly paper: string | null
  readonly isBold: boolean
}

/** `lines`: painted by the dark or the light theme, which name every colour. */
export function terminalPicture(lines: readonly string[], columns: number, what: string): string {
  const paper = /48;2;(\d+);(\d+);(\d+)/.exec(lines[0] ?? '')
  if (paper === null) throw new Error('a picture needs a theme that names its colours')
  const background = hex(paper.slice(1))
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN)
  const height = lines.length * CELL_HEIGHT + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(what)}" font-family="${FONT}" font-size="14">`,
    `<rect width="100%" height="100%" rx="8" fill="${background}"/>`,
    ...lines.flatMap((line, row) => rowOf(line, MARGIN + row * CELL_HEIGHT, background)),
    '</svg>',
    '',
  ].join('\n')
}

function rowOf(line: string, top: number, background: string): readonly string[] {
  const drawn: string[] = []
  let base: Look = { ink: '', paper: null, isBold: false }
  let look = base
  let column = 0
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) {
      drawn.push(...runOf(part, look, column, top))
      column += displayWidth(part)
      continue
    }
    if (codes === '0') look = base
    else look = lookOf(codes, look, background)
    // The first sequence of a line is what every reset goes back to.
    if (base.ink === '') base = look
  }
  return drawn
}

function lookOf(codes: string, before: Look, background: string): Look {
  const colour = (layer: 38 | 48): string | null => {
    const found = new RegExp(`${layer};2;(\\d+);(\\d+);(\\d+)`).exec(codes)
    return found === null ? null : hex(found.slice(1))
  }
  const paper = colour(48)
  return {
    ink: colour(38) ?? before.ink,
    paper: paper === background ? null : (paper ?? before.paper),
    isBold: /(^|;)1(;|$)/.test(codes) || (before.isBold && !codes.includes('48;2')),
  }
}

function runOf(text: string, { ink, paper, isBold }: Look, column: number, top: number): readonly string[] {
  const size = displayWidth(text)
  if (size === 0) return []
  const x = round(MARGIN + column * CELL_WIDTH)
  const length = round(size * CELL_WIDTH)
  const rect =
    paper === null ? [] : [`<rect x="${x}" y="${top}" width="${length}" height="${CELL_HEIGHT}" fill="${paper}"/>`]
  if (text.trim() === '') return rect
  // A viewer joins plain blanks; those of braille are as wide as its dots, whatever the font.
  const shown = text.replaceAll(' ', /[\u2801-\u28ff]/.test(text) ? '\u2800' : '\u00a0')
  const weight = isBold ? ' font-weight="700"' : ''
  return [
    ...rect,
    `<text x="${x}" y="${top + 13}" fill="${ink}"${weight} textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(shown)}</text>`,
  ]
}

function hex(parts: readonly string[]): string {
  return `#${parts.map((part) => Number(part).toString(16).padStart(2, '0')).join('')}`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
