import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Quota } from '../../model/quota.ts'
import { HOUR_MS, toIsoOrNull } from '../../model/time.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { nanoGpt } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({ provider: 'nano-gpt', source: 'env' })

providerConformance(nanoGpt, { fixtures, credential })
fuzzParse(nanoGpt, { fixtures, credential })

function hostFor(answers: FakeAnswers, access?: string) {
  return fakeHost({ answers, settings: nanoGpt.settings.parse({}), ...(access === undefined ? {} : { access }) })
}

function repliesOf(name: string): FakeAnswers {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fixture.replies
}

function readFixture(name: string) {
  return nanoGpt.read(credential, hostFor(repliesOf(name)))
}

function pick(quotas: readonly Quota[], id: string): Quota | undefined {
  return quotas.find((quota) => quota.id === id)
}

function ids(quotas: readonly Quota[]): readonly string[] {
  return quotas.map((quota) => quota.id)
}

const BALANCES = ['balance.usd', 'balance.nano']

describe('nano-gpt windows', () => {
  it('reads the first reference: 5 of 5000 a day, 45 of 60000 a month, resets from milliseconds', async () => {
    const { quotas } = await readFixture('classic-seed')
    expect(ids(quotas)).toEqual(['daily', 'monthly', ...BALANCES])
    expect(pick(quotas, 'daily')).toMatchObject({
      kind: 'window',
      unit: 'requests',
      used: 5,
      limit: 5000,
      remaining: 4995,
      usedRatio: 0.001,
      remainingRatio: 0.999,
      windowSeconds: 86_400,
    })
    expect(pick(quotas, 'monthly')).toMatchObject({ used: 45, limit: 60_000, usedRatio: 0.00075, windowSeconds: null })
    expect(toIsoOrNull(pick(quotas, 'daily')?.resetsAt ?? null)).toBe('2025-02-03T00:00:00Z')
    expect(toIsoOrNull(pick(quotas, 'monthly')?.resetsAt ?? null)).toBe('2025-02-13T00:00:00Z')
  })

  it('reads tokens a week and images a day, and makes no window of null', async () => {
    const { quotas, plan } = await readFixture('weekly-plain')
    expect(ids(quotas)).toEqual(['weekly', 'daily_images', ...BALANCES])
    expect(pick(quotas, 'weekly')).toMatchObject({
      unit: 'tokens',
      used: 17_077_091,
      limit: 60_000_000,
      usedRatio: 0.284618183,
      windowSeconds: 604_800,
    })
    expect(pick(quotas, 'daily_images')).toMatchObject({ unit: 'images', usedRatio: 0.03 })
    expect(plan).toEqual({ id: 'active', name: 'Subscription active' })
  })

  it('reads both generations in one body; the month ends with the paid period when nothing else is told', async () => {
    const { quotas } = await readFixture('mixed-both')
    expect(ids(quotas)).toEqual(['daily', 'weekly', 'monthly', ...BALANCES])
    expect(toIsoOrNull(pick(quotas, 'monthly')?.resetsAt ?? null)).toBe('2026-12-13T23:59:59Z')
  })

  it.each([
    ['snake-case', 'weekly', 0.000001667],
    ['classic-percent-contradicts', 'daily', 0.005],
    ['classic-over', 'daily', 1.07],
    ['weekly-nearly-spent', 'weekly', 0.9941695],
  ])('counts, and not the share, decide: %s', async (name, id, usedRatio) => {
    expect(pick((await readFixture(name)).quotas, id)).toMatchObject({ usedRatio })
  })

  it('says unknown where one counter is, and keeps the last values where all are', async () => {
    const { quotas, notes } = await readFixture('weekly-degraded-one')
    expect(pick(quotas, 'weekly')).toMatchObject({ used: null, limit: 60_000_000, usedRatio: null, unlimited: false })
    expect(pick(quotas, 'daily_images')).toMatchObject({ used: 3 })
    expect(notes).toEqual([{ code: 'partial', message: 'Not told this time: weekly.' }])
    await expect(readFixture('weekly-degraded-all')).rejects.toMatchObject({ status: 'unreachable' })
  })

  it.each([
    ['inactive-paid-period', ['weekly', 'daily_images', ...BALANCES], 'Subscription inactive'],
    ['inactive-over', BALANCES, 'Subscription inactive'],
    ['grace', ['weekly', 'daily_images', ...BALANCES], 'Subscription in grace until 2026-11-25T00:00:00Z'],
  ])('of a subscription that ended stand while they still count: %s', async (name, expected, plan) => {
    const reading = await readFixture(name)
    expect(ids(reading.quotas)).toEqual(expected)
    expect(reading.plan?.name).toBe(plan)
  })

  it('that are not enforced have amounts and no share that could run out', async () => {
    const { quotas } = await readFixture('classic-not-enforced')
    expect(pick(quotas, 'daily')).toMatchObject({ used: 5000, limit: 5000, usedRatio: null, remainingRatio: null })
    expect(pick(quotas, 'monthly')).toMatchObject({ usedRatio: 0.5 })
  })

  it('have no reset where it is told in seconds', async () => {
    expect(pick((await readFixture('weekly-reset-in-seconds')).quotas, 'weekly')?.resetsAt).toBeNull()
  })

  it('are billed beyond where the service says so', async () => {
    expect(pick((await readFixture('weekly-nearly-spent')).quotas, 'weekly')?.overageAllowed).toBe(true)
    expect(pick((await readFixture('weekly-plain')).quotas, 'weekly')?.overageAllowed).toBe(false)
    const body = { allowOverage: true, limits: { daily: 2 }, daily: { used: 1 } }
    const { quotas } = await nanoGpt.read(credential, hostFor({ usage: { body }, balance: { status: 500 } }))
    expect(quotas).toMatchObject([{ id: 'daily', overageAllowed: true, usedRatio: 0.5 }])
  })
})

