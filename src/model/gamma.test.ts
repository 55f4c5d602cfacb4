import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chanceAtLeast, quantileOf } from './gamma.ts'

describe('the gamma distribution', () => {
  it('agrees with the exponential one, whose tail is known', () => {
    // Mean m and variance m² is exponential: P(X ≥ x) = exp(-x/m).
    for (const x of [0.01, 0.3, 1, 4]) expect(chanceAtLeast(x, 0.5, 0.25)).toBeCloseTo(Math.exp(-x / 0.5), 10)
  })

  it('agrees with the chi-squared table', () => {
    // Ten degrees of freedom: mean 10, variance 20; 18.307 is the 95 % point, 4.865 the 10 % point.
    expect(chanceAtLeast(18.307, 10, 20)).toBeCloseTo(0.05, 4)
    expect(quantileOf(0.1, 10, 20)).toBeCloseTo(4.865, 3)
    expect(quantileOf(0.9, 10, 20)).toBeCloseTo(15.987, 3)
  })

  it('without any variance is its mean, and without any mean burns nothing', () => {
    expect([chanceAtLeast(0.9, 1, 0), chanceAtLeast(1.1, 1, 0)]).toEqual([1, 0])
    expect([chanceAtLeast(0.1, 0, 0), quantileOf(0.9, 0, 0)]).toEqual([0, 0])
  })

  it('has a chance between 0 and 1 that falls with what is asked for, and quantiles that fit it', () => {
    const positive = fc.double({ min: 1e-4, max: 5, noNaN: true })
    fc.assert(
      fc.property(positive, positive, positive, (x, mean, dispersion) => {
        const chance = chanceAtLeast(x, mean, dispersion * mean)
        expect(chance).toBeGreaterThanOrEqual(0)
        expect(chance).toBeLessThanOrEqual(1)
        expect(chanceAtLeast(x * 1.5, mean, dispersion * mean)).toBeLessThanOrEqual(chance + 1e-9)
        const high = quantileOf(0.9, mean, dispersion * mean)
        if (high > mean * 1e-3) expect(chanceAtLeast(high, mean, dispersion * mean)).toBeCloseTo(0.1, 3)
      }),
    )
  })
})
