import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { levelOf } from '../../model/level.ts'
import type { Quota } from '../../model/quota.ts'
import { DEFAULT_RULES } from '../../model/settings.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { openrouter } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({ provider: 'openrouter', source: 'env' })

providerConformance(openrouter, { fixtures, credential })
fuzzParse(openrouter, { fixtures, credential })

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: openrouter.settings.parse(input) })
}

function readFixture(name: string) {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return openrouter.read(credential, hostFor(fixture.replies))
}

function pick(quotas: readonly Quota[], id: string): Quota | undefined {
  return quotas.find((quota) => quota.id === id)
}

function ids(quotas: readonly Quota[]): readonly string[] {
  return quotas.map((quota) => quota.id)
}

const SPEND = ['usage.daily', 'usage.weekly', 'usage.monthly']
const KEY = { status: 200, body: { data: { usage: 1, limit: 4, limit_remaining: 3 } } }

describe("openrouter's cap on a key", () => {
  it('reads the oldest form at the older address: $3.50 of $10.00', async () => {
    const { quotas, notes } = await readFixture('paid-oldest')
    expect(pick(quotas, 'key_limit')).toMatchObject({
      kind: 'budget',
      unit: 'USD',
      used: 3.5,
      limit: 10,
      remaining: 6.5,
      usedRatio: 0.35,
      remainingRatio: 0.65,
      inferred: true,
      resetsAt: null,
    })
    expect(pick(quotas, 'usage.total')).toMatchObject({ kind: 'spend', used: 3.5 })
    expect(notes).toHaveLength(1)
  })

  it.each([
    ['paid-plain', { used: 25.5, limit: 100, remaining: 74.5, usedRatio: 0.255, inferred: false, windowSeconds: null }],
    ['paid-lifetime-usage', { used: 2, limit: 5, remaining: 3, usedRatio: 0.4, windowSeconds: 86_400 }],
    ['paid-weekly-disagrees', { used: 0.01, limit: 100, usedRatio: 0.0001, windowSeconds: 604_800, inferred: false }],
    ['paid-remaining-absent', { used: 45.46, limit: 500, remaining: 454.54, usedRatio: 0.09092, inferred: true }],
    ['paid-over-limit', { used: 12, limit: 10, remaining: -2, usedRatio: 1.2, remainingRatio: 0 }],
    ['paid-limit-zero', { used: 0, limit: 0, remaining: 0, usedRatio: null, remainingRatio: 0 }],
  ])('%s', async (name, expected) => {
    const { quotas } = await readFixture(name)
    expect(pick(quotas, 'key_limit')).toMatchObject({ ...expected, resetsAt: null, unlimited: false })
    expect(ids(quotas)).toEqual(expect.arrayContaining(SPEND))
  })

  it('is exhausted where it is 0', async () => {
    const limit = pick((await readFixture('paid-limit-zero')).quotas, 'key_limit')
    expect(limit && levelOf(limit, false, DEFAULT_RULES.levels)).toBe('exhausted')
  })

  it('is no gauge where there is none', async () => {
    const { quotas } = await readFixture('paid-no-limit')
    expect(ids(quotas)).toEqual(SPEND)
    expect(quotas.every((quota) => quota.usedRatio === null && !quota.unlimited)).toBe(true)
  })

  it('is left out where it contradicts itself', async () => {
    const { quotas, notes } = await readFixture('paid-inconsistent')
    expect(ids(quotas)).toEqual(SPEND)
    expect(notes.map((note) => note.message)).toContain('The limit of this key contradicts itself; it is left out.')
  })

  it.each([
    [{ limit: 10, limit_reset: 'daily', usage: 99, usage_daily: 4 }, 4],
    [{ limit: 10, limit_reset: 'weekly', usage: 99, usage_weekly: 5 }, 5],
    [{ limit: 10, usage: 6, usage_monthly: 1 }, 6],
    [{ limit: 10, limit_reset: 'yearly', usage: 6 }, null],
    [{ limit: 10, include_byok_in_limit: true, usage: 6, byok_usage: 0.5 }, 6.5],
    [{ limit: 10, include_byok_in_limit: true, usage: 6 }, null],
  ])('takes the spend of its own period when what is left is not told: %j', async (data, used) => {
    const reading = await openrouter.read(credential, hostFor({ key: { body: { data } }, credits: { status: 403 } }))
    expect(pick(reading.quotas, 'key_limit')).toMatchObject({ used, usedRatio: used === null ? null : used / 10 })
  })

  it('does not take a cap that cannot be read for no cap', async () => {
    const host = hostFor({ key: { body: { data: { usage: 1, limit: 'lots' } } }, credits: { status: 403 } })
    await expect(openrouter.read(credential, host)).rejects.toMatchObject({ code: 'unexpected_response' })
  })
})