describe('nano-gpt balances', () => {
  it('are exact to the last digit of their texts', async () => {
    const { quotas } = await readFixture('classic-seed')
    const facts = { kind: 'balance', limit: null, used: null, usedRatio: null, remainingRatio: null }
    expect(pick(quotas, 'balance.usd')).toMatchObject({ ...facts, unit: 'USD', remaining: 129.46956147 })
    expect(pick(quotas, 'balance.nano')).toMatchObject({ ...facts, unit: 'NANO', remaining: 26.71801147 })
  })

  it('that fail cost only themselves', async () => {
    const { quotas, notes } = await readFixture('classic-balance-down')
    expect(ids(quotas)).toEqual(['daily', 'monthly'])
    expect(notes).toEqual([
      { code: 'partial', message: 'The balance could not be read: Nano-GPT has trouble of its own (500).' },
    ])
  })

  it('are kept one without the other, and 0 is a balance', async () => {
    const { quotas, notes } = await readFixture('balance-partial')
    expect(pick(quotas, 'balance.usd')?.remaining).toBe(0)
    expect(pick(quotas, 'balance.nano')).toBeUndefined()
    expect(notes.map((note) => note.code)).toEqual(['corrupt_element'])
  })

  it.each([
    ['paygo-no-subscription', null],
    ['active-no-window', 'active'],
  ])('stand alone where there is no window: %s', async (name, plan) => {
    const reading = await readFixture(name)
    expect(ids(reading.quotas)).toEqual(BALANCES)
    expect(reading.plan?.id ?? null).toBe(plan)
  })

  it('do not stand in for a subscription that fails for now', async () => {
    const balance = { body: { usd_balance: '1' } }
    for (const usage of [{ status: 500 }, { status: 429 }, { status: 403, body: '<html>challenge</html>' }]) {
      await expect(nanoGpt.read(credential, hostFor({ usage, balance }))).rejects.toMatchObject({ name: 'QuotaError' })
    }
  })
})

describe('nano-gpt requests', () => {
  it('sends the key in both forms to the one, and as x-api-key to the other', async () => {
    const host = hostFor(repliesOf('weekly-plain'))
    await nanoGpt.read(credential, host)
    const common = { accept: 'application/json', 'user-agent': 'tokstat/0.0.0-test' }
    expect(host.requests).toEqual([
      {
        method: 'GET',
        url: 'https://nano-gpt.com/api/subscription/v1/usage',
        endpoint: 'usage',
        headers: { authorization: `Bearer ${FAKE_ACCESS}`, 'x-api-key': FAKE_ACCESS, ...common },
      },
      {
        method: 'POST',
        url: 'https://nano-gpt.com/api/check-balance',
        endpoint: 'balance',
        headers: { 'x-api-key': FAKE_ACCESS, ...common },
      },
    ])
  })

  it('asks with a management key where such keys are taken, and for no balance', async () => {
    const host = hostFor(repliesOf('weekly-plain'), 'sk-nano-mgmt-fake')
    const { quotas } = await nanoGpt.read(credential, host)
    expect(host.requests.map((request) => request.url)).toEqual([
      'https://nano-gpt.com/api/management/v1/subscription/usage',
    ])
    expect(host.requests[0]?.headers).not.toHaveProperty('x-api-key')
    expect(ids(quotas)).toEqual(['weekly', 'daily_images'])
  })

  it('waits until midnight UTC when the daily cap of a key refuses without a time', async () => {
    const body = { error: { message: 'Requests per day exceeded' } }
    const refused = { status: 429, body }
    await expect(nanoGpt.read(credential, hostFor({ '*': refused }))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 15 * HOUR_MS,
    })
    const timed = { ...refused, headers: { 'retry-after': '30' } }
    await expect(nanoGpt.read(credential, hostFor({ '*': timed }))).rejects.toMatchObject({ retryAfterMs: 30_000 })
  })

  it('shows neither deposit address nor subscription id to query', async () => {
    const raw = JSON.stringify(await nanoGpt.query?.(credential, hostFor(repliesOf('weekly-plain'))))
    expect(raw).toContain('17077091')
    expect(raw).not.toContain('nano_fakeaddress')
    expect(raw).not.toContain('sub_fake')
  })
})
