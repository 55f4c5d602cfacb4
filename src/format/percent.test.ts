import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leftText, percentOf, percentText, usedText } from './percent.ts'

describe('percentOf', () => {
  it.each([
    [0, 0],
    [0.004999, 0],
    [0.005, 1],
    [0.29, 29],
    [0.57, 57],
    [0.58, 58],
    [0.87, 87],
    [Math.fround(0.29), 29],
    [Math.fround(0.57), 57],
    [0.994999, 99],
    [0.995, 100],
    [1, 100],
    [3.54, 354],
    [-0.1, -10],
  ])('%d is %d %%', (ratio, percent) => {
    expect(percentOf(ratio)).toBe(percent)
  })

  it('gives back every whole percent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (percent) => {
        expect(percentOf(percent / 100)).toBe(percent)
      }),
    )
  })
})

describe('words', () => {
  it('puts the word beside the number', () => {
    expect(leftText(0.72)).toBe('72% left')
    expect(usedText(3.54)).toBe('354% used')
  })

  it('never turns unknown into 0', () => {
    expect(percentText(null)).toBe('–')
    expect(leftText(null)).toBe('unknown')
    expect(usedText(null)).toBe('unknown')
  })
})
