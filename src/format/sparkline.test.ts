import { describe, expect, it } from 'vitest'
import { sparkline } from './sparkline.ts'

describe('sparkline', () => {
  it('draws low to high, and never leaves its blocks', () => {
    expect(sparkline([0, 0.5, 1], 10)).toBe('▁▅█')
    expect(sparkline([-1, 3.54], 10)).toBe('▁█')
  })

  it('leaves a gap for what is not known', () => {
    expect(sparkline([0.2, null, 0.2], 10)).toBe('▂ ▂')
  })

  it('keeps the peak of every stretch when there is more than fits', () => {
    expect(sparkline([0, 0, 0, 1, 0, 0, 0, 0], 2)).toBe('█▁')
    expect(sparkline([], 5)).toBe('')
  })
})
