import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Quota } from '../../src/model/quota.ts'
import { until } from '../helpers/wait.ts'
import { GOOD, openWard, type Ward } from './ward.ts'

const RESET = '2099-01-01T00:00:00Z'
const quotaInfo = (remainingFraction: unknown, resetTime: unknown = RESET): unknown => ({
  quotaInfo: { ...(remainingFraction === undefined ? {} : { remainingFraction }), resetTime },
})
const fine = quotaInfo(0.42)
const bucket = (bucketId: string, window: string, remainingFraction: number, more: object = {}): unknown => ({
  bucketId,
  window,
  displayName: window,
  remainingFraction,
  resetTime: RESET,
  ...more,
})
const summary = (...buckets: readonly unknown[]): unknown => ({ groups: [{ displayName: 'Pool', buckets }] })

interface Drift {
  readonly fault: string
  /** A text goes out as it is. */
  readonly models?: unknown
  readonly summary?: unknown
  readonly tier?: unknown
  readonly userQuota?: unknown
  /** Facts of quotas that must be so; `undefined`: there is no such quota. */
  readonly expected: Readonly<Record<string, Partial<Quota> | undefined>>
}

const DRIFTS: readonly Drift[] = [
  {
    fault: 'S01 keys and windows nobody knows become no number of ours',
    models: {
      models: { m: { ...(fine as object), codename_omelette: { utilization: 99 } } },
      seven_day_omelette: 0.99,
    },
    summary: summary(bucket('3p-5h', '5h', 0.5, { brandNew: true })),
    expected: { m: { remainingRatio: 0.42 }, 'pool.3p-5h': { remainingRatio: 0.5 }, seven_day_omelette: undefined },
  },
  {
    fault: 'S02 a bad sibling sinks no good one',
    models: { models: { bad: 'text', worse: { quotaInfo: 7 }, worst: null, m: fine } },
    summary: { groups: [null, 'x', { buckets: [3, null, bucket('3p-5h', '5h', 0.5)] }] },
    expected: { m: { remainingRatio: 0.42 }, 'pool.3p-5h': { remainingRatio: 0.5 } },
  },
  {
    fault: 'S03 null and absent windows are unknown, neither 0 nor full',
    models: { models: { m: fine, nothing: {}, nil: { quotaInfo: null }, hollow: { quotaInfo: {} } } },
    expected: {
      m: { remainingRatio: 0.42 },
      nothing: { remainingRatio: null },
      nil: { remainingRatio: null },
      hollow: { remainingRatio: null },
    },
  },
  {
    fault: 'S04 a fraction left out beside a reset means nothing is left, and says that it was inferred',
    models: { models: { m: fine, spent: quotaInfo(undefined) } },
    expected: { spent: { remainingRatio: 0, inferred: true }, m: { inferred: false } },
  },
  {
    fault: 'S04 no fraction anywhere means unknown',
    models: { models: { a: quotaInfo(undefined), b: quotaInfo(undefined) } },
    expected: { a: { remainingRatio: null }, b: { remainingRatio: null } },
  },
  {
    fault: 'S06 what is left and what is used are never swapped',
    models: { models: { m: quotaInfo(0.9) } },
    expected: { m: { remainingRatio: 0.9, usedRatio: 0.1 } },
  },
  {
    fault: 'S07 a small fraction is a fraction, and 40 is no percent',
    models: { models: { small: quotaInfo(0.004), big: quotaInfo(40), m: fine } },
    expected: { small: { remainingRatio: 0.004 }, big: { remainingRatio: 1 }, m: { remainingRatio: 0.42 } },
  },
  {
    fault: 'S09 beyond both ends is the end',
    models: { models: { over: quotaInfo(1.37), under: quotaInfo(-0.2), m: fine } },
    expected: { over: { remainingRatio: 1, usedRatio: 0 }, under: { remainingRatio: 0, usedRatio: 1 } },
  },
  {
    fault: 'S10 a number that is none is unknown',
    models: `{"models":{"inf":{"quotaInfo":{"remainingFraction":1e309,"resetTime":"${RESET}"}},"text":{"quotaInfo":{"remainingFraction":"NaN","resetTime":"${RESET}"}},"m":{"quotaInfo":{"remainingFraction":0.42,"resetTime":"${RESET}"}}}}`,
    expected: { inf: { remainingRatio: null }, text: { remainingRatio: null }, m: { remainingRatio: 0.42 } },
  },
  {
    fault: 'S11 windows in another order are still themselves',
    models: { models: { m: fine } },
    summary: summary(bucket('3p-weekly', 'weekly', 0.9), bucket('3p-5h', '5h', 0.1)),
    expected: { 'pool.3p-weekly': { remainingRatio: 0.9 }, 'pool.3p-5h': { remainingRatio: 0.1 } },
  },
  {
    fault: 'S12 a reset in a form that nobody agreed on is unknown, not 1970',
    models: { models: { m: quotaInfo(0.42, 'soon'), n: quotaInfo(0.42, 0), o: quotaInfo(0.42, '57000-01-01') } },
    expected: { m: { resetsAt: null, remainingRatio: 0.42 }, n: { resetsAt: null }, o: { resetsAt: null } },
  },
  {
    fault: 'S14 a plan with a new name is shown under it',
    models: { models: { m: fine } },
    tier: { currentTier: { id: 'prolite-2027', name: 'Pro Lite' } },
    expected: { m: { remainingRatio: 0.42 } },
  },
  {
    fault: 'S17 a list in which everything is full gives way to the numbers of the other endpoint',
    models: { models: { m: quotaInfo(1), n: quotaInfo(1) } },
    summary: { groups: 'what?' },
    userQuota: { buckets: [{ modelId: 'm', remainingFraction: 0.3, resetTime: RESET, tokenType: 'REQUESTS' }] },
    expected: { m: { remainingRatio: 0.3 } },
  },
  {
    fault: 'S17 a list in which everything is full is only believed with a mark',
    models: { models: { m: quotaInfo(1), n: quotaInfo(1) } },
    expected: { m: { remainingRatio: 1, inferred: true }, n: { inferred: true } },
  },
  {
    fault: 'S18 one endpoint of two: what answers is new, the rest stays with its own age',
    models: { models: { m: fine } },
    summary: 'not json at all',
    expected: { m: { remainingRatio: 0.42 }, 'pool.3p-5h': { remainingRatio: 0.75, observedAt: expect.any(Number) } },
  },
  {
    fault: 'S19 helper models are marked, so that none of them is ever the headline',
    models: { models: { m: fine, tab_flash_lite_preview: quotaInfo(0.01), chat_20706: quotaInfo(0.01) } },
    expected: { tab_flash_lite_preview: { helper: true }, chat_20706: { helper: true }, m: { helper: false } },
  },
  {
    fault: 'S20 keys of the prototype, a key twice, huge integers',
    models: `{"models":{"__proto__":{"quotaInfo":{"remainingFraction":0.9}},"m":{"quotaInfo":{"remainingFraction":0.1}},"m":{"maxTokens":123456789012345678901234567890,"quotaInfo":{"remainingFraction":0.42,"resetTime":"${RESET}"}}}}`,
    expected: { m: { remainingRatio: 0.42 } },
  },
]

