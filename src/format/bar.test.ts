import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bar } from './bar.ts'

describe('bar', () => {
  it.each([
    [0, '░░░░░░░░░░'],
    [0.23, '██░░░░░░░░'],
    [0.29, '██░░░░░░░░'],
    [0.57, '█████░░░░░'],
    [0.58, '█████░░░░░'],
    [0.7, '███████░░░'],
    [0.87, '████████░░'],
    [0.999, '█████████░'],
    [1, '██████████'],
    [3.54, '██████████'],
    [-0.5, '░░░░░░░░░░'],
  ])('draws %d as %s', (ratio, cells) => {
    expect(bar(ratio)).toBe(cells)
  })

  it('draws unknown unlike empty', () => {
    expect(bar(null)).toBe('··········')
    expect(bar(Number.NaN)).toBe('··········')
  })

  it('always has its width, and fills n of n tenths', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: false }), fc.integer({ min: 0, max: 60 }), (ratio, width) => {
        expect([...bar(ratio, width)]).toHaveLength(width)
      }),
    )
    for (let tenth = 0; tenth <= 10; tenth++) expect(bar(tenth / 10)).toBe('█'.repeat(tenth) + '░'.repeat(10 - tenth))
  })
})
