import { describe, expect, it } from 'vitest'
import { backtest, figuresOf, type Judged, reliability, timeCoverage } from '../bench/forecast-backtest.ts'
import { corpus, makeTrace } from '../bench/forecast-corpus.ts'
import { plot } from '../bench/forecast-plot.ts'

/** One user of each habit, window and size of limit: a sixth of what docs/forecast.md is made of. */
const judged = corpus([21]).flatMap((spec) => backtest(spec))
const shown = judged.filter((one) => one.shown !== null)

function inWindow(window: 'session' | 'weekly', some: readonly Judged[] = shown): readonly Judged[] {
  return some.filter((one) => one.spec.window === window)
}

describe('the forecast, on users whose truth is known', () => {
  it.each(['session', 'weekly'] as const)('holds the truth in about 80 of 100 of its 80 %% intervals: %s', (window) => {
    const { coverage, open } = figuresOf(inWindow(window))
    expect(open).toBeGreaterThan(500)
    expect(coverage).toBeGreaterThan(0.7)
    expect(coverage).toBeLessThan(0.9)
  })

  it.each(['session', 'weekly'] as const)('beats a straight line and the base rate: %s', (window) => {
    const { brier, straightLineBrier, baseRateBrier } = figuresOf(inWindow(window))
    expect(brier).toBeLessThan(straightLineBrier * 0.9)
    expect(brier).toBeLessThan(baseRateBrier * 0.9)
  })

  it('names the instants between which it runs out, where it names both', () => {
    const { coverage, count } = timeCoverage(shown)
    expect(count).toBeGreaterThan(200)
    expect(coverage).toBeGreaterThan(0.65)
    expect(coverage).toBeLessThan(0.92)
  })

  it('is better with the model it chose than with the linear one', () => {
    const chosenAt = new Set(shown.map((one) => `${JSON.stringify(one.spec)} ${one.madeAt}`))
    const linear = judged.filter(
      (one) => one.model === 'linear' && chosenAt.has(`${JSON.stringify(one.spec)} ${one.madeAt}`),
    )
    expect(figuresOf(shown).brier).toBeLessThan(figuresOf(linear).brier)
    expect(shown.some((one) => one.model === 'rhythm')).toBe(true)
    expect(shown.some((one) => one.model === 'average')).toBe(true)
  })

  it('learns who works on weekdays: clearly better than linear over a week', () => {
    const weekdays = corpus([21, 22, 23]).filter((spec) => spec.window === 'weekly' && spec.habit === 'weekday')
    const all = weekdays.flatMap((spec) => backtest(spec))
    const rhythm = all.filter((one) => one.model === 'rhythm')
    const moments = new Set(rhythm.map((one) => `${JSON.stringify(one.spec)} ${one.madeAt}`))
    const linear = all.filter(
      (one) => one.model === 'linear' && moments.has(`${JSON.stringify(one.spec)} ${one.madeAt}`),
    )
    expect(figuresOf(rhythm).brier).toBeLessThan(figuresOf(linear).brier * 0.85)
  })

  it('means what it says: the more likely it said, the more often it ran out', () => {
    const bins = reliability(shown).filter((bin) => bin.count >= 50)
    expect(bins.length).toBeGreaterThan(4)
    for (const bin of bins) expect(Math.abs(bin.said - bin.happened)).toBeLessThan(0.2)
  })
})

describe('the corpus', () => {
  it('is the same in every run, and its truth goes beyond the wall', () => {
    const spec = { habit: 'bursty', window: 'session', room: 0.7, seed: 5 } as const
    const trace = makeTrace(spec)
    expect(makeTrace(spec).points).toEqual(trace.points)
    const walled = trace.cycles.filter((cycle) => cycle.peakUsedRatio === 1)
    expect(walled.length).toBeGreaterThan(0)
    for (const { startedAt, endedAt } of walled) {
      expect(trace.wanted(startedAt, endedAt ?? startedAt)).toBeGreaterThanOrEqual(1 - 1e-9)
    }
  })

  it('has hours at which nobody looked', () => {
    const { points } = makeTrace({ habit: 'steady', window: 'session', room: 1, seed: 5 })
    const gaps = points.filter((point, index) => index > 0 && point.at - (points[index - 1]?.at ?? 0) > 3_600_000)
    expect(gaps.length).toBeGreaterThan(0)
  })
})

describe('the plot', () => {
  it('is plain SVG with words for those who cannot see it, in light and dark', () => {
    const svg = plot(reliability(shown), [{ label: '5 h, shown', value: 0.03, ours: true }])
    expect(svg).toMatch(/^<svg [^>]*role="img"/)
    expect(svg).toContain('<title id="t">')
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})
