import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochMs, HOUR_MS, MINUTE_MS, makeQuota } from '../model/index.ts'
import { type Bucket, rollUp, SPANS } from './rollup.ts'
import type { StoredSample } from './sample-row.ts'
import { START, session, testHistory } from './testing.ts'

function sample(at: number, usedRatio: number | null): StoredSample {
  const { used, limit, remaining, remainingRatio, unlimited, inferred, resetsAt } = session(usedRatio, null)
  const facts = { used, limit, remaining, usedRatio, remainingRatio, unlimited, inferred, resetsAt }
  return { series: 1, seq: at, at: epochMs(at), facts }
}

const hours = (buckets: readonly Bucket[]): Bucket[] => buckets.filter((bucket) => bucket.span === SPANS.hour.code)

const steps = fc.array(
  fc.record({
    wait: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * MINUTE_MS),
    used: fc.option(
      fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000),
      { freq: 12 },
    ),
  }),
  { minLength: 1, maxLength: 120 },
)

function samplesOf(all: readonly { readonly wait: number; readonly used: number | null }[]): StoredSample[] {
  let at: number = START
  return all.map(({ wait, used }) => {
    at += wait
    return sample(at, used)
  })
}

describe('rollUp', () => {
  it('keeps min, max, last and count of every hour, as a naive count finds them', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const samples = samplesOf(all)
        for (const bucket of hours(rollUp(samples, false, HOUR_MS))) {
          const inside = samples.filter((one) => Math.floor(one.at / HOUR_MS) * HOUR_MS === bucket.startsAt)
          const values = inside.map((one) => one.facts.usedRatio).filter((value) => value !== null)
          expect(bucket.count).toBe(values.length)
          for (const value of values) {
            expect(bucket.min.value).toBeLessThanOrEqual(value)
            expect(bucket.max.value).toBeGreaterThanOrEqual(value)
          }
          if (inside.length > 0 && inside.at(-1)?.facts.usedRatio !== null && values.length > 0) {
            expect(bucket.last.value).toBe(inside.at(-1)?.facts.usedRatio)
          }
          expect(bucket.mean).toBeGreaterThanOrEqual(bucket.min.value - 1e-12)
          expect(bucket.mean).toBeLessThanOrEqual(bucket.max.value + 1e-12)
          expect(bucket.knownMs).toBeLessThanOrEqual(HOUR_MS)
        }
      }),
    )
  })

  it('weights the mean by time: the sum over hours is the integral of the steps', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const samples = samplesOf(all)
        let area = 0
        for (const [index, one] of samples.entries()) {
          const until = samples[index + 1]?.at
          if (until !== undefined && one.facts.usedRatio !== null) area += one.facts.usedRatio * (until - one.at)
        }
        for (const span of [SPANS.hour.code, SPANS.day.code]) {
          const buckets = rollUp(samples, false, 2 * HOUR_MS).filter((bucket) => bucket.span === span)
          const sum = buckets.reduce((total, bucket) => total + bucket.mean * bucket.knownMs, 0)
          expect(sum).toBeCloseTo(area, 2)
        }
      }),
    )
  })

  it('is the same in pieces of any size as in one go', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (all, size) => {
        const whole = testHistory()
        const pieces = testHistory()
        for (const [index, one] of samplesOf(all).entries()) {
          const quotas = [session(one.facts.usedRatio, null)]
          for (const { store } of [whole, pieces]) {
            store.record({
              at: one.at,
              account: { id: 'a/b', provider: 'a', name: 'b' },
              reading: { quotas, notes: [] },
              observedAt: null,
              problem: null,
            })
          }
          if (index % size === 0) pieces.store.maintain(one.at)
        }
        for (const { store } of [whole, pieces]) store.maintain(START)
        for (const span of ['hour', 'day'] as const) {
          const [one, other] = [whole, pieces].map(({ store }) => store.rollups({ span }))
          // A mean is kept in whole billionths, so adding in pieces may round it; all else is exactly the same.
          expect(other?.map((rollup) => ({ ...rollup, mean: null }))).toEqual(
            one?.map((rollup) => ({ ...rollup, mean: null })),
          )
          for (const [index, rollup] of (one ?? []).entries()) {
            expect(Math.abs((other?.[index]?.mean ?? 0) - (rollup.mean ?? 0))).toBeLessThan(1e-6)
          }
        }
        whole.store.close()
        pieces.store.close()
      }),
      { numRuns: 15 },
    )
  })

  it('carries a value over an hour without a sample, and leaves a long silence out', () => {
    const held = hours(rollUp([sample(START + 59 * MINUTE_MS, 0.5), sample(START + 2 * HOUR_MS, 0.7)], false, HOUR_MS))
    expect(held.map((bucket) => [bucket.count, bucket.knownMs / MINUTE_MS, bucket.last.value])).toEqual([
      [1, 1, 0.5],
      [0, 60, 0.5],
      [1, 0, 0.7],
    ])
    const silent = hours(rollUp([sample(START, 0.5), sample(START + 9 * HOUR_MS, 0.7)], false, HOUR_MS))
    expect(silent.map((bucket) => (bucket.startsAt - START) / HOUR_MS)).toEqual([0, 9])
  })

  it('weighs time that runs backwards as nothing (T12)', () => {
    const back = rollUp(
      [sample(START + HOUR_MS, 0.5), sample(START, 0.6), sample(START + MINUTE_MS, 0.7)],
      false,
      HOUR_MS,
    )
    expect(hours(back).map((bucket) => bucket.knownMs)).toEqual([0, MINUTE_MS])
  })
})

describe('rolled-up measures', () => {
  it('are the remaining amount of a balance, with amounts beside shares', () => {
    const { store, poll, clock } = testHistory()
    const balance = (remaining: number) =>
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining })
    const requests = makeQuota({
      id: 'premium',
      label: 'Premium',
      kind: 'window',
      unit: 'requests',
      used: 30,
      limit: 300,
      remaining: 270,
      usedRatio: 0.1,
      remainingRatio: 0.9,
    })
    poll([balance(10), requests])
    poll([balance(8)])
    store.maintain(clock.now())
    expect(store.rollups({ quota: 'credits', span: 'day' })).toMatchObject([
      { measure: 'remaining', min: 8, max: 10, last: 8, count: 2, mean: 10 },
    ])
    expect(store.rollups({ quota: 'premium', span: 'hour' })).toMatchObject([{ measure: 'usedRatio', mean: null }])
  })
})
