import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockedModel, capRequestedWait, requestedDelayMs } from './retry-after.ts'
import { epochMs } from './time.ts'

const AT = epochMs(Date.parse('2026-11-22T09:00:00Z'))

function reply(headers: Record<string, string>, body: unknown = '') {
  return { headers, body: typeof body === 'string' ? body : JSON.stringify(body), at: AT }
}

const GOOGLE_429 = {
  error: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'QUOTA_EXHAUSTED',
        metadata: { quotaResetDelay: '3h45m0s', model: 'claude-sonnet-4' },
      },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '3.957525076s' },
    ],
  },
}

describe('requestedDelayMs', () => {
  it('reads seconds', () => {
    expect(requestedDelayMs(reply({ 'retry-after': '3600' }))).toBe(3_600_000)
    expect(requestedDelayMs(reply({ 'retry-after': ' 1.5 ' }))).toBe(1500)
  })

  it.each(['0', '-5', '', 'abc', '1e3', 'Infinity', 'NaN', 'soon'])('takes %j for no information', (value) => {
    expect(requestedDelayMs(reply({ 'retry-after': value }))).toBeNull()
  })

  it.each([
    ['IMF-fixdate', 'Sun, 22 Nov 2026 09:10:00 GMT'],
    ['RFC 850', 'Sunday, 22-Nov-26 09:10:00 GMT'],
    ['asctime', 'Sun Nov 22 09:10:00 2026'],
  ])('reads a date as %s', (_form, value) => {
    expect(requestedDelayMs(reply({ 'retry-after': value }))).toBe(600_000)
  })

  it('reads a one-digit day of asctime', () => {
    const at = epochMs(Date.parse('2026-11-06T09:00:00Z'))
    expect(requestedDelayMs({ headers: { 'retry-after': 'Fri Nov  6 09:01:00 2026' }, body: '', at })).toBe(60_000)
  })

  it("measures a date against the server's own clock, an hour off", () => {
    const headers = { date: 'Sun, 22 Nov 2026 08:00:00 GMT', 'retry-after': 'Sun, 22 Nov 2026 08:10:00 GMT' }
    expect(requestedDelayMs(reply(headers))).toBe(600_000)
  })

  it('takes a date that has passed for no information', () => {
    expect(requestedDelayMs(reply({ 'retry-after': 'Sun, 22 Nov 2026 08:59:00 GMT' }))).toBeNull()
    expect(requestedDelayMs(reply({ 'retry-after': 'Sunday, 22-Nov-90 08:59:00 GMT' }))).toBeNull()
  })

  it('reads milliseconds and the reset of a rate limit', () => {
    expect(requestedDelayMs(reply({ 'retry-after-ms': '2500' }))).toBe(2500)
    const reset = String(AT / 1000 + 90)
    expect(requestedDelayMs(reply({ 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': '0' }))).toBe(90_000)
    expect(requestedDelayMs(reply({ 'x-ratelimit-reset': String(AT + 90_000) }))).toBe(90_000)
  })

  it('ignores a rate limit that still has room, and one that is not an instant', () => {
    const reset = String(AT / 1000 + 90)
    expect(requestedDelayMs(reply({ 'x-ratelimit-reset': reset, 'x-ratelimit-remaining': '12' }))).toBeNull()
    expect(requestedDelayMs(reply({ 'x-ratelimit-reset': '60' }))).toBeNull()
  })

  it('prefers the header, and falls to the body when the header says nothing', () => {
    expect(requestedDelayMs(reply({ 'retry-after': '7' }, GOOGLE_429))).toBe(7000)
    expect(requestedDelayMs(reply({ 'retry-after': '0' }, GOOGLE_429))).toBeCloseTo(3957.525, 2)
  })

  it('reads the details of a one-element list', () => {
    expect(requestedDelayMs(reply({}, [GOOGLE_429]))).toBeCloseTo(3957.525, 2)
  })

  it('reads quotaResetDelay, quotaResetTimeStamp and resets_in_seconds', () => {
    const withMetadata = (metadata: unknown) => reply({}, { error: { details: [{ metadata }] } })
    expect(requestedDelayMs(withMetadata({ quotaResetDelay: '1h30m' }))).toBe(5_400_000)
    expect(requestedDelayMs(withMetadata({ quotaResetTimeStamp: '2026-11-22T09:05:00Z' }))).toBe(300_000)
    expect(requestedDelayMs(reply({}, { error: { resets_in_seconds: 42 } }))).toBe(42_000)
    expect(requestedDelayMs(reply({}, { resets_in_seconds: '42' }))).toBe(42_000)
  })

  it('reads a duration that is spelled out', () => {
    const body = { error: { details: [{ retryDelay: { seconds: '12', nanos: 5 } }] } }
    expect(requestedDelayMs(reply({}, body))).toBe(12_000)
  })

  it('finds nothing in HTML, broken JSON or prose', () => {
    for (const body of ['<html>retry in 30s</html>', '{"error":', 'wait 30s', '[]', '[null]', '{"error":"x"}']) {
      expect(requestedDelayMs(reply({}, body))).toBeNull()
    }
  })

  it('is null or a positive finite number for any header and any body', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.string(), (header, body, date) => {
        const delay = requestedDelayMs(reply({ 'retry-after': header, date }, { error: { details: [body] } }))
        expect(delay === null || (Number.isFinite(delay) && delay > 0)).toBe(true)
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})

describe('capRequestedWait', () => {
  it('honours up to six hours in full and says when it cut', () => {
    expect(capRequestedWait(21_600_000)).toEqual({ ms: 21_600_000, cut: false })
    expect(capRequestedWait(21_600_001)).toEqual({ ms: 21_600_000, cut: true })
    expect(capRequestedWait(1e18)).toEqual({ ms: 21_600_000, cut: true })
  })
})

describe('blockedModel', () => {
  it('names the model and its own reset, not the short retry delay', () => {
    expect(blockedModel(reply({}, GOOGLE_429))).toEqual({ model: 'claude-sonnet-4', untilMs: AT + 13_500_000 })
  })

  it('is null without a model, without a time, or with a model that is not an id', () => {
    const of = (metadata: unknown) => blockedModel(reply({}, { error: { details: [{ metadata }] } }))
    expect(of({ quotaResetDelay: '1h' })).toBeNull()
    expect(of({ model: 'claude-opus-4' })).toBeNull()
    expect(of({ model: 'ha ha\n', quotaResetDelay: '1h' })).toBeNull()
  })
})
