/** One line of the table: a figure of ours against something outside the project, measured in the same run. */
export interface Row {
  /** The name that `--only` takes. */
  readonly bench: string
  readonly what: string
  /** Ours, with its unit. */
  readonly figure: string
  /** What it is held against, with its unit. */
  readonly against: string
  /** Ours through the other; null where the budget is an amount. */
  readonly ratio: number | null
  readonly budget: string
  readonly held: boolean
}

export interface BenchOptions {
  /** Fewer rounds and smaller amounts: to see that it works, not to publish. */
  readonly quick: boolean
}

export interface Bench {
  readonly name: string
  run(options: BenchOptions): Promise<readonly Row[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Two measurements in turn (A B A B), so that what else the machine does weighs on both. */
export async function inTurn(
  rounds: number,
  ours: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ readonly ours: number; readonly other: number; readonly ratio: number }> {
  const a: number[] = []
  const b: number[] = []
  for (let round = 0; round < rounds; round++) {
    a.push(await ours())
    b.push(await other())
  }
  // The median of the pairs, not the pair of medians: a busy minute then counts once.
  return { ours: median(a), other: median(b), ratio: median(a.map((value, index) => value / (b[index] ?? Number.NaN))) }
}

export function ms(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 100 ? 1 : 0)} ms`
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
