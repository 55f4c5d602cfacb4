import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../model/credential.ts'
import type { Quota } from '../../model/quota.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, FAKE_NOW, type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { codex } from './index.ts'

const WORKSPACE = '22222222-bbbb-4bbb-8bbb-000000000001'
const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const plain = fakeCredential({ provider: 'codex', source: 'codex-cli', signInHint: 'codex login' })
const credential = inWorkspace(WORKSPACE)

providerConformance(codex, { fixtures, credential })
fuzzParse(codex, { fixtures, credential })

function inWorkspace(workspace: string | null, extra: Credential['extra'] = {}): Credential {
  return { ...plain, identity: { subject: 'user-exampleAda', workspace, email: null, login: null }, extra }
}

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: codex.settings.parse(input) })
}

function repliesOf(name: string): FakeAnswers {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fixture.replies
}

function readFixture(name: string) {
  return codex.read(credential, hostFor(repliesOf(name)))
}

function sharesOf(quotas: readonly Quota[]): Record<string, number | null> {
  return Object.fromEntries(quotas.map((quota) => [quota.id, quota.usedRatio]))
}

function pick(quotas: readonly Quota[], id: string): Quota {
  const quota = quotas.find((one) => one.id === id)
  if (quota === undefined) throw new Error(`no quota ${id}`)
  return quota
}

describe('codex windows', () => {
  it('reads the answer of the usage API reference', async () => {
    const { quotas, plan } = await readFixture('seed-pro-without-lengths')
    expect(quotas.map((quota) => [quota.id, quota.usedRatio, quota.resetsAt])).toEqual([
      ['session', 0.09, FAKE_NOW + 7_252_000],
      ['weekly', 0.03, FAKE_NOW + 265_266_000],
      ['spark.session', 0.16, FAKE_NOW + 16_711_000],
      ['spark.weekly', 0.05, FAKE_NOW + 603_511_000],
      ['credits', null, null],
    ])
    expect(pick(quotas, 'spark.session').label).toBe('GPT-5.3-Codex-Spark Session (5 h)')
    expect(pick(quotas, 'credits')).toMatchObject({ kind: 'balance', unit: 'credits', remaining: 0, unlimited: false })
    expect(plan).toEqual({ id: 'pro', name: 'Pro 20x' })
  })

  it('reads every part of an ordinary answer', async () => {
    const { quotas, identity, notes } = await readFixture('plus-whole')
    expect(sharesOf(quotas)).toEqual({
      session: 0.15,
      weekly: 0.05,
      code_review: 0.02,
      'spark.session': 0.3,
      'spark.weekly': 0.4,
      'deep-research.monthly': 0.07,
      credits: null,
      reset_grants: null,
    })
    expect(pick(quotas, 'session')).toMatchObject({
      kind: 'window',
      label: 'Session (5 h)',
      windowSeconds: 18_000,
      resetsAt: Date.parse('2026-11-22T13:00:00Z'),
    })
    expect(pick(quotas, 'credits').remaining).toBe(14.5)
    expect(pick(quotas, 'reset_grants')).toMatchObject({ kind: 'count', remaining: 2 })
    expect(identity).toEqual({
      subject: 'user-exampleAda',
      workspace: WORKSPACE,
      email: 'user@example.com',
      login: null,
    })
    expect(notes).toEqual([])
  })

  it.each([
    ['plus-weekly-only', { weekly: 0.12 }],
    ['free-weekly-only', { weekly: 0 }],
    ['team-monthly', { monthly: 0.06 }],
    ['plus-swapped', { weekly: 0.43, session: 0.17 }],
    ['plus-odd-lengths', { 'window.32400s': 0.1, 'window.259200s': 0.2, monthly: 0.3 }],
  ])('tells windows apart by their length, never by their slot: %s', async (name, expected) => {
    expect(sharesOf((await readFixture(name)).quotas)).toEqual(expected)
  })

  it('names lengths without a name by what they are', async () => {
    const { quotas } = await readFixture('plus-odd-lengths')
    expect(quotas.map((quota) => [quota.label, quota.windowSeconds])).toEqual([
      ['9 h', 32_400],
      ['3 d', 259_200],
      ['Monthly', 2_592_000],
    ])
  })

  it('does not call the one window of a free plan a session when its length is not told', async () => {
    const { quotas, notes } = await readFixture('free-one-window-without-length')
    expect(quotas).toMatchObject([{ id: 'x.primary-window', label: 'Limit', inferred: true, usedRatio: 0.2 }])
    expect(notes.map((note) => note.code)).toEqual(['unknown_window'])
  })

  it('keeps the other window when one is damaged, and says so', async () => {
    const { quotas, notes } = await readFixture('plus-one-window-bad')
    expect(sharesOf(quotas)).toEqual({ weekly: 0.05 })
    expect(notes.map((note) => note.code)).toEqual(['corrupt_element'])
  })

  it.each([
    ['pro-additional-text', { weekly: 0.05 }],
    ['pro-additional-garbage', { weekly: 0.05, 'extra-one.session': 0.6, 'spark.window.32400s': 0.03 }],
  ])('survives garbage among the additional limits: %s', async (name, expected) => {
    const { quotas, notes } = await readFixture(name)
    expect(sharesOf(quotas)).toEqual(expected)
    expect(notes.map((note) => note.code)).toEqual(['corrupt_element'])
  })

  it('finds Spark inside rate_limit too, and shows a key that is not known as inferred', async () => {
    const { quotas } = await readFixture('pro-inline-spark')
    expect(sharesOf(quotas)).toEqual({
      session: 0.05,
      'spark.session': 0.61,
      'spark.weekly': 0.11,
      'x.zebra-window': 0.7,
    })
    expect(quotas.filter((quota) => quota.inferred).map((quota) => quota.id)).toEqual(['x.zebra-window'])
  })

  it('keeps a fresh session beside a spent week, overage, and resets in milliseconds', async () => {
    const { quotas } = await readFixture('plus-spent')
    expect(pick(quotas, 'session')).toMatchObject({ usedRatio: 0.01 })
    expect(pick(quotas, 'weekly')).toMatchObject({
      usedRatio: 1.045,
      remainingRatio: 0,
      resetsAt: Date.parse('2026-11-22T13:00:00Z'),
    })
  })

  it('counts from the answer where the reset is no instant, and has none where nothing is told', async () => {
    const { quotas } = await readFixture('plus-reset-implausible')
    expect(quotas.map((quota) => quota.resetsAt)).toEqual([FAKE_NOW + 7_252_000, null])
  })
})

