import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  epochMs,
  fromAnyInstant,
  fromGoDuration,
  fromIso,
  fromUnixMs,
  fromUnixSeconds,
  instantReader,
  toIso,
  toIsoOrNull,
} from './time.ts'

const AT = Date.UTC(2026, 0, 4, 20, 0, 0)

it('an instant reader reads what fromIso reads, however often', () => {
  const read = instantReader()
  const texts = [null, '2026-01-04T20:00:00Z', 'tomorrow', '2026-01-04T21:00:00Z', '2026-01-04T20:00:00Z', 'tomorrow']
  expect(texts.map(read)).toEqual(texts.map(fromIso))
  expect(read('2026-01-04T20:00:00Z')).toBe(AT)
})

describe('fromIso', () => {
  it.each([
    ['2026-01-04T20:00:00Z', AT],
    ['2026-01-04T20:00Z', AT],
    ['2026-01-04 20:00:00', AT],
    ['2026-01-04t20:00:00z', AT],
    [' 2026-01-04T20:00:00.123456789Z ', AT + 123],
    ['2026-01-04T20:00:00.5Z', AT + 500],
    ['2026-01-04T22:00:00+02:00', AT],
    ['2026-01-05T01:30:00+0530', AT],
    ['2026-01-04T15:00:00-05:00', AT],
    ['2026-01-04', Date.UTC(2026, 0, 4)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, expected) => {
    expect(fromIso(text)).toBe(expected)
  })

  it.each([
    '',
    'soon',
    '2026-02-30T00:00:00Z',
    '2025-02-29',
    '2026-13-01T00:00:00Z',
    '2026-01-04T25:00:00Z',
    '0001-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '2026-01-04T20:00:00Z; rm',
    null,
    undefined,
    17,
    {},
  ])('takes %j for no instant (T05)', (text) => {
    expect(fromIso(text)).toBeNull()
  })

  it('reads back every instant that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 978_307_200_000, max: 4_102_444_800_000 }), (ms) => {
        expect(fromIso(toIso(epochMs(ms)))).toBe(ms)
      }),
    )
  })
})

describe('the quick way of reading our own instants', () => {
  // With an offset instead of `Z` a text takes the long way.
  const slowly = (text: string) => fromIso(`${text.slice(0, -1)}+00:00`)
  const anyTime = fc.integer({ min: 900_000_000_000, max: 4_200_000_000_000 }).map((ms) => new Date(ms).toISOString())
  const digit = fc.constantFrom(...'0123456789')

  it('agrees with the long way, whatever digit is another', () => {
    const place = fc.constantFrom(0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 22)
    fc.assert(
      fc.property(anyTime, place, digit, fc.boolean(), (text, at, other, isWhole) => {
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        const written = isWhole ? `${changed.slice(0, 19)}Z` : changed
        expect(fromIso(written)).toBe(slowly(written))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(['2026-01-0xT20:00:00Z', '2026-01-04T20:00:00.1x3Z', '2026-01-04T20:00:0 Z', '2026:01-04T20:00:00Z'])(
    'takes %s for no instant',
    (text) => {
      expect(fromIso(text)).toBeNull()
    },
  )
})

describe('numbers as instants', () => {
  it('cuts fractions of a second to milliseconds', () => {
    expect(fromUnixSeconds(1_767_556_800.1239)).toBe(1_767_556_800_123)
    expect(fromUnixMs(1_767_556_800_000.9)).toBe(1_767_556_800_000)
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e18, '1767556800', null])('refuses %j as seconds', (value) => {
    expect(fromUnixSeconds(value)).toBeNull()
  })

  it('tells seconds from milliseconds by size, in text too', () => {
    expect(fromAnyInstant(1_767_556_800)).toBe(1_767_556_800_000)
    expect(fromAnyInstant(1_767_556_800_000)).toBe(1_767_556_800_000)
    expect(fromAnyInstant('1767556800')).toBe(1_767_556_800_000)
    expect(fromAnyInstant(' 1767556800.5 ')).toBe(1_767_556_800_500)
    expect(fromAnyInstant('2026-01-04T20:00:00Z')).toBe(AT)
    expect(fromAnyInstant('tomorrow')).toBeNull()
    expect(fromAnyInstant(0)).toBeNull()
    expect(fromAnyInstant(true)).toBeNull()
  })
})

describe('toIso', () => {
  it('leaves whole seconds without a fraction', () => {
    expect(toIso(epochMs(AT))).toBe('2026-01-04T20:00:00Z')
    expect(toIso(epochMs(AT + 5))).toBe('2026-01-04T20:00:00.005Z')
    expect(toIsoOrNull(null)).toBeNull()
  })
})

describe('fromGoDuration', () => {
  it.each([
    ['3.957525076s', 3957.525076],
    ['3h45m0s', 13_500_000],
    ['108h48m20.79s', 391_700_790],
    ['250ms', 250],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(fromGoDuration(text)).toBeCloseTo(ms, 6)
  })

  it.each(['', '5', '-5s', 's', '1h 2m', '1x', 5, null])('refuses %j', (text) => {
    expect(fromGoDuration(text)).toBeNull()
  })
})
