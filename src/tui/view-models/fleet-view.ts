import { clean } from '../../format/clean.ts'
import { BLANK, dim, fill, type Line, plain, toWidth, windowOf } from '../line.ts'
import { type FleetAccount, fleetAccount } from './fleet-account.ts'
import { blockLines } from './fleet-blocks.ts'
import { fleetRow, fleetRowLayout, fleetTitles } from './fleet-rows.ts'
import { tableLines } from './fleet-table.ts'
import { type AccountRow, type DashboardModel, selectedRow } from './model.ts'

/** Narrower than this a column of accounts cannot say name, quota, bar, value and reset. */
const LEAST_COLUMN = 76
const GAP = 3
/** Fewer lines than this leave none for titles. */
const LEAST_FOR_TITLES = 10

/**
 * Every account at once, with as much of each as there is room for: every quota on a line of its own below the
 * account's, else beside its name, else all of an account on one line; each in as many columns as it takes.
 */
export function fleetView(
  model: DashboardModel,
  rows: readonly AccountRow[],
  columns: number,
  height: number,
): readonly Line[] {
  if (rows.length === 0) return fill([[dim(` Nothing fits "${clean(model.ui.filter)}".  Esc shows all.`)]], height)
  const accounts = rows.map(fleetAccount)
  const chosen = selectedRow(rows, model.ui)
  const count = Math.min(mostColumns(columns), accounts.length)
  const width = Math.floor((columns - GAP * (count - 1)) / count)
  const quotas = accounts.reduce((sum, { lines }) => sum + lines.length, 0)
  const room = count * height
  // What cannot fit is not drawn to find that out: this happens every second.
  const blocks = quotas + 2 * accounts.length - count > room ? null : blockLines(accounts, chosen, model, width)
  const grid = { count, width, height }
  const inBlocks = blocks === null ? null : inColumns(blocks, { ...grid, between: 1 })
  if (inBlocks !== null) return inBlocks
  const table = Math.max(quotas, accounts.length) > room ? null : tableLines(accounts, chosen, model, width)
  const inTable = table === null ? null : inColumns(table, { ...grid, between: 0 })
  return inTable ?? inRows(accounts, chosen, model, columns, height)
}

function mostColumns(columns: number): number {
  return Math.max(1, Math.floor((columns + GAP) / (LEAST_COLUMN + GAP)))
}

interface Grid {
  readonly count: number
  readonly width: number
  readonly height: number
  /** Blank lines between two accounts. */
  readonly between: 0 | 1
}

/** All of them in sight, none torn apart, in columns as even as they get. Null: there is no room for that. */
function inColumns(blocks: readonly (readonly Line[])[], grid: Grid): readonly Line[] | null {
  const { count, width, height, between } = grid
  const total = blocks.reduce((sum, block) => sum + block.length + between, 0) - between
  const tallest = Math.max(...blocks.map((block) => block.length))
  for (let tall = Math.max(tallest, Math.ceil(total / count)); tall <= height; tall += 1) {
    const filled = packed(blocks, tall, between)
    if (filled.length <= count) return beside(filled, width, height)
  }
  return null
}

/** Blocks in columns of at most `tall` lines. */
function packed(
  blocks: readonly (readonly Line[])[],
  tall: number,
  between: Grid['between'],
): readonly (readonly Line[])[] {
  const columns: Line[][] = [[]]
  for (const block of blocks) {
    const last = columns.at(-1) ?? []
    const gap = last.length === 0 ? [] : Array<Line>(between).fill(BLANK)
    if (last.length + gap.length + block.length > tall) columns.push([...block])
    else last.push(...gap, ...block)
  }
  return columns
}

/** One line an account; the list is windowed where even that is too long. */
function inRows(
  accounts: readonly FleetAccount[],
  chosen: AccountRow | null,
  model: DashboardModel,
  columns: number,
  height: number,
): readonly Line[] {
  const titles = height >= LEAST_FOR_TITLES ? 1 : 0
  const room = height - titles
  const count = Math.min(mostColumns(columns), Math.ceil(accounts.length / Math.max(1, room)))
  const isLong = accounts.length > count * room
  const tall = isLong ? room - 1 : Math.ceil(accounts.length / count)
  const at = accounts.findIndex(({ row }) => row === chosen)
  const { from, shown } = windowOf(accounts, Math.max(0, at), count * tall)
  const width = Math.floor((columns - GAP * (count - 1)) / count)
  const layout = fleetRowLayout(accounts, model, width)
  const drawn = Array.from({ length: count }, (_, column) => [
    ...(titles === 1 ? [fleetTitles(layout, model)] : []),
    ...shown
      .slice(column * tall, (column + 1) * tall)
      .map((account) => fleetRow(account, account.row === chosen, layout, model)),
  ])
  if (!isLong) return beside(drawn, width, height)
  const below = accounts.length - from - shown.length
  const hint = [from > 0 ? `↑ ${from}` : '', below > 0 ? `↓ ${below}` : ''].filter((part) => part !== '').join('  ')
  return [...beside(drawn, width, height - 1), [dim(` ${hint} more`)]]
}

/** Columns side by side, exactly `height` lines. */
function beside(columns: readonly (readonly Line[])[], width: number, height: number): readonly Line[] {
  return Array.from({ length: height }, (_, index): Line => {
    return columns.flatMap((column, place) => {
      const line = toWidth(column[index] ?? BLANK, width)
      return place === 0 ? line : [plain(' '.repeat(GAP)), ...line]
    })
  })
}