describe('codex caps and credits', () => {
  const day = Date.parse('2026-12-01T00:00:00Z')
  it.each([
    ['enterprise-individual-limit', { used: 7761, limit: 100_000, usedRatio: 0.07761, resetsAt: day }],
    ['business-cap-in-rate-limit', { used: 25, limit: 100, usedRatio: 0.25, resetsAt: day }],
    [
      'business-cap-in-spend-control',
      { used: 36.79, limit: 1000, usedRatio: 0.03679, resetsAt: FAKE_NOW + 2_105_558_000 },
    ],
    ['business-monthly-cap', { used: 3046.45, limit: 7000, usedRatio: 0.435207143, resetsAt: null }],
  ])('reads %s as one budget in credits', async (name, expected) => {
    const { quotas } = await readFixture(name)
    expect(quotas.filter((quota) => quota.id === 'credit_cap')).toHaveLength(1)
    expect(pick(quotas, 'credit_cap')).toMatchObject({ kind: 'budget', unit: 'credits', ...expected })
  })

  it('has no cap where none is enforced', async () => {
    expect(sharesOf((await readFixture('business-monthly-cap-off')).quotas)).toEqual({ weekly: 0.01 })
  })

  it('keeps the windows when the cap cannot be asked, and says so', async () => {
    const { quotas, notes } = await readFixture('business-monthly-cap-down')
    expect(sharesOf(quotas)).toEqual({ weekly: 0.01 })
    expect(notes).toMatchObject([{ code: 'partial' }])
  })

  it('takes a percentage where the amounts are missing', async () => {
    const read = async (cap: unknown) => {
      const answers = { usage: { body: { plan_type: 'business', individual_limit: cap } } }
      return pick((await codex.read(credential, hostFor(answers))).quotas, 'credit_cap')
    }
    expect(await read({ remaining_percent: 96 })).toMatchObject({ usedRatio: 0.04, limit: null })
    expect(await read({ limit: 0, used: 5 })).toMatchObject({ limit: 0, usedRatio: null })
  })

  it.each([
    ['plus-credits-none', { remaining: 0, unlimited: false, helper: true }],
    ['plus-whole', { remaining: 14.5, helper: false }],
    ['enterprise-credits-unlimited', { remaining: null, unlimited: true, usedRatio: null, remainingRatio: null }],
  ])('reads %s', async (name, expected) => {
    expect(pick((await readFixture(name)).quotas, 'credits')).toMatchObject(expected)
  })

  it('has no credits where the balance is not told', async () => {
    expect(sharesOf((await readFixture('plus-credits-null')).quotas)).toEqual({ weekly: 0.05 })
  })
})

