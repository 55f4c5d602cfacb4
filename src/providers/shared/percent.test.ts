import { describe, expect, it } from 'vitest'
import { readPercent } from './percent.ts'

describe('a field that counts 0 to 100', () => {
  it.each([
    [0, 0],
    [1, 0.01],
    [38.15, 0.3815],
    ['9', 0.09],
    [100, 1],
    [354, 3.54],
  ])('reads %s as %s, whatever its size', (value, share) => {
    expect(readPercent(value)).toEqual({ state: 'known', value: share })
  })

  it.each([undefined, null])('tells absent (%s) from unreadable', (value) => {
    expect(readPercent(value)).toEqual({ state: 'absent' })
  })

  it.each([-1, 1e300, Number.POSITIVE_INFINITY, Number.NaN, 'bad', '', '5%', true, {}, [5]])(
    'does not read %s',
    (value) => {
      expect(readPercent(value)).toEqual({ state: 'unreadable' })
    },
  )
})
