import { describe, expect, it } from 'vitest'
import { burnTrace, DAY_MS, epochMs, HOUR_MS, MINUTE_MS } from '../model/index.ts'
import { openDatabase } from './database.ts'
import { markResets, pointsOf } from './series.ts'
import { START, session, testHistory } from './testing.ts'

const NOTHING = { samples: [], cycles: new Map() }

describe('pointsOf', () => {
  it('reads a long range from roll-ups without losing a minimum, a maximum or a reset', () => {
    const history = testHistory()
    const values: number[] = []
    for (let step = 0; step < 600; step++) {
      const reset = START + (Math.floor((step * 10) / 1_440) + 1) * DAY_MS
      const used = Math.round(((step % 144) / 144) * 1_000) / 1_000
      values.push(used)
      history.poll([session(used, reset, { windowSeconds: 86_400 })], 10 * MINUTE_MS)
    }
    history.store.maintain(history.clock.now())
    history.store.close()
    const db = openDatabase(history.path)
    const all = { series: 1, since: START, until: history.clock.now(), points: 10_000 }
    const raw = pointsOf(db, all, NOTHING)
    expect(raw).toHaveLength(600)
    const rolled = pointsOf(db, { ...all, rawLimit: 50 }, NOTHING)
    expect(rolled.length).toBeLessThan(310)
    const known = rolled.map((point) => point.usedRatio ?? -1)
    expect(Math.max(...known)).toBe(Math.max(...values))
    expect(Math.min(...known)).toBe(Math.min(...values))
    expect(rolled.filter((point) => point.reset).map((point) => point.at)).toEqual(
      raw.filter((point) => point.reset).map((point) => point.at),
    )
    const times = rolled.map((point) => point.at)
    expect(times).toEqual([...times].sort((one, other) => one - other))
    const truth = new Map(raw.map((point) => [point.at, point.usedRatio]))
    expect(rolled.every((point) => truth.get(point.at) === point.usedRatio)).toBe(true)
    db.close()
  })

  it('burns by the hour what the samples burn, where only roll-ups are read', () => {
    const history = testHistory()
    for (let step = 0; step <= 12 * 24 * 3; step++) {
      const window = Math.floor(step / 60)
      history.poll([session(Math.round((step % 60) * 10) / 1_000, START + (window + 1) * 5 * HOUR_MS)])
    }
    history.store.maintain(history.clock.now())
    const now = history.clock.now()
    const ask = (rolled: boolean) =>
      history.store.series({ since: START, until: now, points: 20_000, rolled })[0]?.points ?? []
    expect(ask(true).length).toBeLessThan(ask(false).length / 3)
    const burned = (rolled: boolean) => burnTrace(ask(rolled), now).burned
    // Fourteen full windows of 0.59 each, and what stands of the fifteenth.
    const total = burned(true).reduce((sum, share) => sum + share, 0)
    expect(total).toBeCloseTo(
      burned(false).reduce((sum, share) => sum + share, 0),
      6,
    )
    expect(total).toBeCloseTo(14 * 0.59 + 0.24, 6)
    burned(false).forEach((share, hour) => {
      expect(burned(true)[hour], `hour ${hour}`).toBeCloseTo(share, 1)
    })
  })

  it('answers nothing, not an error, for an empty or upside-down range', () => {
    const history = testHistory()
    history.poll([session(0.5, null)])
    const { store } = history
    expect(store.series({ since: epochMs(START + HOUR_MS), points: 10 })[0]?.points).toEqual([])
    expect(store.series({ since: START, until: epochMs(START - 1), points: 10 })[0]?.points).toEqual([])
    expect(store.series({ points: 0 })[0]?.points).toHaveLength(1)
  })
})

describe('markResets', () => {
  it('marks the first point at or after a reset, once, and never the very first one', () => {
    const at = (minute: number) => epochMs(START + minute * MINUTE_MS)
    const points = [0, 10, 20, 30].map((minute) => ({
      at: at(minute),
      usedRatio: 0.5,
      remainingRatio: 0.5,
      used: null,
      remaining: null,
      limit: null,
      reset: false,
    }))
    const marked = markResets(points, [at(-5), at(12), at(15), at(30)])
    expect(marked.map((point) => point.reset)).toEqual([false, false, true, true])
  })
})