describe('codex requests', () => {
  it('asks for usage in the workspace of the login', async () => {
    const host = hostFor(repliesOf('plus-whole'))
    await codex.read(credential, host)
    expect(host.requests).toEqual([
      {
        method: 'GET',
        url: 'https://chatgpt.com/backend-api/wham/usage',
        headers: {
          authorization: `Bearer ${FAKE_ACCESS}`,
          'chatgpt-account-id': WORKSPACE,
          accept: 'application/json',
          'user-agent': 'tokstat/0.0.0-test',
        },
        endpoint: 'usage',
      },
    ])
  })

  it.each([null, 'org-example', 'two words'])('names no workspace for %s', async (workspace) => {
    const host = hostFor(repliesOf('plus-whole'))
    await codex.read(inWorkspace(workspace), host)
    expect(Object.keys(host.requests[0]?.headers ?? {})).toEqual(['authorization', 'accept', 'user-agent'])
  })

  it.each([
    [{ user_agent: 'mine/1' }, 'mine/1'],
    [{ user_agent: 'honest' }, 'tokstat/0.0.0-test'],
  ])('sends the User-Agent of %j', async (settings, expected) => {
    const host = hostFor(repliesOf('plus-whole'), settings)
    await codex.read(credential, host)
    expect(host.requests[0]?.headers?.['user-agent']).toBe(expected)
  })

  it('asks for the cap of a workspace only where the answer leaves it open', async () => {
    const host = hostFor(repliesOf('business-monthly-cap'))
    await codex.read(credential, host)
    expect(host.requests.map((request) => request.url)).toEqual([
      'https://chatgpt.com/backend-api/wham/usage',
      `https://chatgpt.com/backend-api/accounts/${WORKSPACE}/spend-controls/current-user/monthly-usage`,
    ])
    for (const name of ['plus-whole', 'business-cap-in-spend-control', 'enterprise-individual-limit']) {
      const other = hostFor(repliesOf(name))
      await codex.read(credential, other)
      expect(other.requests).toHaveLength(1)
    }
  })
})

describe('codex plans and problems', () => {
  it('names a plan that is not known yet, and takes no other id for a workspace', async () => {
    const { plan, identity } = await readFixture('new-plan')
    expect(plan).toEqual({ id: 'free_workspace', name: 'Free workspace' })
    expect(identity.workspace).toBeNull()
  })

  it('falls back to the plan that the login names', async () => {
    const host = hostFor({ usage: { body: { rate_limit: { primary_window: { used_percent: 1 } } } } })
    expect((await codex.read(inWorkspace(null, { plan: 'team' }), host)).plan).toEqual({ id: 'team', name: 'Team' })
  })

  it('marks nobody forbidden for a challenge page', async () => {
    await expect(readFixture('cloudflare-403')).rejects.toMatchObject({ status: 'unreachable' })
  })

  it('does not take an account without limits for one with nothing left', async () => {
    await expect(readFixture('api-none')).rejects.toMatchObject({ status: 'not_entitled' })
  })
})
