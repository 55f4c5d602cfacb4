import { describe, expect, it } from 'vitest'
import { masker, showSecret } from './mask.ts'

const mask = masker(new Set(['fake-known-secret-0001']))

describe('masking an answer', () => {
  it('keeps the first six and the last four of a secret, nothing of a short one (F28)', () => {
    expect(showSecret('abcdefghij', false)).toEqual({ present: true, masked: '***' })
    expect(showSecret('abcdefghijk', false)).toEqual({ present: true, masked: 'abcdef...hijk' })
    expect(showSecret(null, true)).toEqual({ present: false, masked: '' })
    expect(showSecret('abcdefghijk', true)).toEqual({ present: true, masked: 'abcdef...hijk', value: 'abcdefghijk' })
  })

  it('masks by name, by value inside a text or a key, and by what tokens look like', () => {
    const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMDAxIn0.fakesignature'
    expect(
      mask({
        access_token: 'anything-goes-here',
        apiKey: 'short',
        nested: [{ message: 'you sent fake-known-secret-0001!', 'fake-known-secret-0001': 1 }],
        unknown: ['ya29.fake-access-token-value', '1//0fake-refresh-token-abcd', jwt, 'sk-ant-fake-0123456789'],
        link: `https://example.com/?t=${jwt}&x=1`,
      }),
    ).toEqual({
      access_token: 'anythi...here',
      apiKey: '***',
      nested: [{ message: 'you sent fake-k...0001!', 'fake-k...0001': 1 }],
      unknown: ['ya29.f...alue', '1//0fa...abcd', 'eyJhbG...ture', 'sk-ant...6789'],
      link: 'https://example.com/?t=eyJhbG...ture&x=1',
    })
  })

  it('leaves alone what only speaks of tokens, and what is no text', () => {
    const plain = {
      tokenType: 'REQUESTS',
      remainingTokens: '1234567890123',
      token: 5,
      list: [null, true, 1.5],
      id: 'gemini-2.5-pro',
    }
    expect(mask(plain)).toEqual(plain)
  })
})
