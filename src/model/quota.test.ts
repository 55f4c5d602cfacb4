import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeQuota, ratiosFromAmounts, ratiosFromRemaining, ratiosFromUsed, roundRatio } from './quota.ts'

describe('ratios', () => {
  it('clamps a remaining share and derives the used one from the clamped value', () => {
    expect(ratiosFromRemaining(0.23)).toEqual({ remainingRatio: 0.23, usedRatio: 0.77 })
    expect(ratiosFromRemaining(1.2)).toEqual({ remainingRatio: 1, usedRatio: 0 })
    expect(ratiosFromRemaining(-0.1)).toEqual({ remainingRatio: 0, usedRatio: 1 })
  })

  it('keeps unknown unknown', () => {
    const unknown = { remainingRatio: null, usedRatio: null }
    expect(ratiosFromRemaining(null)).toEqual(unknown)
    expect(ratiosFromRemaining(Number.NaN)).toEqual(unknown)
    expect(ratiosFromUsed(null)).toEqual(unknown)
    expect(ratiosFromUsed(Number.POSITIVE_INFINITY)).toEqual(unknown)
    expect(ratiosFromAmounts(3, 0)).toEqual(unknown)
    expect(ratiosFromAmounts(3, -1)).toEqual(unknown)
  })

  it('lets amounts exceed the limit: 1500 with -3821 left', () => {
    const { usedRatio, remainingRatio } = ratiosFromAmounts(5321, 1500)
    expect(usedRatio).toBe(3.547333333)
    expect(remainingRatio).toBe(0)
  })

  it('rounds to nine decimals', () => {
    expect(roundRatio(1 - 0.9)).toBe(0.1)
    expect(roundRatio(1 / 3)).toBe(0.333333333)
  })

  it('never leaves 0..1 for what remains, and both parts add up below the limit', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (share) => {
        const { usedRatio, remainingRatio } = ratiosFromUsed(share)
        expect(remainingRatio).toBeGreaterThanOrEqual(0)
        expect(remainingRatio).toBeLessThanOrEqual(1)
        if ((usedRatio ?? 0) <= 1) expect((usedRatio ?? 0) + (remainingRatio ?? 0)).toBeCloseTo(1, 8)
      }),
    )
  })

  it('stays finite for amounts beyond all sense', () => {
    expect(ratiosFromAmounts(1e303, 5)).toEqual({ usedRatio: 2e302, remainingRatio: 0 })
    expect(ratiosFromAmounts(1e300, 1e-300)).toEqual({ usedRatio: null, remainingRatio: null })
  })

  it('fills what is not given with "not reported"', () => {
    const quota = makeQuota({ id: 'session', label: 'Session (5 h)', kind: 'window' })
    expect([quota.used, quota.limit, quota.remaining, quota.usedRatio, quota.remainingRatio]).toEqual(
      Array(5).fill(null),
    )
    expect(quota.unit).toBe('share')
    expect(quota.resetsAt).toBeNull()
  })
})