describe("openrouter's credits", () => {
  it.each([
    ['paid-plain', 74.75],
    ['free-no-credits', 0],
    ['paid-negative-balance', -0.02],
    ['paid-usage-above-keys', 59.9],
  ])('are a balance without a limit: %s', async (name, remaining) => {
    const { quotas } = await readFixture(name)
    const expected = { kind: 'balance', unit: 'USD', remaining, limit: null, usedRatio: null, remainingRatio: null }
    expect(pick(quotas, 'credits')).toMatchObject(expected)
  })

  it('are a note where an ordinary key may not ask for them', async () => {
    const { quotas, notes, plan, identity } = await readFixture('paid-credits-forbidden')
    expect(ids(quotas)).toEqual(['key_limit', ...SPEND])
    expect(notes).toEqual([{ code: 'partial', message: "The account's credits are only told to a management key." }])
    expect(plan).toEqual({ id: 'pay-as-you-go', name: 'Pay as you go' })
    expect(identity).toMatchObject({ subject: credential.fingerprint, login: 'sk-or-v1-fak...e01' })
  })

  it('are a note when they cannot be read for now', async () => {
    const { quotas, notes } = await openrouter.read(credential, hostFor({ key: KEY, credits: { status: 503 } }))
    expect(ids(quotas)).toContain('key_limit')
    expect(notes[0]?.message).toMatch(/^The credits could not be read/)
  })

  it('stand alone only for a key that may not ask for itself', async () => {
    const credits = { body: { data: { total_credits: 5, total_usage: 2 } } }
    const alone = await openrouter.read(credential, hostFor({ key: { status: 403 }, credits }))
    expect(ids(alone.quotas)).toEqual(['credits'])
    // A passing failure must not look as if the cap were gone.
    for (const status of [401, 429, 500]) {
      const host = hostFor({ key: { status }, credits })
      await expect(openrouter.read(credential, host)).rejects.toMatchObject({ httpStatus: status })
    }
  })
})

describe('openrouter requests', () => {
  it('asks two read-only addresses under its own name', async () => {
    const host = hostFor({ key: KEY })
    await openrouter.read(credential, host)
    expect(host.requests.map((request) => [request.method, request.url])).toEqual([
      ['GET', 'https://openrouter.ai/api/v1/key'],
      ['GET', 'https://openrouter.ai/api/v1/credits'],
    ])
    expect(host.requests[0]?.headers).toEqual({
      authorization: `Bearer ${FAKE_ACCESS}`,
      accept: 'application/json',
      'user-agent': 'tokstat/0.0.0-test',
    })
  })

  it('warns of a key that ends soon, and tells the free tier', async () => {
    const { notes } = await readFixture('management-key')
    expect(notes.map((note) => note.message)).toContain(
      'This key ends at 2026-11-24T23:59:59Z; make a new one before that.',
    )
    expect((await readFixture('free-no-credits')).plan?.id).toBe('free')
  })

  it('takes 402 for spent credits, not for a bad key', async () => {
    const host = hostFor({ '*': { status: 402 } })
    await expect(openrouter.read(credential, host)).rejects.toMatchObject({ code: 'rejected', hint: 'Add credits.' })
  })
})