const DEEP = `{"models":{"m":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
const nameOf = (index: number): string => `drift${index}`

describe('answers whose form has changed, each of another account', () => {
  let ward: Ward

  beforeAll(async () => {
    ward = await openWard({ patients: [...DRIFTS.map((_, index) => nameOf(index)), 'deep', 'moving'] })
    DRIFTS.forEach((drift, index) => {
      send(nameOf(index), 'fetchAvailableModels', drift.models)
      send(nameOf(index), 'retrieveUserQuotaSummary', drift.summary ?? { groups: [] })
      send(nameOf(index), 'loadCodeAssist', drift.tier ?? { currentTier: { id: 'free-tier' } })
      send(nameOf(index), 'retrieveUserQuota', drift.userQuota ?? { buckets: [] })
    })
    const since = Date.now()
    await until('every answer was read or refused', () =>
      DRIFTS.every((_, index) => (ward.state(nameOf(index)).attempt?.at ?? 0) > since + 1000),
    )
  }, 120_000)

  afterAll(() => ward.close())

  function send(name: string, method: string, body: unknown): void {
    const effect = { kind: 'reply', status: 200, headers: { 'content-type': 'application/json' }, body } as const
    ward.befall(name, effect, { path: `/v1internal:${method}` })
  }

  it.each(DRIFTS.map((drift, index) => [drift.fault, drift, index] as const))('%s', (_fault, { expected }, index) => {
    const state = ward.state(nameOf(index))
    expect(state.attempt?.problem ?? null).toBeNull()
    const quotas = new Map((state.reading?.quotas ?? []).map((quota) => [quota.id, quota]))
    for (const [id, facts] of Object.entries(expected)) {
      if (facts === undefined) expect(quotas.has(id), id).toBe(false)
      else expect(quotas.get(id), id).toMatchObject(facts)
    }
    for (const quota of quotas.values()) {
      for (const value of [quota.remainingRatio, quota.usedRatio, quota.remaining, quota.limit]) {
        expect(value === null || Number.isFinite(value), `${quota.id} ${value}`).toBe(true)
      }
    }
  })

  it('S14: the new plan is there under its own name', () => {
    const index = DRIFTS.findIndex((drift) => drift.tier !== undefined)
    expect(ward.state(nameOf(index)).reading?.plan).toEqual({ id: 'prolite-2027', name: 'Pro Lite' })
  })

  it('S20: a hundred thousand levels end no loop, and S13: a model that is withdrawn leaves at the next reading', async () => {
    send('deep', 'fetchAvailableModels', DEEP)
    const endOfBoth = ward.befall(
      'moving',
      {
        kind: 'reply',
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { models: { a: fine, b: fine } },
      },
      { path: '/v1internal:fetchAvailableModels' },
    )
    await until('both are there', () => 'a' in ward.left('moving') && 'b' in ward.left('moving'))
    endOfBoth()
    send('moving', 'fetchAvailableModels', { models: { a: fine } })
    await until('one is left', () => 'a' in ward.left('moving') && !('b' in ward.left('moving')))
    const since = Date.now()
    await until('the deep one was asked twice', () => (ward.state('deep').attempt?.at ?? 0) > since + 1200)
    expect(ward.left('deep')).toMatchObject({ 'pool.3p-5h': GOOD['pool.3p-5h'] })
  })

  it('S15: an address that is gone is named so, the values stay', async () => {
    ward.machine.simulator.faults.clear()
    ward.befall('moving', { kind: 'reply', status: 410, body: '' })
    await ward.becomes('moving', 'endpoint_gone')
    expect(ward.left('moving')).toMatchObject({ 'pool.3p-5h': GOOD['pool.3p-5h'] })
  })

  it('costs the healthy accounts nothing', () => {
    ward.expectHealthy()
    expect(ward.live.log.filter(({ level, message }) => level === 'error' && /unexpected/.test(message))).toEqual([])
  })
})
