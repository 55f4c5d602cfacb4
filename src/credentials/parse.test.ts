import { describe, expect, it } from 'vitest'
import { parseJson, withoutComments } from './parse.ts'

describe('comments in JSON', () => {
  it.each([
    ['{"a": 1} // end', { a: 1 }],
    ['/* x\n */ {"a": /* y */ 1}', { a: 1 }],
    [
      '{"a": "// no", "b": "/* no */", "c": "\\"// no", "d": "x,]"}',
      { a: '// no', b: '/* no */', c: '"// no', d: 'x,]' },
    ],
    ['{"a": "\\\\"} // "', { a: '\\' }],
  ])('are taken out of %s', (text, value) => {
    expect(parseJson(withoutComments(text))).toEqual({ ok: true, value })
  })

  it.each(['"\\', '"open', '/* open', '{"a": "x'])('unclosed ones end in "not valid": %s', (text) => {
    expect(parseJson(withoutComments(text)).ok).toBe(false)
  })

  it.each(['\\"', '"\\"', '/*', '/* "'])('a megabyte of %j is one pass, not a million', (piece) => {
    const text = piece.repeat(250_000)
    expect(withoutComments(text).length).toBeLessThanOrEqual(text.length)
  })
})

describe('reasons for JSON that cannot be read', () => {
  it('quote nothing of the text', () => {
    const parsed = parseJson('{"refresh": "1//fake-refresh" oops')
    expect(parsed).toEqual({ ok: false, reason: 'The file is not valid JSON.' })
  })
})
