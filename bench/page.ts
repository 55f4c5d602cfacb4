/** docs/benchmarks.md: what was measured last, bench by bench. */
import type { Row } from './row.ts'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** `2026-11-24` */
  readonly date: string
}

const HEADER = `# Benchmarks

<!-- Written by \`npm run bench -- --write\`; do not edit. -->

Each figure of ours stands beside something outside the project that was measured in the same run, in turns (A B A B);
figures are medians. The ratio is what counts: it is the same on a slow machine. \`npm run bench\` prints the table,
\`--only NAME\` runs one bench, \`--quick\` fewer rounds, \`--write\` renews the rows of what was run.
`

const COLUMNS = ['bench', 'what', 'tokstat', 'against', 'ratio', 'budget', 'met', 'measured on'] as const

/** The page with these rows; rows of benches that are not among `ran` are kept from the page as it was. */
export function benchmarksPage(
  before: string,
  rows: readonly Row[],
  machine: Machine,
  order: readonly string[],
): string {
  const ran = new Set(rows.map((row) => row.bench))
  const kept = before.split('\n').filter((line) => {
    const bench = /^\| ([\w-]+) \|/.exec(line)?.[1]
    return bench !== undefined && order.includes(bench) && !ran.has(bench)
  })
  const on = `${machine.date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`
  const lines = [...kept, ...rows.map((row) => lineOf(row, on))]
  const place = (line: string): number => order.indexOf(/^\| ([\w-]+) \|/.exec(line)?.[1] ?? '')
  lines.sort((one, other) => place(one) - place(other))
  return [HEADER, `| ${COLUMNS.join(' | ')} |`, `|${'---|'.repeat(COLUMNS.length)}`, ...lines, ''].join('\n')
}

function lineOf(row: Row, on: string): string {
  const ratio = row.ratio === null ? '–' : `${row.ratio.toFixed(2)} ×`
  const cells = [row.bench, row.what, row.figure, row.against, ratio, row.budget, row.held ? 'yes' : '**no**', on]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
