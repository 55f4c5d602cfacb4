import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { levelOf } from '../../model/level.ts'
import { DEFAULT_RULES } from '../../model/settings.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { deepseek } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({ provider: 'deepseek', source: 'env' })

providerConformance(deepseek, { fixtures, credential })
fuzzParse(deepseek, { fixtures, credential })

function hostOf(name: string) {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fakeHost({ answers: fixture.replies, settings: deepseek.settings.parse({}) })
}

async function balancesOf(name: string) {
  const { quotas } = await deepseek.read(credential, hostOf(name))
  return quotas.map((quota) => [quota.id, quota.unit, quota.remaining, levelOf(quota, false, DEFAULT_RULES.levels)])
}

describe('deepseek balances', () => {
  it.each([
    ['paid-cny', [['balance.cny', 'CNY', 110, 'ok']]],
    [
      'paid-two-currencies',
      [
        ['balance.cny', 'CNY', 0, 'exhausted'],
        ['balance.usd', 'USD', 4.21, 'low'],
      ],
    ],
    ['paid-unavailable', [['balance.usd', 'USD', 5, 'exhausted']]],
    ['paid-same-currency-twice', [['balance.usd', 'USD', 2.5, 'low']]],
    ['paid-corrupt-currency', [['balance.cny', 'CNY', 12.34, 'ok']]],
  ])('are one a currency: %s', async (name, expected) => {
    expect(await balancesOf(name)).toEqual(expected)
  })

  it('have neither limit nor share, and belong to the key', async () => {
    const { quotas, identity, notes } = await deepseek.read(credential, hostOf('paid-corrupt-currency'))
    expect(quotas[0]).toMatchObject({ kind: 'balance', limit: null, used: null, usedRatio: null, remainingRatio: null })
    expect(identity.subject).toBe(credential.fingerprint)
    expect(notes.map((note) => note.code)).toEqual(['corrupt_element'])
  })

  it('are asked for with one read-only request under our own name', async () => {
    const host = hostOf('paid-cny')
    await deepseek.read(credential, host)
    expect(host.requests).toEqual([
      {
        method: 'GET',
        url: 'https://api.deepseek.com/user/balance',
        endpoint: 'balance',
        headers: {
          authorization: `Bearer ${FAKE_ACCESS}`,
          accept: 'application/json',
          'user-agent': 'tokstat/0.0.0-test',
        },
      },
    ])
  })
})
