import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amount, minus, plus } from './amount.ts'

describe('amounts', () => {
  it.each([
    [12.5, 12.5],
    ['129.46956147', 129.46956147],
    [' 7 ', 7],
    [-0.02, -0.02],
    ['0.00', 0],
  ])('reads %j', (value, expected) => {
    expect(amount.parse(value)).toBe(expected)
  })

  it.each([1e16, 5e-307, '1e5', '', 'NaN', '12,5', '$5', Number.POSITIVE_INFINITY, null, true, [1]])(
    'refuses %j',
    (value) => {
      expect(amount.safeParse(value).success).toBe(false)
    },
  )

  it('has no noise in differences and sums', () => {
    expect(minus(100, 99.99)).toBe(0.01)
    expect(minus(10, -2)).toBe(12)
    expect(minus(5, 5)).toBe(0)
    expect(Object.is(minus(-0, 0), 0)).toBe(true)
    expect(plus(0.1, 0.2)).toBe(0.3)
  })

  it('is exact for cents', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e10, max: 1e10 }), fc.integer({ min: -1e10, max: 1e10 }), (a, b) => {
        expect(minus(a / 100, b / 100)).toBe((a - b) / 100 + 0)
      }),
    )
  })
})
