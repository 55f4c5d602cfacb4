import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import type { ForecastModel } from './forecast.ts'
import { type CycleFacts, chooseModel, type Prediction, scorePredictions, settlePrediction } from './forecast-score.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, plusMs } from './time.ts'

function said(probability: number, ranOut: boolean | null, facts: Partial<Prediction> = {}): Prediction {
  return {
    account: 'claude/ada',
    quota: 'weekly',
    model: 'linear',
    madeAt: plusMs(NOW, -DAY_MS),
    horizon: NOW,
    usedRatio: 0.4,
    probability,
    low: 0.5,
    high: 0.9,
    outcome: ranOut === null ? null : { ranOut, usedRatio: ranOut ? null : 0.7 },
    ...facts,
  }
}

describe('settlePrediction', () => {
  const cycle: CycleFacts = {
    startedAt: plusMs(NOW, -7 * DAY_MS),
    endedAt: plusMs(NOW, 2 * MINUTE_MS),
    resetsAt: NOW,
    peakUsedRatio: 0.8,
    endUsedRatio: 0.8,
    ended: 'reset',
  }

  it('takes the end of the cycle it was about, jitter of the reset time allowed', () => {
    expect(settlePrediction(said(0.3, null), cycle).outcome).toEqual({ ranOut: false, usedRatio: 0.8 })
    const spent = { ...cycle, peakUsedRatio: 1, endUsedRatio: 1 }
    expect(settlePrediction(said(0.3, null), spent).outcome).toEqual({ ranOut: true, usedRatio: null })
  })

  it.each([
    ['ended early', { ended: 'early_reset' as const }],
    ['was withdrawn', { ended: 'withdrawn' as const }],
    ['goes on', { ended: null, endedAt: null }],
    ['began later', { startedAt: plusMs(NOW, -HOUR_MS) }],
    ['ended elsewhere', { endedAt: plusMs(NOW, HOUR_MS) }],
    ['has no known share', { peakUsedRatio: null }],
  ])('stays open when the cycle %s', (_, facts) => {
    expect(settlePrediction(said(0.3, null), { ...cycle, ...facts }).outcome).toBeNull()
  })

  it('never settles twice', () => {
    expect(settlePrediction(said(0.3, true), cycle).outcome?.ranOut).toBe(true)
  })
})

describe('scorePredictions', () => {
  it('is the mean square of what was said too much or too little', () => {
    const score = scorePredictions([said(0.8, true), said(0.1, false), said(0.4, false), said(0.9, null)])
    expect(score?.brier).toBeCloseTo((0.04 + 0.01 + 0.16) / 3)
    expect(score).toMatchObject({ count: 3, cycles: 1, right: 3 })
    expect(score?.baseRateBrier).toBeCloseTo((1 / 3) * (2 / 3))
  })

  it('counts what lay inside the interval, allowing for values in whole percents', () => {
    const landed = (usedRatio: number) => said(0.1, false, { outcome: { ranOut: false, usedRatio } })
    expect(scorePredictions([landed(0.7), landed(0.495), landed(0.903), landed(0.2)])?.coverage).toBe(0.75)
  })

  it('shares out what ran out: nobody knows how much more would have been used', () => {
    // Half of what is above the wall is above the 90 % point when it runs out with a chance of 0.2.
    expect(scorePredictions([said(0.2, true, { high: 1.1 })])?.coverage).toBeCloseTo(0.5)
    expect(scorePredictions([said(0.05, true, { high: 0.9 })])?.coverage).toBe(0)
    expect(scorePredictions([said(1, true, { low: 1.2, high: 2 })])?.coverage).toBeCloseTo(0.8)
    expect(scorePredictions([said(0.4, true, { low: 0.4, high: 1.3 })])?.coverage).toBeCloseTo(0.5)
  })

  it('is null while nothing is settled', () => {
    expect(scorePredictions([said(0.5, null)])).toBeNull()
    expect(scorePredictions([])).toBeNull()
  })
})

describe('chooseModel', () => {
  function past(model: ForecastModel, probability: number, count: number, cycles = 4): readonly Prediction[] {
    return Array.from({ length: count }, (_, index) =>
      said(probability, false, {
        model,
        madeAt: plusMs(NOW, -index * HOUR_MS),
        horizon: plusMs(NOW, (index % cycles) * DAY_MS),
      }),
    )
  }

  it('is the linear one until another has beaten it', () => {
    expect(chooseModel([], ['linear', 'rhythm'])).toEqual({ model: 'linear', score: null })
    const chosen = chooseModel([...past('linear', 0.4, 20), ...past('rhythm', 0.1, 20)], ['linear', 'rhythm'])
    expect(chosen?.model).toBe('rhythm')
    expect(chosen?.score).toBeCloseTo(0.01)
  })

  it('stays with the linear one when the other is worse, the same, or hardly tried', () => {
    const linear = past('linear', 0.2, 20)
    const model = (rival: readonly Prediction[]) => chooseModel([...linear, ...rival], ['linear', 'rhythm'])?.model
    expect(model(past('rhythm', 0.5, 20))).toBe('linear')
    expect(model(past('rhythm', 0.2, 20))).toBe('linear')
    expect(model(past('rhythm', 0, 11))).toBe('linear')
    expect(model(past('rhythm', 0, 20, 2))).toBe('linear')
  })

  it('compares only moments at which both spoke', () => {
    const rhythm = past('rhythm', 0, 20).map((one) => ({ ...one, madeAt: plusMs(one.madeAt, 1) }))
    expect(chooseModel([...past('linear', 0.5, 20), ...rhythm], ['linear', 'rhythm'])?.model).toBe('linear')
  })

  it('takes the best of several that beat it, and only one that can speak now', () => {
    const all = [...past('linear', 0.5, 20), ...past('average', 0.2, 20), ...past('rhythm', 0.1, 20)]
    expect(chooseModel(all, ['linear', 'average', 'rhythm'])?.model).toBe('rhythm')
    expect(chooseModel(all, ['linear', 'average'])?.model).toBe('average')
    expect(chooseModel(all, ['average'])?.model).toBe('average')
    expect(chooseModel(past('rhythm', 0.1, 20), ['rhythm'])).toBeNull()
  })
})
