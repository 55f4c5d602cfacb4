/**
 * A frame of the terminal as text that can be reviewed: what it says, then how each cell looks, one letter a cell.
 * What colour a letter is in each theme stands in test/golden/dashboard/themes.txt.
 */
import { displayWidth } from '../../src/format/display-width.ts'
import type { Line, Span } from '../../src/tui/line.ts'

const LETTERS = { accent: 'a', line: 'l', fine: 'f', amber: 'y', red: 'r', grey: 'g' } as const
const LEGEND = 'a accent · l line · d dim · f fine · y amber · r red · g grey · capitals bold · b plain bold'

export function drawnFrame(lines: readonly Line[]): string {
  const text = lines.map((line) => line.map((span) => span.text).join('')).map((line) => line.trimEnd())
  const looks = lines.map((line) => line.map(lettersOf).join('').trimEnd())
  const chosen = lines.flatMap((line, index) => chosenCells(line).map((cells) => `${index + 1}:${cells}`))
  return [...text, `~~~ ${LEGEND}`, ...looks, `~~~ chosen cells: ${chosen.join(' ') || 'none'}`, ''].join('\n')
}

function lettersOf(span: Span): string {
  const letter =
    span.tone === undefined ? (span.dim === true ? 'd' : span.bold === true ? 'b' : ' ') : LETTERS[span.tone]
  const shown = span.bold === true && letter !== 'b' ? letter.toUpperCase() : letter
  return shown.repeat(displayWidth(span.text))
}

/** Stretches of the chosen row, as `first-last` from 1. */
function chosenCells(line: Line): readonly string[] {
  const cells = line.flatMap((span) => Array<boolean>(displayWidth(span.text)).fill(span.chosen === true))
  const first = cells.indexOf(true)
  return first < 0 ? [] : [`${first + 1}-${cells.lastIndexOf(true) + 1}`]
}

/** The same of lines that are coloured already by the 16 colours of the command line. */
export function drawnAnsi(lines: readonly string[]): string {
  return drawnFrame(lines.map(spansOf))
}

const CODES: Readonly<Record<string, Partial<Span>>> = {
  '1': { bold: true },
  '32': { tone: 'fine' },
  '33': { tone: 'amber' },
  '31': { tone: 'red' },
  '90': { dim: true },
}

function spansOf(line: string): Line {
  const spans: Span[] = []
  let look: Partial<Span> = {}
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    const code = /^\u001b\[(\d+)m$/.exec(part)?.[1]
    if (code === undefined) spans.push({ ...look, text: part })
    else if (code === '22' || code === '39') look = {}
    else if (CODES[code] === undefined) throw new Error(`no look is known for SGR ${code}`)
    else look = { ...look, ...CODES[code] }
  }
  return spans
}
