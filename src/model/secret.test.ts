import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { maskSecret, Secret } from './secret.ts'

describe('Secret', () => {
  it('shows itself to reveal() and to nobody else', () => {
    const secret = new Secret('ya29.fake-access')
    const seen = [String(secret), `${secret}`, JSON.stringify({ secret }), inspect({ secret }), inspect(secret)].join()
    expect(seen).not.toContain('ya29')
    expect(Object.keys(secret)).toEqual([])
    expect(secret.reveal()).toBe('ya29.fake-access')
  })
})

describe('maskSecret', () => {
  it.each([
    ['', ''],
    ['a', '***'],
    ['0123456789', '***'],
    ['0123456789a', '012345...789a'],
    ['ya29.fake-access', 'ya29.f...cess'],
  ])('masks %j as %j', (value, masked) => {
    expect(maskSecret(value)).toBe(masked)
  })
})
