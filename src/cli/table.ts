import { displayWidth } from '../format/display-width.ts'
import { cutTo } from '../format/fit.ts'

export interface Column {
  readonly title: string
  /** Present: may be left out where the terminal is narrow; the highest number is left out first. */
  readonly dispensable?: number
  /** Present: may be cut with `…`, down to this width. */
  readonly least?: number
}

export interface Cell {
  readonly text: string
  /** Colours the text; must not change its width. */
  readonly paint?: (text: string) => string
  /** Cells that the text takes, where whoever made it knows: a long list has thousands to measure. */
  readonly width?: number
}

/** Which columns are shown and how wide each is. */
export interface Layout {
  readonly shown: readonly number[]
  readonly widths: readonly number[]
  /** Width of a whole row, gaps included. */
  readonly total: number
}

const GAP = 2

/** Fits columns into a width (null: as wide as the content): dispensable columns go first, then long texts are cut. */
export function layOut(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number | null): Layout {
  const natural = columns.map((column, index) => {
    const content = widestIn(rows, index)
    return content === 0 ? 0 : Math.max(content, displayWidth(column.title))
  })
  const shown = new Set(columns.map((_, index) => index).filter((index) => natural[index] !== 0))
  const total = (): number =>
    [...shown].reduce((sum, index) => sum + (natural[index] ?? 0), 0) + GAP * Math.max(0, shown.size - 1)
  if (width !== null) {
    dropToFit(columns, shown, () => total() > width)
    shrinkToFit(columns, natural, shown, total() - width)
  }
  const indices = [...shown].sort((a, b) => a - b)
  return { shown: indices, widths: indices.map((index) => natural[index] ?? 0), total: total() }
}

/** Rows often share a cell with the one before: it is measured once. */
function widestIn(rows: readonly (readonly Cell[])[], index: number): number {
  let widest = 0
  let last: Cell | undefined
  for (const row of rows) {
    const cell = row[index]
    if (cell === last) continue
    last = cell
    if (cell !== undefined && cell.text !== '') widest = Math.max(widest, cell.width ?? displayWidth(cell.text))
  }
  return widest
}

/** Leaves out what it must, then takes back what fits after all: a narrow column is not lost for a wide one. */
function dropToFit(columns: readonly Column[], shown: Set<number>, isTooWide: () => boolean): void {
  const dispensable = [...shown]
    .filter((index) => columns[index]?.dispensable !== undefined)
    .sort((a, b) => (columns[a]?.dispensable ?? 0) - (columns[b]?.dispensable ?? 0))
  for (const index of dispensable) shown.delete(index)
  for (const index of dispensable) {
    shown.add(index)
    if (isTooWide()) shown.delete(index)
  }
}

function shrinkToFit(columns: readonly Column[], widths: number[], shown: ReadonlySet<number>, excess: number): void {
  let left = excess
  while (left > 0) {
    let widest: number | null = null
    for (const index of shown) {
      const least = columns[index]?.least
      const width = widths[index] ?? 0
      if (least !== undefined && width > least && (widest === null || width > (widths[widest] ?? 0))) widest = index
    }
    if (widest === null) return
    widths[widest] = (widths[widest] ?? 0) - 1
    left -= 1
  }
}

/** One line of a table, without trailing blanks. */
export function renderRow(layout: Layout, cells: readonly Cell[]): string {
  let line = ''
  let blanks = 0
  for (let position = 0; position < layout.shown.length; position += 1) {
    const { text = '', paint, width: known } = cells[layout.shown[position] ?? 0] ?? {}
    const width = layout.widths[position] ?? 0
    if (text === '') {
      blanks += width + GAP
      continue
    }
    const natural = known ?? displayWidth(text)
    const cut = natural <= width ? text : cutTo(text, width)
    // Blanks stand outside the colours and are only written before something: none trails.
    if (cut !== '') line += ' '.repeat(blanks) + (paint === undefined ? cut : paint(cut))
    blanks = (cut === '' ? blanks : 0) + width - (cut === text ? natural : displayWidth(cut)) + GAP
  }
  return line.trimEnd()
}

/** The titles of the shown columns. */
export function renderTitles(layout: Layout, columns: readonly Column[], paint: (text: string) => string): string {
  return renderRow(
    layout,
    columns.map((column) => ({ text: column.title, paint })),
  )
}
