import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { QuotaError } from '../../../model/problem.ts'
import type { Quota } from '../../../model/quota.ts'
import { FAKE_NOW } from '../../testing.ts'
import { readCache } from './cache.ts'
import { parseUsage } from './headless.ts'
import { understandServer } from './server-parse.ts'

/** Answers whose names are right and whose values are anything. */
const anything = fc.oneof(
  fc.constantFrom(null, 0, -1, 1.5, Number.MAX_VALUE, '', 'x', '2026-11-22T12:00:00Z', true, [], {}, '__proto__'),
  fc.jsonValue({ maxDepth: 2 }),
)
const named = (names: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }) },
    { weight: 1, arbitrary: anything },
  )
const listOf = (element: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(fc.array(element, { maxLength: 4 }), anything)

const quotaInfo = named(['remainingFraction', 'resetTime'], anything)
const config = fc.record({ label: fc.oneof(fc.constant('Gemini 3 Flash'), anything), quotaInfo }, { requiredKeys: [] })
const userStatus = fc.record({
  userStatus: fc.record({
    email: anything,
    userTier: named(['id', 'name'], anything),
    cascadeModelConfigData: fc.record({ clientModelConfigs: listOf(config) }),
  }),
})
const bucket = named(['bucketId', 'window', 'remainingFraction', 'resetTime', 'disabled', 'remaining'], anything)
const summary = fc.record({
  response: fc.record({ groups: listOf(fc.record({ displayName: anything, buckets: listOf(bucket) })) }),
})
const usageBucket = named(['id', 'name', 'window', 'remaining_fraction', 'reset_time'], anything)
const usage = fc.record({
  status: fc.constantFrom('SUCCESS', 'ERROR'),
  command: fc.record({
    data: fc.record({ groups: listOf(fc.record({ name: anything, buckets: listOf(usageBucket) })) }),
  }),
})
const cached = fc.record({
  models: listOf(named(['label', 'left', 'reset'], anything)),
  dropped: fc.oneof(fc.nat(9), anything),
  writtenAt: fc.oneof(fc.constant(FAKE_NOW), anything),
})

function expectSane(quotas: readonly Quota[]): void {
  for (const { id, remainingRatio, usedRatio, resetsAt } of quotas) {
    expect(id.length).toBeGreaterThan(0)
    if (remainingRatio !== null) expect(remainingRatio >= 0 && remainingRatio <= 1).toBe(true)
    if (usedRatio !== null) expect(Number.isFinite(usedRatio)).toBe(true)
    if (resetsAt !== null) expect(Number.isSafeInteger(resetsAt)).toBe(true)
  }
  expect(new Set(quotas.map(({ id }) => id)).size).toBe(quotas.length)
}

/** Only our own error may come out, with a message of ours. */
function quotasOf(read: () => { readonly quotas: readonly Quota[] }): readonly Quota[] {
  try {
    return read().quotas
  } catch (error) {
    expect(error).toBeInstanceOf(QuotaError)
    return []
  }
}

describe('damaged local answers', () => {
  it('of a language server never throw and never give a number that is none', () => {
    fc.assert(
      fc.property(fc.oneof(userStatus, anything), fc.oneof(summary, anything), anything, (status, windows, configs) => {
        const answers = { pid: 1, port: 1, userStatus: status, summary: windows, modelConfigs: configs }
        expectSane(understandServer(answers, FAKE_NOW).quotas)
      }),
      { numRuns: 5_000 },
    )
  })

  it('of agy and of the cache throw nothing but our own error', () => {
    fc.assert(
      fc.property(fc.oneof(usage, anything), fc.oneof(cached, anything), (said, cache) => {
        expectSane(quotasOf(() => parseUsage(said, FAKE_NOW)))
        expectSane(quotasOf(() => readCache(JSON.stringify(cache))))
      }),
      { numRuns: 5_000 },
    )
  })
})
