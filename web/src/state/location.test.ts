import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkTo, readPlace, withParameters, writePlace } from './location.ts'

describe('the address', () => {
  it('holds the view, the account and how it is shown, whatever is in their names', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, value) => {
        fc.pre(!/\p{Cs}/u.test(name + value))
        const place = { view: 'account' as const, account: name, parameters: new Map([['q', value]]) }
        expect(readPlace(writePlace(place))).toEqual(place)
      }),
    )
  })

  it('is the overview for everything that cannot be read', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/account', '#/account/%E0%A4%A', '#/constructor']) {
      expect(readPlace(hash).view, hash).toBe('overview')
    }
  })

  it('has no trace of what was taken back', () => {
    const place = withParameters(readPlace('#/?q=x&sort=left'), { q: '' })
    expect(writePlace(place)).toBe('#/?sort=left')
    expect(linkTo('timeline')).toBe('#/timeline')
  })
})
