import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clean, safeJson } from './clean.ts'

describe('clean', () => {
  it.each([
    ['red \u001b[31mada\u001b[0m', 'red ada'],
    ['\u001b]0;pwned\u0007ada', 'ada'],
    ['\u001b]8;;https://example.com\u001b\\ada\u001b]8;;\u001b\\', 'ada'],
    ['\u001b]52;c;ZXZpbA==\u001b\\ada', 'ada'],
    ['\u009b31mada', 'ada'],
    ['\u009d0;t\u009cada', 'ada'],
    ['\u001bPq#0\u001b\\ada', 'ada'],
    ['\u001bcada', 'ada'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['a\u2066b\u2069', 'ab'],
    ['a\u200bb\ufeffc', 'abc'],
    ['a\r\nb\tc\u2028d', 'a b c d'],
    ['a\u0000\u0007\u0008b\u007f', 'ab'],
    ['lone \ud800 half', 'lone \ufffd half'],
    ['\u001b', ''],
    ['👩‍💻 Zoë 漢字', '👩‍💻 Zoë 漢字'],
  ])('%j becomes %j', (dirty, tidy) => {
    expect(clean(dirty)).toBe(tidy)
  })

  const hostile = fc.string({
    unit: fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '0',
      ';',
      'm',
      'a',
      '\u0007',
      '\\',
      '\u009b',
      '\u009c',
      '\u202e',
      '\n',
      'P',
    ),
    maxLength: 30,
  })

  it('leaves no control or bidirectional mark, whatever comes, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        const tidy = clean(text)
        expect(tidy).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f]/)
        expect(clean(tidy)).toBe(tidy)
      }),
    )
  })
})

describe('safeJson', () => {
  it('keeps the data and lets no control byte through', () => {
    const value = { name: 'a\u001b[31m\u009b\u202e\u2028\ufeffb', list: [1, null] }
    const text = safeJson(value)
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\ufeff]/)
    expect(JSON.parse(text)).toEqual(value)
  })
})
