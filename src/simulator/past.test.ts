import { describe, expect, it } from 'vitest'
import { sampleAccount, sampleState } from '../../test/helpers/sample-board.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS, MINUTE_MS, makeQuota, type Quota } from '../model/index.ts'
import { inventPast, type PastOptions, type QuotaPast, stepsOf } from './past.ts'

/** Wednesday, 18 November 2026. */
const NOW = epochMs(Date.UTC(2026, 10, 18, 9, 40))
const WEEKS: PastOptions = { now: NOW, spanMs: 35 * DAY_MS, stepMs: HOUR_MS }

function window(facts: Partial<Quota> = {}): Quota {
  const usedRatio = facts.usedRatio ?? 0.62
  return makeQuota({
    id: 'session',
    label: 'Session',
    kind: 'window',
    usedRatio,
    remainingRatio: 1 - usedRatio,
    windowSeconds: 18_000,
    resetsAt: epochMs(NOW + 2 * HOUR_MS),
    ...facts,
  })
}

function pastOf(quotas: readonly Quota[], options: PastOptions = WEEKS): readonly QuotaPast[] {
  return inventPast(sampleState(sampleAccount('claude', 'ada'), quotas), options)
}

function valuesOf(past: QuotaPast | undefined, options: PastOptions = WEEKS): readonly (Quota & { at: EpochMs })[] {
  return [...stepsOf(options)].map((at) => ({ ...(past?.at(at) as Quota), at }))
}

describe('an invented past', () => {
  it('is the same for the same reading, whole hours over five weeks, up to now', () => {
    const [values, again] = [valuesOf(pastOf([window()])[0]), valuesOf(pastOf([window()])[0])]
    expect(values).toEqual(again)
    expect(values).toHaveLength(35 * 24)
    expect(values.every(({ at }) => at % HOUR_MS === 0)).toBe(true)
    expect(NOW - (values.at(-1)?.at ?? 0)).toBeLessThan(HOUR_MS)
  })

  it('goes in windows that follow each other up to the present one, and ends at what was read', () => {
    const [past] = pastOf([window()])
    const fine = { ...WEEKS, stepMs: MINUTE_MS, spanMs: 2 * DAY_MS }
    const values = valuesOf(past, fine)
    for (const [index, one] of values.entries()) {
      expect((one.resetsAt ?? 0) - one.at).toBeGreaterThan(0)
      expect((one.resetsAt ?? 0) - one.at).toBeLessThanOrEqual(5 * HOUR_MS)
      expect(Math.abs((NOW + 2 * HOUR_MS - (one.resetsAt ?? 0)) % (5 * HOUR_MS))).toBe(0)
      const before = values[index - 1]
      if (before !== undefined && before.resetsAt === one.resetsAt) {
        expect(one.usedRatio).toBeGreaterThanOrEqual(before.usedRatio ?? 0)
      }
    }
    expect(values.at(-1)?.usedRatio).toBeCloseTo(0.62, 1)
    expect(past?.at(NOW)).toEqual(window())
  })

  it('joins time that runs fast: the present window is a short one, those before are of full length', () => {
    const fast = { ...WEEKS, speed: 60 }
    const present = window({ windowSeconds: 300, resetsAt: epochMs(NOW + 2 * MINUTE_MS) })
    const [past] = pastOf([present], fast)
    const began = epochMs(NOW - 3 * MINUTE_MS)
    expect(past?.at(epochMs(began - 1))).toMatchObject({ windowSeconds: 18_000, resetsAt: began })
    expect(past?.at(epochMs(began - 5 * HOUR_MS))).toMatchObject({ usedRatio: 0, resetsAt: began })
    expect(past?.at(epochMs(began + MINUTE_MS))).toMatchObject({ windowSeconds: 300, resetsAt: present.resetsAt })
    expect(past?.at(NOW)).toEqual(present)
  })

  it('moves models with the window of their pool that binds them now, and leaves out what does not move', () => {
    const shared = { providerPool: '3p' }
    const quotas = [
      window({ ...shared, id: 'pool.3p-5h' }),
      window({
        ...shared,
        id: 'pool.3p-weekly',
        windowSeconds: 604_800,
        usedRatio: 0.3,
        resetsAt: epochMs(NOW + 3 * DAY_MS),
      }),
      window({ ...shared, id: 'opus', kind: 'model', windowSeconds: null, usedRatio: 0.3, remainingRatio: 0.7 }),
      window({ id: 'tab', kind: 'model', windowSeconds: null, helper: true }),
      makeQuota({ id: 'chat', label: 'Chat', kind: 'window', unlimited: true }),
      makeQuota({ id: 'unknown', label: 'Unknown', kind: 'model' }),
    ]
    const pasts = pastOf(quotas)
    expect(pasts.map(({ quota }) => quota)).toEqual(['pool.3p-5h', 'pool.3p-weekly', 'opus'])
    const [short, long, model] = pasts.map((past) =>
      valuesOf(past).map(({ usedRatio, resetsAt }) => [usedRatio, resetsAt]),
    )
    expect(model).toEqual(long)
    expect(model).not.toEqual(short)
    expect(new Set(model?.map(([usedRatio]) => usedRatio)).size).toBeGreaterThan(100)
  })

  it('tells amounts as the service does: whole ones whole, money with cents, a balance that only went down', () => {
    const quotas = [
      window({ id: 'premium', unit: 'requests', used: 93, limit: 300, remaining: 207, usedRatio: 0.31 }),
      makeQuota({ id: 'usage.daily', label: 'Spend', kind: 'spend', unit: 'USD', used: 0.53, windowSeconds: 86_400 }),
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 12.5 }),
    ]
    const [premium, spend, credits] = pastOf(quotas).map((past) => valuesOf(past))
    for (const { used, remaining } of premium ?? []) expect((used ?? 0) + (remaining ?? 0)).toBe(300)
    expect(premium?.every(({ used }) => Number.isInteger(used))).toBe(true)
    expect(spend?.every(({ used, usedRatio }) => (used ?? -1) >= 0 && (used ?? 9) < 2 && usedRatio === null)).toBe(true)
    expect(new Set(spend?.map(({ used }) => used)).size).toBeGreaterThan(100)
    const left = credits?.map(({ remaining }) => remaining ?? 0) ?? []
    expect(left).toEqual(left.toSorted((a, b) => b - a))
    expect(left[0]).toBeGreaterThan(20)
    expect(left.at(-1)).toBeCloseTo(12.5, 0)
  })
})
