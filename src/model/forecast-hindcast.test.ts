import { describe, expect, it } from 'vitest'
import type { UsagePoint } from './burn.ts'
import { hindcast } from './forecast-hindcast.ts'
import type { CycleFacts } from './forecast-score.ts'
import { scorePredictions } from './forecast-score.ts'
import { epochMs, HOUR_MS } from './time.ts'

const START = Date.UTC(2026, 0, 5)
const WEEKS = 8

/** Every odd week runs out on its last day; work is done on weekdays from nine to five. */
function past(): { readonly points: readonly UsagePoint[]; readonly cycles: readonly CycleFacts[] } {
  const points: UsagePoint[] = []
  const cycles: CycleFacts[] = []
  for (let week = 0; week < WEEKS; week++) {
    let used = 0
    for (let hour = 0; hour < 168; hour++) {
      points.push({ at: epochMs(START + (week * 168 + hour) * HOUR_MS), usedRatio: Math.min(1, used) })
      const works = hour < 120 && hour % 24 >= 9 && hour % 24 < 17
      if (works) used += week % 2 ? 0.027 : 0.02
    }
    const startedAt = epochMs(START + week * 168 * HOUR_MS)
    const endedAt = epochMs(startedAt + 168 * HOUR_MS)
    const peak = Math.min(1, used)
    cycles.push({ startedAt, endedAt, resetsAt: endedAt, peakUsedRatio: peak, endUsedRatio: peak, ended: 'reset' })
  }
  return { points, cycles }
}

const input = (facts: ReturnType<typeof past>) => ({
  account: 'a',
  quota: 'weekly',
  moments: [0.3, 0.6, 0.9],
  ...facts,
})

describe('hindcast', () => {
  it('grades every model that could speak in past cycles', () => {
    const predictions = hindcast(input(past()))
    const linear = predictions.filter((one) => one.model === 'linear')
    const rhythm = predictions.filter((one) => one.model === 'rhythm')
    // The four heavy weeks are spent by their last moment, when there is nothing left to predict.
    expect(linear).toHaveLength(WEEKS * 3 - 4)
    expect(rhythm.length).toBeGreaterThan(9)
    expect(rhythm.length).toBeLessThan(WEEKS * 3)
    expect(scorePredictions(linear)).toMatchObject({ count: 20, cycles: 8 })
  })

  it('knows at each moment only what was known then', () => {
    const whole = past()
    const half = { points: whole.points.slice(0, 4 * 168), cycles: whole.cycles.slice(0, 4) }
    const early = hindcast(input(half))
    expect(hindcast(input(whole)).slice(0, early.length)).toEqual(early)
  })

  it('passes over cycles that did not go to their end', () => {
    const { points, cycles } = past()
    const cut = cycles.map((cycle, week) => (week === 2 ? { ...cycle, ended: 'early_reset' as const } : cycle))
    const open = [...cut.slice(0, 7), { ...cut[7], ended: null, endedAt: null } as CycleFacts]
    expect(hindcast(input({ points, cycles: open })).filter((one) => one.model === 'linear')).toHaveLength(6 * 3 - 3)
    expect(hindcast(input({ points: [], cycles: [] }))).toEqual([])
  })
})
