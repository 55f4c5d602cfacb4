/** Keeps 0.7 * 10 = 6.999999999999999 from losing a cell (contracts section 2). */
const GUARD = 1e-7

export interface BarCells {
  readonly filled: number
  readonly empty: number
}

/** How many of `width` cells a ratio fills; overage fills all of them, nothing breaks the bar. */
export function barCells(ratio: number, width = 10): BarCells {
  const filled = Math.min(width, Math.max(0, Math.floor(ratio * width + GUARD)))
  return { filled, empty: width - filled }
}

const WIDTH = 10
const BARS = Array.from({ length: WIDTH + 1 }, (_, filled) => '█'.repeat(filled) + '░'.repeat(WIDTH - filled))

/** `██░░░░░░░░` for 0.23; dots when the ratio is unknown, because an empty bar would say "nothing left". */
export function bar(ratio: number | null, width = 10): string {
  if (ratio === null || Number.isNaN(ratio)) return '·'.repeat(width)
  const { filled, empty } = barCells(ratio, width)
  return (width === WIDTH ? BARS[filled] : undefined) ?? '█'.repeat(filled) + '░'.repeat(empty)
}
