import { describe, expect, it } from 'vitest'
import { epochMs, type Forecast, type PointDocument } from '../../../src/model/index.ts'
import { quota } from '../testing.ts'
import { type ChartInput, chartFacts, coneOf, marksOn } from './chart-facts.ts'
import { rangeOf } from './ranges.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
const forecast: Forecast = {
  account: 'claude/work',
  quota: 'session',
  burnPerHourRatio: 0.1,
  exhaustsAt: null,
  exhaustsAtLow: '2026-11-22T10:00:00Z',
  exhaustsAtHigh: null,
  probabilityBeforeReset: 0.3,
  pace: null,
  model: 'linear',
  score: null,
}

function point(at: string, usedRatio: number | null, reset = false): PointDocument {
  return {
    at,
    usedRatio,
    remainingRatio: usedRatio === null ? null : 1 - usedRatio,
    used: null,
    remaining: null,
    limit: null,
    reset,
  }
}

function facts(change: Partial<ChartInput> = {}) {
  const points = [
    point('2026-11-22T06:00:00Z', 0.2),
    point('2026-11-22T07:00:00Z', null),
    point('2026-11-22T08:00:00Z', 0.5, true),
  ]
  return chartFacts({
    points,
    quota: quota(),
    range: rangeOf('24h', '24h'),
    now: NOW,
    figure: 'used',
    alerts: [],
    ...change,
  })
}

describe('a chart', () => {
  it('keeps gaps as gaps, holds the last value until now, and marks resets', () => {
    const { values, times, resets } = facts()
    expect(values).toEqual([0.2, null, 0.5, 0.5])
    expect(times.at(-1)).toBe(NOW / 1000)
    expect(resets).toEqual([Date.parse('2026-11-22T08:00:00Z')])
  })

  it('shows what is left where that is wanted', () => {
    expect(facts({ figure: 'left' }).values).toEqual([0.8, null, 0.5, 0.5])
  })

  it('begins with the history while there is little of it', () => {
    expect(facts().from).toBe(Date.parse('2026-11-22T06:00:00Z'))
    expect(facts({ range: rangeOf('1h', '24h') }).from).toBe(NOW - 3_600_000)
    expect(facts({ points: [] }).from).toBe(NOW - 86_400_000)
  })

  it('puts an alert on the line, and forgets those before it', () => {
    const alerts = ['2026-11-22T06:30:00Z', '2026-11-21T06:30:00Z', 'soon']
    expect(marksOn(facts({ alerts }))).toEqual([{ at: Date.parse('2026-11-22T06:30:00Z'), value: 0.2 }])
  })
})

describe('the cone of a forecast', () => {
  it('begins now and reaches the wall or the reset', () => {
    const cone = coneOf(facts({ quota: quota({ forecast }) }))
    const resetsAt = Date.parse('2026-11-22T12:00:00Z')
    expect(cone?.start).toEqual({ at: NOW, value: 0.5 })
    expect(cone?.middle).toEqual({ at: resetsAt, value: expect.closeTo(0.8) })
    expect(cone?.fast).toEqual({ at: Date.parse('2026-11-22T10:00:00Z'), value: 1 })
    expect(cone?.slow).toEqual({ at: resetsAt, value: 0.5 })
  })

  it('is not there without a forecast, or after its reset', () => {
    expect(coneOf(facts())).toBeNull()
    expect(coneOf(facts({ quota: quota({ forecast, resetsAt: '2026-11-22T08:00:00Z' }) }))).toBeNull()
  })
})
