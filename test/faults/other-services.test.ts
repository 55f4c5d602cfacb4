import { afterEach, describe, expect, it } from 'vitest'
import type { AccountDocument, AccountsDocument } from '../../src/model/document.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

/** Runs `list --json` where one account's service answers this, beside a healthy account of another service. */
async function listWith(
  provider: 'copilot' | 'claude',
  path: string | RegExp,
  body: unknown,
): Promise<AccountDocument> {
  const world = createWorld({ seed: 71, accounts: { antigravity: 1 } })
  const odd = world.add({ provider, name: 'octocat' })
  machine = await createMachine({ world, providers: ['antigravity', provider], config: '' })
  machine.simulator.faults.add({ account: odd.id, path, effect: { kind: 'reply', status: 200, body } })
  const run = await machine.run(['list', '--json'])
  expect(run.code, run.stderr).toBe(0)
  const { accounts } = JSON.parse(run.stdout) as AccountsDocument
  expect(accounts.find((account) => account.provider === 'antigravity')?.status).toBe('ok')
  const [found] = accounts.filter((account) => account.provider === provider)
  if (found === undefined) throw new Error(`no ${provider} account`)
  return found
}

const bucket = (facts: object): unknown => ({ unlimited: false, overage_permitted: false, overage_count: 0, ...facts })

describe('amounts that mean something else than they seem to', () => {
  it('S05 nothing granted, without limit and metered are three things', async () => {
    const account = await listWith('copilot', '/copilot_internal/user', {
      login: 'octocat',
      copilot_plan: 'individual_pro',
      quota_reset_date: '2099-01-01',
      quota_snapshots: {
        premium_interactions: bucket({
          quota_id: 'premium_interactions',
          entitlement: 300,
          remaining: 75,
          quota_remaining: 75,
        }),
        chat: bucket({ quota_id: 'chat', entitlement: -1, remaining: 0, unlimited: true }),
        completions: bucket({
          quota_id: 'completions',
          entitlement: 0,
          remaining: 0,
          unlimited: true,
          percent_remaining: 100,
        }),
      },
    })
    const quotas = new Map(account.quotas.map((quota) => [quota.id, quota]))
    expect(quotas.get('premium')).toMatchObject({ remainingRatio: 0.25, unlimited: false })
    expect(quotas.get('chat')).toMatchObject({ unlimited: true, remainingRatio: null, usedRatio: null })
    expect(quotas.has('completions')).toBe(false)
  })

  it('S06, S09 overage is more than all used, and nothing left: never a bar the wrong way round', async () => {
    const account = await listWith('copilot', '/copilot_internal/user', {
      login: 'octocat',
      copilot_plan: 'individual_pro',
      quota_reset_date: '2099-01-01',
      quota_snapshots: {
        premium_interactions: bucket({
          quota_id: 'premium_interactions',
          entitlement: 1500,
          remaining: -3821,
          overage_permitted: true,
        }),
      },
    })
    const premium = account.quotas.find((quota) => quota.id === 'premium')
    expect(premium).toMatchObject({
      used: 5321,
      limit: 1500,
      usedRatio: 3.547333333,
      remainingRatio: 0,
      level: 'exhausted',
    })
  })

  it.each([
    ['USD', 1234, 5000, 12.34, 50],
    ['JPY', 1500, 3000, 1500, 3000],
  ])(
    'S08 minor units of %s are neither a hundred times too much nor too little',
    async (currency, usedMinor, limitMinor, used, limit) => {
      const account = await listWith('claude', /usage/, {
        five_hour: { utilization: 40, resets_at: '2099-01-01T00:00:00Z' },
        seven_day: null,
        extra_usage: {
          is_enabled: true,
          monthly_limit: limitMinor,
          used_credits: usedMinor,
          utilization: null,
          currency,
        },
      })
      expect(account.quotas.find((quota) => quota.id === 'extra_usage')).toMatchObject({ unit: currency, used, limit })
      expect(
        account.quotas.find((quota) => quota.id === 'session'),
        'S03, S07: 40 is percent here',
      ).toMatchObject({ usedRatio: 0.4 })
      expect(account.quotas.find((quota) => quota.id === 'weekly')).toBeUndefined()
    },
  )
})
