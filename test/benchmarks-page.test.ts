import { describe, expect, it } from 'vitest'
import { benchmarksPage } from '../bench/page.ts'
import { inTurn, median, type Row } from '../bench/row.ts'

const MACHINE = { cpu: 'A | B', cores: 2, node: '24.0.0', date: '2026-11-24' }
const ORDER = ['start', 'cached']

function row(bench: string, ratio: number, held = true): Row {
  return { bench, what: `what of ${bench}`, figure: '30 ms', against: '20 ms', ratio, budget: '2 ×', held }
}

describe('the page of the benchmarks', () => {
  it('says what was measured, against what, and whether the budget is met', () => {
    const page = benchmarksPage('', [row('cached', 1.5), row('start', 3, false)], MACHINE, ORDER)
    const lines = page.split('\n').filter((line) => /^\| (start|cached) /.test(line))
    expect(lines).toEqual([
      '| start | what of start | 30 ms | 20 ms | 3.00 × | 2 × | **no** | 2026-11-24, A \\| B, 2 cores, Node 24.0.0 |',
      '| cached | what of cached | 30 ms | 20 ms | 1.50 × | 2 × | yes | 2026-11-24, A \\| B, 2 cores, Node 24.0.0 |',
    ])
  })

  it('keeps the rows of what was not run now, and drops benches that are no more', () => {
    const before = benchmarksPage('', [row('start', 1.1), row('gone', 9), row('cached', 1.2)], MACHINE, [
      ...ORDER,
      'gone',
    ])
    const after = benchmarksPage(before, [row('cached', 1.9)], { ...MACHINE, date: '2026-12-01' }, ORDER)
    expect(after).toContain('| 1.10 × |')
    expect(after).toContain('| 1.90 × |')
    expect(after).not.toContain('| 1.20 × |')
    expect(after).not.toContain('| gone |')
    expect(after).toContain('2026-11-24')
    expect(after).toContain('2026-12-01')
  })
})

describe('measuring in turn', () => {
  it('takes the median of the pairs, so that one busy moment changes nothing', async () => {
    const ours = [10, 1000, 12]
    const other = [10, 10, 10]
    const measured = await inTurn(
      3,
      async () => ours.shift() ?? 0,
      async () => other.shift() ?? 0,
    )
    expect(measured).toEqual({ ours: 12, other: 10, ratio: 1.2 })
  })

  it('halves between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([])).toBeNaN()
  })
})
