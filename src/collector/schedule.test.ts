import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STATUS_OF_CODE } from '../model/problem.ts'
import { epochMs, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import { delayAfterFailure, delayAfterRead, intervalOf, staleAfterOf, startDelay, wakeDelay } from './schedule.ts'
import { testQuota, testSettings } from './testing.ts'

const NOW = epochMs(Date.UTC(2026, 10, 22, 9, 0, 0))
const settings = testSettings()
const fail = (code: keyof typeof STATUS_OF_CODE, count = 1, requestedMs: number | null = null, random = 0) =>
  delayAfterFailure({ code, count, requestedMs, intervalMs: MINUTE_MS }, settings, () => random)

describe('the wait after a good reading', () => {
  it('is the cadence with jitter that only adds', () => {
    expect(delayAfterRead([], NOW, MINUTE_MS, () => 0)).toBe(MINUTE_MS)
    expect(delayAfterRead([], NOW, MINUTE_MS, () => 1)).toBe(66 * SECOND_MS)
  })

  it('ends 5 to 60 seconds after a reset that comes first (T17)', () => {
    const quotas = [testQuota({ resetsAt: plusMs(NOW, MINUTE_MS) }), testQuota({ resetsAt: plusMs(NOW, HOUR_MS) })]
    expect(delayAfterRead(quotas, NOW, HOUR_MS, () => 0)).toBe(65 * SECOND_MS)
    expect(delayAfterRead(quotas, NOW, HOUR_MS, () => 1)).toBe(120 * SECOND_MS)
  })

  it('does not fall on the very moment of a reset', () => {
    const quotas = [testQuota({ resetsAt: plusMs(NOW, 59 * SECOND_MS) })]
    expect(delayAfterRead(quotas, NOW, MINUTE_MS, () => 0)).toBe(64 * SECOND_MS)
  })

  it('takes no notice of resets that have passed: one poll a reset, not a storm', () => {
    expect(delayAfterRead([testQuota({ resetsAt: plusMs(NOW, -1) })], NOW, MINUTE_MS, () => 0)).toBe(MINUTE_MS)
  })

  it('spreads 200 accounts that reset at the same second over a minute (T17)', () => {
    const quotas = [testQuota({ resetsAt: plusMs(NOW, 10 * MINUTE_MS) })]
    const delays = Array.from({ length: 200 }, (_, index) => delayAfterRead(quotas, NOW, HOUR_MS, () => index / 200))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10 * MINUTE_MS + 5 * SECOND_MS)
    expect(Math.max(...delays)).toBeLessThanOrEqual(11 * MINUTE_MS)
    expect(new Set(delays.map((delay) => Math.floor(delay / SECOND_MS))).size).toBeGreaterThan(50)
  })

  it('is never within five seconds after a reset, nor longer than cadence, jitter and those five seconds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -HOUR_MS, max: HOUR_MS })),
        fc.integer({ min: SECOND_MS, max: HOUR_MS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (resets, interval, random) => {
          const quotas = resets.map((reset) => testQuota({ resetsAt: plusMs(NOW, reset) }))
          const delay = delayAfterRead(quotas, NOW, interval, () => random)
          expect(delay).toBeGreaterThan(0)
          expect(delay).toBeLessThanOrEqual(interval * 1.1 + 5 * SECOND_MS)
          const next = Math.min(...resets.filter((reset) => reset > 0))
          expect(delay >= next && delay < next + 5 * SECOND_MS).toBe(false)
        },
      ),
    )
  })
})

describe('the wait after a failure', () => {
  it('grows from a minute to an hour without a network', () => {
    expect([1, 2, 3, 20].map((count) => fail('offline', count) / MINUTE_MS)).toEqual([1, 2, 4, 60])
  })

  it('is six hours after a 403, one where somebody has to verify the account', () => {
    expect(fail('forbidden')).toBe(6 * HOUR_MS)
    expect(fail('verification_required')).toBe(HOUR_MS)
  })

  it('is an hour where only a sign-in or another plan helps', () => {
    expect(fail('credential_expired')).toBe(HOUR_MS)
    expect(fail('signed_out')).toBe(HOUR_MS)
    expect(fail('no_quota_reported')).toBe(HOUR_MS)
  })

  it('grows slowly for answers that are not understood', () => {
    expect([1, 2, 20].map((count) => fail('unexpected_response', count) / MINUTE_MS)).toEqual([5, 10, 60])
  })

  it('slows down when a service keeps refusing one model without naming a wait', () => {
    expect([1, 2, 3].map((count) => fail('rate_limited', count) / MINUTE_MS)).toEqual([1, 2, 4])
  })

  it('is never shorter than what the service asked for, whatever the code', () => {
    const codes = Object.keys(STATUS_OF_CODE) as (keyof typeof STATUS_OF_CODE)[]
    for (const code of codes) expect(fail(code, 1, 3 * HOUR_MS, 0.3)).toBeGreaterThanOrEqual(3 * HOUR_MS)
  })
})

describe('the other waits', () => {
  it('have cadences for providers that nobody configured', () => {
    expect(intervalOf('unheard-of', settings)).toBe(5 * MINUTE_MS)
    expect(staleAfterOf('claude', settings)).toBe(15 * MINUTE_MS)
    expect(staleAfterOf('claude', testSettings({ intervalMs: { claude: HOUR_MS } }))).toBe(3 * HOUR_MS)
  })

  it('spread a start, and more so a wake', () => {
    expect(startDelay(100, HOUR_MS, () => 1)).toBe(3 * SECOND_MS)
    expect(startDelay(1, HOUR_MS, () => 1)).toBe(100)
    expect(wakeDelay(() => 0)).toBe(3 * SECOND_MS)
    expect(wakeDelay(() => 1)).toBe(63 * SECOND_MS)
  })
})
