import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cleanText, decimal, identifier, lenientArray, lenientRecord, openEnum, optional, text } from './lenient.ts'

const Element = z.object({ n: z.number() })

describe('lenientArray', () => {
  it('keeps the good elements in order and counts the others', () => {
    const parsed = lenientArray(Element).parse([{ n: 1 }, 'x', null, { n: '2' }, { n: 3, more: true }])
    expect(parsed).toEqual({ items: [{ n: 1 }, { n: 3 }], dropped: 3, isPresent: true })
  })

  it('tells no list, an empty list and something else apart', () => {
    const inObject = z.object({ list: lenientArray(Element) })
    expect(inObject.parse({}).list).toEqual({ items: [], dropped: 0, isPresent: false })
    expect(inObject.parse({ list: null }).list).toEqual({ items: [], dropped: 0, isPresent: false })
    expect(inObject.parse({ list: [] }).list).toEqual({ items: [], dropped: 0, isPresent: true })
    expect(inObject.parse({ list: { n: 1 } }).list).toEqual({ items: [], dropped: 1, isPresent: false })
  })
})

describe('lenientRecord', () => {
  it('keeps the good entries with their keys, and sets no prototype', () => {
    const parsed = lenientRecord(Element).parse(JSON.parse('{"a":{"n":1},"b":7,"__proto__":{"n":2}}'))
    expect(parsed).toEqual({
      items: [
        ['a', { n: 1 }],
        ['__proto__', { n: 2 }],
      ],
      dropped: 1,
      isPresent: true,
    })
    expect(({} as Record<string, unknown>)['n']).toBeUndefined()
  })

  it('takes a list in place of a map for one bad part', () => {
    expect(lenientRecord(Element).parse([{ n: 1 }])).toEqual({ items: [], dropped: 1, isPresent: false })
  })
})

describe('optional', () => {
  it('is null for absent, null and wrong, so that one field sinks nothing', () => {
    const schema = z.object({ a: optional(z.number()), b: z.number() })
    for (const a of [undefined, null, '1', {}, Number.POSITIVE_INFINITY]) {
      expect(schema.parse({ a, b: 2 })).toEqual({ a: null, b: 2 })
    }
    expect(schema.parse({ b: 2 })).toEqual({ a: null, b: 2 })
    expect(schema.parse({ a: 0, b: 2 })).toEqual({ a: 0, b: 2 })
  })
})

describe('decimal', () => {
  it.each([
    ['1234', 1234],
    [' 12.50 ', 12.5],
    ['-0.01', -0.01],
    [7.5, 7.5],
  ])('reads %j', (value, expected) => {
    expect(decimal.parse(value)).toBe(expected)
  })

  it.each(['', '1e5', '0x10', '1,000', '$5', 'NaN', 'Infinity', '9'.repeat(400), null, true, {}])(
    'refuses %j',
    (value) => {
      expect(decimal.safeParse(value).success).toBe(false)
    },
  )
})

describe('text', () => {
  it('cuts words of an open list at 64 characters', () => {
    expect(openEnum.parse('x'.repeat(100))).toBe('x'.repeat(64))
  })

  it('takes out control and direction characters, and is null when nothing is left', () => {
    expect(cleanText('a\u0000b\u001b[31mc\u202ed', 50)).toBe('a b [31mc d')
    expect(cleanText(' \u200b\n ', 50)).toBeNull()
    expect(text().parse('  Two\twords ')).toBe('Two words')
  })

  it('is clean, well formed and not too long for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
        const cleaned = cleanText(value, 20)
        if (cleaned === null) return
        expect([...cleaned].length).toBeLessThanOrEqual(20)
        expect(cleaned.isWellFormed()).toBe(true)
        expect(cleaned).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|^\s|\s$/)
      }),
      { seed: 13, numRuns: 500 },
    )
  })

  it('takes only visible characters without spaces for an id', () => {
    expect(identifier.parse('claude-opus-4.5:thinking')).toBe('claude-opus-4.5:thinking')
    for (const value of ['', 'a b', 'a\u200bb', 'x'.repeat(129)])
      expect(identifier.safeParse(value).success).toBe(false)
  })
})
