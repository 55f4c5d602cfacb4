import { describe, expect, it } from 'vitest'
import { epochMs, linesOf, type QuotaDocument } from '../../../src/model/index.ts'
import { account, quota } from '../testing.ts'
import { accountVerdict, barMarks, worstLine } from './lines.ts'

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

describe('the one line of an account', () => {
  const worst = (...quotas: readonly QuotaDocument[]): string | undefined => {
    const one = account({ quotas })
    return worstLine(
      one,
      linesOf(one, (pool) => pool),
      NOW,
    )?.key
  }

  it('is the worst verdict, then the least that is left', () => {
    const low = quota({ id: 'low', level: 'low', remainingRatio: 0.1 })
    const spent = quota({ id: 'spent', level: 'exhausted', remainingRatio: 0, usedRatio: 1 })
    const unknown = quota({ id: 'unknown', level: 'unknown', remainingRatio: null, usedRatio: null })
    expect(worst(unknown, quota({ id: 'much', level: 'ok', remainingRatio: 0.9 }), low)).toBe('low')
    expect(worst(low, spent)).toBe('spent')
    expect(worst()).toBeUndefined()
  })

  it('is a window before one of its models, unless the model alone is spent', () => {
    const window = quota({ id: 'session', level: 'ok', remainingRatio: 0.6 })
    const model = (level: 'ok' | 'exhausted', remainingRatio: number): QuotaDocument =>
      quota({ id: 'opus', kind: 'model', level, remainingRatio, usedRatio: 1 - remainingRatio })
    expect(worst(window, model('ok', 0.4))).toBe('session')
    expect(worst(window, model('exhausted', 0))).toBe('opus')
  })
})
