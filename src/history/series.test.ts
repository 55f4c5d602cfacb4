import { describe, expect, it } from 'vitest'
import { DAY_MS, epochMs, HOUR_MS, MINUTE_MS } from '../model/index.ts'
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
