import { describe, expect, it } from 'vitest'
import { epochMs } from '../../../src/model/index.ts'
import { account, quota } from '../testing.ts'
import { accountVerdict, barMarks } from './lines.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
describe('the marks on a bar', () => {
  const forecast = {
    account: 'claude/work',
    quota: 'session',
    burnPerHourRatio: 0.2,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: 0.1,
    pace: { deltaRatio: 0.1, word: 'in_reserve' as const },
    model: 'linear',
    score: null,
  }

  it('are where an even burn would be, and where the forecast ends', () => {
    const facts = quota({ usedRatio: 0.4, resetsAt: '2026-11-22T10:00:00Z', forecast })
    expect(barMarks(facts, NOW)).toEqual({ even: 0.5, landing: expect.closeTo(0.6) })
    const beyond = { ...forecast, burnPerHourRatio: 5 }
    expect(barMarks({ ...facts, forecast: beyond }, NOW).landing).toBe(1)
  })

  it('are not there without a forecast, nor for a window that has ended', () => {
    expect(barMarks(quota({ usedRatio: 0.4 }), NOW)).toEqual({ even: null, landing: null })
    expect(barMarks(quota({ usedRatio: 0.4, due: true, forecast }), NOW)).toEqual({ even: null, landing: null })
  })
})

describe('the verdict on an account', () => {
  it('is none before the first reading, and grey when the reading is too old', () => {
    expect(accountVerdict(account({ status: 'pending', observedAt: null }), NOW)).toBeNull()
    const old = account({ staleAt: '2026-11-22T08:00:00Z', quotas: [quota({ level: 'exhausted' })] })
    expect(accountVerdict(old, NOW)?.colour).toBe('grey')
  })
})
