import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64, fakeJwt, loginBytes, message, unified, unifiedLogin, VECTOR } from './testing.ts'
import { readOldLogin, readUnifiedLogin, readUnifiedStatus } from './unified-state.ts'

const LOGIN = {
  access: 'ya29.fake-access-editor',
  refresh: '1//fake-refresh-token-ada',
  expirySeconds: 1_795_338_000,
  idToken: fakeJwt({ email: 'user@example.com', sub: '1001' }),
}

describe('the login that the editor keeps', () => {
  it('is read through its two layers of base64', () => {
    expect(readUnifiedLogin(unifiedLogin(LOGIN))).toEqual({
      accessToken: LOGIN.access,
      refreshToken: LOGIN.refresh,
      accessExpiresAt: LOGIN.expirySeconds * 1000,
      idToken: LOGIN.idToken,
      email: null,
    })
  })

  it('is read where a build wrote the message itself in place of the row', () => {
    const value = base64(message([1, message([1, 'oauthTokenInfoSentinelKey'], [2, loginBytes(LOGIN)])]))
    expect(readUnifiedLogin(value)?.refreshToken).toBe(LOGIN.refresh)
  })

  it('is found among other entries, and a broken entry hides none', () => {
    const entry = message([1, 'oauthTokenInfoSentinelKey'], [2, message([1, base64(loginBytes(LOGIN))])])
    const value = base64(
      message([1, Uint8Array.of(0x0b)], [1, message([1, 'other'], [2, message([1, 'x'])])], [1, entry]),
    )
    expect(readUnifiedLogin(value)?.accessToken).toBe(LOGIN.access)
  })

  it('is read from the state of older versions, with the e-mail beside it', () => {
    const value = base64(message([2, 'user@example.com'], [6, loginBytes({ refresh: LOGIN.refresh })]))
    expect(readOldLogin(value)).toMatchObject({ refreshToken: LOGIN.refresh, email: 'user@example.com' })
  })

  it.each(['', '!', base64(message([1, 'x'])), unified('otherKey', 'x'), unifiedLogin({})])(
    'is none in %j',
    (value) => {
      expect(readUnifiedLogin(value)).toBeNull()
      expect(readOldLogin(value)).toBeNull()
    },
  )

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        readUnifiedLogin(base64(bytes))
        readOldLogin(base64(bytes))
        readUnifiedStatus(base64(bytes))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the status in the newer state', () => {
  it('is the same message in one more wrapping', () => {
    expect(readUnifiedStatus(unified('userStatusSentinelKey', VECTOR))).toBe(VECTOR)
  })
})
