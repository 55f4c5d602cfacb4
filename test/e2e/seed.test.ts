import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountsDocument } from '../../src/model/document.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { parseExposition } from '../helpers/exposition.ts'
import { createMachine, type Daemon, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

/** The sample of the seeds: one model, 85 % left, a reset instant that passed years ago. */
const SAMPLE = {
  models: {
    'claude-3-5-sonnet': {
      displayName: 'Claude 3.5 Sonnet',
      quotaInfo: { remainingFraction: 0.85, resetTime: '2024-06-13T16:00:00Z' },
    },
  },
}

let machine: Machine
let daemon: Daemon

beforeAll(async () => {
  const world = createWorld({ seed: 3 })
  world.add({ provider: 'antigravity', name: 'user' })
  machine = await createMachine({ world })
  machine.simulator.faults.add({ path: /:fetchAvailableModels$/, effect: { kind: 'reply', status: 200, body: SAMPLE } })
  machine.simulator.faults.add({
    path: /:retrieveUserQuotaSummary$/,
    effect: { kind: 'reply', status: 200, body: { groups: [] } },
  })
  daemon = await machine.serve()
  await daemon.whenAccounts('the account is read', ([account]) => account?.status === 'ok')
})

afterAll(async () => {
  await stopPrograms()
  await machine.remove()
})

describe('the seed sample, through the whole program', () => {
  it('is 0.85 and 1718294400 under the seed names, to the letter', async () => {
    const lines = (await (await daemon.get('/metrics')).text()).split('\n')
    const labels = '{account="user@example.com",model="claude-3-5-sonnet"}'
    expect(lines).toContain(`antigravity_token_quota_remaining_fraction${labels} 0.85`)
    expect(lines).toContain(`antigravity_token_quota_reset_time_seconds${labels} 1718294400`)
    expect(lines).toContain(
      'antigravity_model_available{account="user@example.com",model="claude-3-5-sonnet",display_name="Claude 3.5 Sonnet"} 1',
    )
  })

  it('is the same number under the names of every provider, and used is the rest', async () => {
    const samples = parseExposition(await (await daemon.get('/metrics')).text())
    const sampleValue = (name: string): string | undefined =>
      samples.find((sample) => sample.name === name && sample.labels['quota'] === 'claude-3-5-sonnet')?.value
    expect(sampleValue('tokstat_quota_remaining_ratio')).toBe('0.85')
    expect(sampleValue('tokstat_quota_used_ratio')).toBe('0.15')
    expect(sampleValue('tokstat_quota_reset_timestamp_seconds')).toBe('1718294400')
  })

  it('is the same in REST, in the v0 API and in list --json; a reading from after its reset is not due', async () => {
    const wanted = {
      id: 'claude-3-5-sonnet',
      label: 'Claude 3.5 Sonnet',
      remainingRatio: 0.85,
      usedRatio: 0.15,
      level: 'ok',
      due: false,
      resetsAt: '2024-06-13T16:00:00Z',
      pool: 'claude',
    }
    const [account] = await daemon.accounts()
    expect(account?.quotas).toEqual([expect.objectContaining(wanted)])
    const status = await (await daemon.get('/v0/management/quota/status/antigravity')).json()
    expect(status).toMatchObject({
      quotas: [
        {
          auth_id: 'antigravity-user@example.com.json',
          models: [{ model_id: 'claude-3-5-sonnet', remaining_percent: 85, reset_time: '2024-06-13T16:00:00Z' }],
        },
      ],
    })
    const list = await machine.run(['list', '--json'])
    expect(list.code).toBe(0)
    const document = JSON.parse(list.stdout) as AccountsDocument
    expect(document.accounts[0]?.quotas).toEqual([expect.objectContaining(wanted)])
  })

  it('reads as 85 % left, green, to a person', async () => {
    const { stdout } = await machine.run(['list'])
    expect(stdout).toMatch(/Claude 3\.5 Sonnet.*85%/)
    expect(stdout).toContain('OK')
  })
})
