import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import type { Forecast } from './forecast.ts'
import { HOUR_MS, plusMs, toIso } from './time.ts'
import { landingRatio, type VerdictFacts, verdictOf, worstVerdict } from './verdict.ts'

function expecting(probability: number | null, burnPerHourRatio = 0): Forecast {
  return {
    account: 'claude/ada',
    quota: 'session',
    burnPerHourRatio,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: probability,
    pace: null,
    model: 'linear',
    score: null,
  }
}

function quota(facts: Partial<VerdictFacts> = {}): VerdictFacts {
  return {
    level: 'ok',
    due: false,
    resetsAt: toIso(plusMs(NOW, 2 * HOUR_MS)),
    usedRatio: 0.2,
    forecast: null,
    ...facts,
  }
}

describe('verdictOf', () => {
  it.each([
    ['calm when it lasts with room', { forecast: expecting(0.02, 0.1) }, 'calm', 'lasts'],
    [
      'calm at 80 % used, ten minutes before a reset',
      { level: 'low', usedRatio: 0.8, forecast: expecting(0.01, 0.01) },
      'calm',
      'lasts',
    ],
    [
      'amber when it lands in the last tenth',
      { usedRatio: 0.5, forecast: expecting(0.1, 0.2) },
      'amber',
      'lands_close',
    ],
    ['amber when it may well run out', { forecast: expecting(0.3, 0.05) }, 'amber', 'lands_close'],
    ['red when it rather runs out first, however full it is', { forecast: expecting(0.5, 0.5) }, 'red', 'runs_out'],
    ['red when spent', { level: 'exhausted', usedRatio: 1, forecast: expecting(1) }, 'red', 'spent'],
    ['judged by level without a forecast', { level: 'medium' }, 'amber', 'level'],
    [
      'judged by level without a reset',
      { level: 'low', resetsAt: null, forecast: expecting(null, 0.1) },
      'red',
      'level',
    ],
    ['judged by level once the reset has passed', { resetsAt: toIso(NOW), forecast: expecting(0.9) }, 'calm', 'level'],
    ['calm without a limit', { level: 'unlimited', usedRatio: null }, 'calm', 'unlimited'],
    ['grey while it resets', { level: 'unknown', due: true, forecast: expecting(0.9) }, 'grey', 'resetting'],
    ['grey when nothing is known', { level: 'unknown', usedRatio: null }, 'grey', 'unknown'],
  ] as const)('is %s', (_, facts, colour, reason) => {
    expect(verdictOf(quota(facts), NOW, false)).toEqual({ colour, reason })
  })

  it('is grey for every stale value: nothing old passes for current', () => {
    for (const level of ['ok', 'low', 'exhausted', 'unlimited', 'unknown'] as const) {
      expect(verdictOf(quota({ level, forecast: expecting(0.9) }), NOW, true)).toEqual({
        colour: 'grey',
        reason: 'stale',
      })
    }
  })
})

describe('landingRatio', () => {
  it('is where the forecast ends at the reset, beyond the limit too', () => {
    expect(landingRatio(quota({ forecast: expecting(0.1, 0.1) }), NOW)).toBeCloseTo(0.4)
    expect(landingRatio(quota({ forecast: expecting(1, 1) }), NOW)).toBeCloseTo(2.2)
  })

  it('is unknown without a share, a reset ahead or a forecast', () => {
    expect(landingRatio(quota(), NOW)).toBeNull()
    expect(landingRatio(quota({ usedRatio: null, forecast: expecting(0, 1) }), NOW)).toBeNull()
    expect(landingRatio(quota({ resetsAt: null, forecast: expecting(0, 1) }), NOW)).toBeNull()
  })
})

describe('worstVerdict', () => {
  const lasts = { colour: 'calm', reason: 'lasts' } as const
  const unknown = { colour: 'grey', reason: 'unknown' } as const

  it('lets a spent weekly window speak for the account, however full the session is', () => {
    const spent = { colour: 'red', reason: 'spent' } as const
    expect(worstVerdict([lasts, { colour: 'red', reason: 'runs_out' }, spent, unknown])).toEqual(spent)
  })

  it('is grey only when every one is, and nothing for none', () => {
    expect(worstVerdict([unknown, lasts])).toEqual(lasts)
    expect(worstVerdict([unknown, unknown])).toEqual(unknown)
    expect(worstVerdict([])).toBeNull()
  })
})
