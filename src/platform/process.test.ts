import { describe, expect, it } from 'vitest'
import { fingerprint, random } from './process.ts'

describe('a fingerprint', () => {
  it('is 16 hex digits, the same for the same parts, and knows where a part ends', () => {
    expect(fingerprint('google', '1//fake-refresh-token-ada')).toMatch(/^[0-9a-f]{16}$/)
    expect(fingerprint('a', 'b')).toBe(fingerprint('a', 'b'))
    expect(new Set([fingerprint('ab', 'c'), fingerprint('a', 'bc'), fingerprint('abc'), fingerprint()]).size).toBe(4)
  })
})

describe('random', () => {
  it('stays in 0..1', () => {
    const drawn = Array.from({ length: 100 }, random)
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(new Set(drawn).size).toBeGreaterThan(90)
  })
})
