import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import { toIsoOrNull } from '../../model/time.ts'
import { base64, message, modelBytes, userStatus, VECTOR } from './testing.ts'
import { readUserStatus } from './user-status.ts'
import { fromBase64, readFields } from './wire.ts'

const RESET = 1_772_000_000
const FUZZ_RUNS = Math.max(20_000, inject('fuzzRuns'))

describe('the cached status of the editor', () => {
  it('decodes the vector of the reference: 85 %, 20 %, and a zero that was left out', () => {
    const status = readUserStatus(VECTOR)
    expect(status?.email).toBe('user@example.com')
    expect(status?.dropped).toBe(0)
    expect(status?.models.map(({ label, left, resetsAt }) => [label, left, toIsoOrNull(resetsAt)])).toEqual([
      ['Claude Sonnet 4.6 (Thinking)', 0.85, '2026-02-28T16:53:08Z'],
      ['Gemini 3.1 Pro (High)', 0.2, '2026-02-24T07:25:48Z'],
      ['GPT-OSS 120B (Medium)', null, '2026-02-24T07:25:48Z'],
    ])
  })

  it('reads base64 that is broken into lines', () => {
    expect(readUserStatus(VECTOR.replace(/.{40}/g, '$&\r\n'))).toEqual(readUserStatus(VECTOR))
  })

  it('reads a share that is a double, clamps one outside 0..1, and keeps the last of two under one label', () => {
    const status = readUserStatus(
      userStatus('user@example.com', [
        modelBytes({ label: 'A', left: 0.123456789, double: true, resetSeconds: RESET }),
        modelBytes({ label: 'B', left: 1.5 }),
        modelBytes({ label: 'C', left: -0.2 }),
        modelBytes({ label: 'A', left: 0.5 }),
      ]),
    )
    expect(status?.models.map(({ label, left }) => [label, left])).toEqual([
      ['A', 0.5],
      ['B', 1],
      ['C', 0],
    ])
  })

  it.each([
    ['a share that is no number', modelBytes({ label: 'Bad', left: Number.NaN })],
    ['an infinite share', modelBytes({ label: 'Bad', left: Number.POSITIVE_INFINITY, double: true })],
    ['a share that is a text', message([1, 'Bad'], [15, message([1, '0.5'])])],
    ['no label', message([15, message([2, ''])])],
    ['a label without a letter', modelBytes({ label: '123', left: 0.5 })],
    ['a label that is no UTF-8', modelBytes({ label: Uint8Array.of(0xff, 0xfe), left: 0.5 })],
    ['broken framing', Uint8Array.of(0x0a, 0x7f, 0x41)],
    ['a broken quota', message([1, 'Bad'], [15, Uint8Array.of(0x0d, 0x01)])],
  ])('leaves out a model with %s and keeps the others', (_what, bad) => {
    const status = readUserStatus(userStatus('user@example.com', [bad, modelBytes({ label: 'Good', left: 0.25 })]))
    expect(status?.models).toEqual([{ label: 'Good', left: 0.25, resetsAt: null }])
    expect(status?.dropped).toBe(1)
  })

  it('passes over models without a quota, and takes an implausible reset as unknown', () => {
    const status = readUserStatus(
      userStatus('user@example.com', [
        modelBytes({ label: 'Free', noQuota: true }),
        modelBytes({ label: 'Odd', left: 0.5, resetSeconds: -5 }),
        modelBytes({ label: 'Exact', left: 0.5, resetSeconds: RESET, nanos: 250_000_000 }),
      ]),
    )
    expect(status?.dropped).toBe(0)
    expect(status?.models.map(({ label, resetsAt }) => [label, resetsAt])).toEqual([
      ['Odd', null],
      ['Exact', RESET * 1000 + 250],
    ])
  })
})

/** S16: none of these may be read, throw, or take long. */
const MALFORMED: readonly (readonly [string, readonly number[]])[] = [
  ['a length near 2^62', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f]],
  ['a length of 2^32 + 1, which is 1 in 32 bits', [0x0a, 0x81, 0x80, 0x80, 0x80, 0x10, 0x41]],
  ['a length one beyond the end', [0x0a, 0x02, 0x41]],
  ['a negative length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ['a varint of 11 bytes', [0x08, ...Array.from({ length: 10 }, () => 0xff), 0x01]],
  ['a varint that is cut off', [0x08, 0x80]],
  ['a tag that is cut off', [0x8a]],
  ['a tag of 6 bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ['field number 0', [0x00, 0x01]],
  ['the start of a group', [0x0b]],
  ['the end of a group', [0x0c]],
  ['wire type 6', [0x0e, 0x00]],
  ['wire type 7', [0x0f, 0x00]],
  ['a fixed32 that is cut off', [0x0d, 0x01, 0x02, 0x03]],
  ['a fixed64 that is cut off', [0x09, 1, 2, 3, 4, 5, 6, 7]],
  ['a thousand groups', Array.from({ length: 1_000 }, () => 0x0b)],
]

describe('bytes that are no message (S16)', () => {
  it.each(MALFORMED)('are refused: %s', (_what, bytes) => {
    expect(readFields(Uint8Array.from(bytes))).toBeNull()
    expect(readUserStatus(base64(Uint8Array.from(bytes)))).toBeNull()
  })

  it.each(['', '    ', 'not base64!', 'QUJD=QUJD', 'A'.repeat(5 * 1024 * 1024)])('are refused as text', (text) => {
    expect(fromBase64(text)).toBeNull()
    expect(readUserStatus(text)).toBeNull()
  })

  it('survive damaged answers: never throw, never give a number that is none', {
    timeout: 600_000,
  }, () => {
    const vector = Buffer.from(VECTOR, 'base64')
    const mutated = fc
      .array(fc.tuple(fc.nat(vector.length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 })
      .map((edits) => {
        const copy = Uint8Array.from(vector)
        for (const [at, value] of edits) copy[at] = value
        return copy
      })
    const cut = fc.nat(vector.length).map((end) => Uint8Array.from(vector.subarray(0, end)))
    const noise = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(fc.oneof(noise, mutated, cut), (bytes) => {
        const status = readUserStatus(base64(bytes))
        for (const { label, left, resetsAt } of status?.models ?? []) {
          expect(label.length).toBeGreaterThan(0)
          if (left !== null) expect(left >= 0 && left <= 1).toBe(true)
          if (resetsAt !== null) expect(Number.isSafeInteger(resetsAt)).toBe(true)
        }
      }),
      { numRuns: FUZZ_RUNS },
    )
  })
})
