import { describe, expect, it } from 'vitest'
import { aWindow } from '../../test/helpers/states.ts'
import { type Level, levelOf, levelRank } from './level.ts'
import { makeQuota, ratiosFromAmounts } from './quota.ts'
import { DEFAULT_RULES } from './settings.ts'

const { levels } = DEFAULT_RULES

describe('levelOf', () => {
  it.each<[number, Level]>([
    [1, 'ok'],
    [0.7, 'ok'],
    [0.6999, 'medium'],
    [0.3, 'medium'],
    [0.2999, 'low'],
    [0.000000001, 'low'],
    [0, 'exhausted'],
  ])('compares the ratio itself: %d is %s', (ratio, level) => {
    expect(levelOf(aWindow('session', ratio), false, levels)).toBe(level)
  })

  it('calls overage exhausted, billed beyond or not', () => {
    const ratios = ratiosFromAmounts(5321, 1500)
    expect(levelOf(aWindow('premium', 1, ratios), false, levels)).toBe('exhausted')
    expect(levelOf(aWindow('premium', 1, { ...ratios, overageAllowed: true }), false, levels)).toBe('exhausted')
  })

  it('never reads unknown or due as a number', () => {
    expect(levelOf(aWindow('session', null), false, levels)).toBe('unknown')
    expect(levelOf(aWindow('session', 0), true, levels)).toBe('unknown')
    expect(levelOf(aWindow('session', null, { unlimited: true }), true, levels)).toBe('unlimited')
  })

  it.each<[number | null, string, Level]>([
    [0, 'USD', 'exhausted'],
    [-1.5, 'USD', 'exhausted'],
    [4.99, 'USD', 'low'],
    [5, 'USD', 'ok'],
    [0.01, 'NANO', 'ok'],
    [null, 'USD', 'unknown'],
  ])('judges a balance of %s %s by its amount: %s', (remaining, unit, level) => {
    const balance = makeQuota({ id: 'balance', label: 'Balance', kind: 'balance', unit, remaining })
    expect(levelOf(balance, false, levels)).toBe(level)
  })

  it('does not judge spend and counts', () => {
    const spend = makeQuota({ id: 'usage.month', label: 'Month', kind: 'spend', unit: 'USD', used: 0, remaining: 0 })
    expect(levelOf(spend, false, levels)).toBe('unknown')
  })

  it('orders the four verdicts and keeps the other two outside', () => {
    expect(['exhausted', 'low', 'medium', 'ok'].map((level) => levelRank(level as Level))).toEqual([0, 1, 2, 3])
    expect(levelRank('unlimited')).toBeNull()
    expect(levelRank('unknown')).toBeNull()
  })
})
