import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../../model/credential.ts'
import type { Quota } from '../../model/quota.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { claude } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({ provider: 'claude', source: 'claude-code', signInHint: 'claude' })
const named = { ...credential, identity: { subject: 'account-1', workspace: 'org-1', email: null, login: null } }

providerConformance(claude, { fixtures, credential })
fuzzParse(claude, { fixtures, credential })

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: claude.settings.parse(input) })
}

function repliesOf(name: string): FakeAnswers {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fixture.replies
}

function readFixture(name: string, from: Credential = credential) {
  return claude.read(from, hostFor(repliesOf(name)))
}

function sharesOf(quotas: readonly Quota[]): Record<string, number | null> {
  return Object.fromEntries(quotas.map((quota) => [quota.id, quota.usedRatio]))
}

function pick(quotas: readonly Quota[], id: string): Quota {
  const quota = quotas.find((one) => one.id === id)
  if (quota === undefined) throw new Error(`no quota ${id}`)
  return quota
}

describe('claude windows', () => {
  it('reads the answer of the usage API reference', async () => {
    const { quotas } = await readFixture('seed-legacy-only')
    expect(quotas.map((quota) => quota.id)).toEqual(['session', 'weekly', 'weekly.sonnet', 'extra_usage'])
    expect(pick(quotas, 'session')).toMatchObject({
      kind: 'window',
      label: 'Session (5 h)',
      usedRatio: 0.23,
      remainingRatio: 0.77,
      windowSeconds: 18_000,
      resetsAt: Date.parse('2026-01-29T20:00:00Z'),
    })
    expect(pick(quotas, 'weekly')).toMatchObject({ usedRatio: 0.04, remainingRatio: 0.96, windowSeconds: 604_800 })
    // A real window at 0 %, its reset not known.
    expect(pick(quotas, 'weekly.sonnet')).toMatchObject({ usedRatio: 0, remainingRatio: 1, resetsAt: null })
    expect(pick(quotas, 'extra_usage')).toMatchObject({ kind: 'budget', unit: 'USD', limit: 50, used: 0, usedRatio: 0 })
  })

  it('reads limits[] alone, whatever is_active says', async () => {
    const { quotas, notes, plan } = await readFixture('max-limits-only')
    expect(sharesOf(quotas)).toEqual({ session: 0.11, weekly: 0.09, 'weekly.fable': 0.05 })
    expect(pick(quotas, 'session').resetsAt).toBe(Date.parse('2026-11-22T12:30:00.282Z'))
    expect(pick(quotas, 'weekly.fable').label).toBe('Fable weekly')
    expect(notes).toEqual([])
    expect(plan).toEqual({ id: 'max', name: 'Max 20x' })
  })

  it('takes limits[] first and fills the gaps from the older keys, code names left out', async () => {
    const { quotas } = await readFixture('max-limits-and-keys')
    expect(sharesOf(quotas)).toEqual({
      session: 0.11,
      weekly: 0.09,
      'weekly.opus': 0.05,
      'weekly.sonnet': 0.12,
      routines: 0.18,
      'weekly.oauth_apps': 0.03,
    })
    expect(quotas.filter((quota) => quota.helper).map((quota) => quota.id)).toEqual(['weekly.oauth_apps'])
  })

  it('makes up no session where there is none', async () => {
    const { quotas } = await readFixture('team-session-null')
    expect(sharesOf(quotas)).toEqual({ weekly: 0.412 })
  })

  it('understands resets without a zone, in seconds and in milliseconds', async () => {
    const { quotas } = await readFixture('pro-zoneless-resets')
    expect(quotas.map((quota) => quota.resetsAt)).toEqual([
      Date.parse('2026-11-22T12:30:00Z'),
      1_795_770_000_000,
      1_795_770_000_000,
    ])
  })

  it('drops junk in limits[], says how much, and lets the older key stand in', async () => {
    const { quotas, notes } = await readFixture('max-limits-junk')
    expect(sharesOf(quotas)).toEqual({ session: 0.11, 'weekly.opus': 0.05, weekly: 0.09 })
    expect(notes).toEqual([
      { code: 'corrupt_element', message: '5 parts of the answer could not be read and was left out.' },
    ])
  })

  it('takes a weekly row without a model for the weekly window, not for a model', async () => {
    const { quotas } = await readFixture('max-scoped-without-model')
    expect(sharesOf(quotas)).toEqual({ session: 0.11, weekly: 0.09 })
  })

  it('keeps the tighter of two rows of one model, unless its window has ended', async () => {
    const { quotas } = await readFixture('max-scoped-twice')
    expect(sharesOf(quotas)).toEqual({ session: 0.11, 'weekly.opus': 0.35, 'weekly.sonnet': 0.1 })
  })

  it('shows windows that are not known as x.…, inferred, with a note', async () => {
    const { quotas, notes } = await readFixture('max-unknown-windows')
    expect(sharesOf(quotas)).toEqual({
      session: 0.11,
      'x.monthly-all': 0.3,
      'x.weekly-scoped-browser': 0.12,
      'x.seven-day-zebra': 0.33,
    })
    expect(quotas.filter((quota) => quota.inferred)).toHaveLength(3)
    expect(notes.map((note) => note.code)).toEqual(['unknown_window', 'unknown_window', 'unknown_window'])
  })

  it('keeps value and reset of a window that has ended', async () => {
    const { quotas } = await readFixture('max-reset-in-the-past')
    expect(pick(quotas, 'session')).toMatchObject({ usedRatio: 0.97, resetsAt: Date.parse('2026-11-22T08:00:00Z') })
  })

  it('lets the used share exceed 1, never the remaining one', async () => {
    const { quotas } = await readFixture('max-overage')
    expect(pick(quotas, 'session')).toMatchObject({ usedRatio: 1, remainingRatio: 0 })
    expect(pick(quotas, 'weekly')).toMatchObject({ usedRatio: 1.125, remainingRatio: 0 })
  })

  it('has no share where none was sent, and no window where nothing was', async () => {
    const { quotas } = await readFixture('max-null-values')
    expect(sharesOf(quotas)).toEqual({ session: null, 'weekly.opus': 0.01 })
    expect(pick(quotas, 'session').remainingRatio).toBeNull()
  })
})

describe('claude money', () => {
  it.each([
    ['enterprise-extra-only-eur', { kind: 'budget', unit: 'EUR', used: 7.63, limit: 20, usedRatio: 0.3815 }],
    ['enterprise-extra-only-jpy', { kind: 'budget', unit: 'JPY', used: 1500, limit: 3000, usedRatio: 0.5 }],
    ['max-extra-decimal-places', { kind: 'budget', unit: 'KWD', used: 1.5, limit: 30, usedRatio: 0.05 }],
    ['max-extra-web-name', { kind: 'budget', unit: 'USD', used: 2.5, limit: 10, usedRatio: 0.25 }],
    ['max-extra-without-limit', { kind: 'spend', unit: 'USD', used: 5, limit: null, usedRatio: null }],
    ['max-spend-limit-set', { kind: 'budget', unit: 'USD', used: 5.2, limit: 20, usedRatio: 0.26 }],
  ])('reads %s in minor units of its currency', async (name, expected) => {
    const { quotas } = await readFixture(name)
    expect(pick(quotas, 'extra_usage')).toMatchObject({ ...expected, resetsAt: null, remaining: null })
  })

  it('has no extra usage while it is switched off', async () => {
    const { quotas } = await readFixture('max-extra-switched-off')
    expect(quotas.map((quota) => quota.id)).toEqual(['session', 'weekly'])
  })

  it('takes the percentage where an amount is missing, and divides by no limit of 0', async () => {
    const read = async (extra: unknown) => {
      const answers = { usage: { body: { limits: [], extra_usage: extra, five_hour: { utilization: 1 } } } }
      return pick((await claude.read(named, hostFor(answers))).quotas, 'extra_usage')
    }
    expect(await read({ is_enabled: true, monthly_limit: 1000, utilization: 38.5 })).toMatchObject({
      used: null,
      usedRatio: 0.385,
    })
    expect(await read({ is_enabled: true, monthly_limit: 0, used_credits: 5 })).toMatchObject({
      kind: 'budget',
      limit: 0,
      usedRatio: null,
    })
  })
})

describe('claude saved resets', () => {
  it('counts those that could be used now', async () => {
    const { quotas } = await readFixture('max-reset-grants')
    expect(pick(quotas, 'reset_grants')).toMatchObject({ kind: 'count', unit: 'count', remaining: 3 })
  })

  it.each(['max-reset-grants-surface', 'max-reset-grants-malformed'])('says nothing about them in %s', async (name) => {
    const { quotas } = await readFixture(name)
    expect(sharesOf(quotas)).toEqual({ session: 0.11 })
  })
})

describe('claude requests', () => {
  it('asks for usage as Claude Code does', async () => {
    const host = hostFor(repliesOf('max-limits-only'))
    await claude.read({ ...named, extra: { clientVersion: '2.4.11' } }, host)
    expect(host.requests).toEqual([
      {
        method: 'GET',
        url: 'https://api.anthropic.com/api/oauth/usage',
        headers: {
          authorization: `Bearer ${FAKE_ACCESS}`,
          'anthropic-beta': 'oauth-2025-04-20',
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': 'claude-code/2.4.11',
        },
        endpoint: 'usage',
      },
    ])
  })

  it.each([
    [{}, {}, 'claude-code/2.1.80'],
    [{}, { clientVersion: '2.1\r\nx: y' }, 'claude-code/2.1.80'],
    [{ user_agent: 'honest' }, { clientVersion: '2.4.11' }, 'tokstat/0.0.0-test'],
    [{ user_agent: 'mine/1' }, {}, 'mine/1'],
  ])('sends the User-Agent that %j and %j ask for', async (settings, extra, expected) => {
    const host = hostFor(repliesOf('max-limits-only'), settings)
    await claude.read({ ...named, extra }, host)
    expect(host.requests[0]?.headers?.['user-agent']).toBe(expected)
  })

  it('asks about saved resets only under the name they are told to', async () => {
    const host = hostFor(repliesOf('max-reset-grants'), { user_agent: 'claude-cli/2.2.0 (external, cli)' })
    await claude.read(named, host)
    expect(host.requests.map((request) => request.url)).toEqual([
      'https://api.anthropic.com/api/oauth/usage?cedar_ember=1',
    ])
  })

  it('asks for the profile once, and only when the login does not say whose it is', async () => {
    const host = hostFor(repliesOf('max-limits-only'))
    const reading = await claude.read(credential, host)
    expect(host.requests.map((request) => request.endpoint)).toEqual(['usage', 'profile'])
    expect(reading.identity).toEqual({
      subject: '11111111-aaaa-4aaa-8aaa-000000000001',
      workspace: '22222222-bbbb-4bbb-8bbb-000000000001',
      email: 'user@example.com',
      login: null,
    })
    const known = await readFixture('max-limits-only', named)
    expect(known.identity).toEqual({ subject: null, workspace: null, email: null, login: null })
  })

  it('keeps the numbers when the profile fails, and says so', async () => {
    const host = hostFor({ ...repliesOf('max-limits-only'), profile: { status: 500 } })
    const reading = await claude.read(credential, host)
    expect(reading.quotas).toHaveLength(3)
    expect(reading.notes).toEqual([
      { code: 'partial', message: 'The account could not be read: Claude has trouble of its own (500).' },
    ])
  })

  it('sends nothing for a login whose scopes do not allow it', async () => {
    const host = hostFor(repliesOf('max-limits-only'))
    const poor = { ...named, extra: { scopes: 'user:inference user:file_upload' } }
    await expect(claude.read(poor, host)).rejects.toMatchObject({
      code: 'scope_missing',
      hint: 'Sign in again: run `claude` and log in with the subscription.',
    })
    expect(host.requests).toEqual([])
    const rich = { ...named, extra: { scopes: 'user:inference user:profile' } }
    expect((await claude.read(rich, host)).quotas).toHaveLength(3)
  })
})

describe('claude plans', () => {
  const bare = { usage: { body: { five_hour: { utilization: 1 } } } }
  it.each([
    [
      { subscriptionType: 'pro', rateLimitTier: 'default_claude_max_5x' },
      { id: 'pro', name: 'Pro' },
    ],
    [
      { subscriptionType: 'max', rateLimitTier: 'claude_max_subscription_20x' },
      { id: 'max', name: 'Max 20x' },
    ],
    [{ rateLimitTier: 'default_claude_max_5x' }, { id: 'max', name: 'Max 5x' }],
    [{ rateLimitTier: 'claude_enterprise' }, { id: 'enterprise', name: 'Enterprise' }],
    [{ rateLimitTier: 'default_claude_ai' }, null],
    [{}, null],
  ])('reads %j', async (extra: Readonly<Record<string, string>>, plan) => {
    expect((await claude.read({ ...named, extra }, hostFor(bare))).plan).toEqual(plan)
  })

  it('falls back to what the profile says in any of its forms', async () => {
    const reading = await readFixture('max-profile-fallbacks')
    expect(reading.plan).toEqual({ id: 'pro', name: 'Pro' })
    expect(reading.identity).toMatchObject({ email: 'user@example.com', workspace: null })
  })
})

describe('claude problems', () => {
  const forbidden = (message: string) => ({
    usage: { status: 403, body: { error: { type: 'permission_error', message } } },
  })
  const fromEnv = { ...named, source: 'env' as const }

  it.each([
    [named, 'no word that is known', 'forbidden'],
    [named, 'token lacks scope user:profile', 'scope_missing'],
    [fromEnv, 'no word that is known', 'scope_missing'],
    [fromEnv, 'not allowed for this organization', 'forbidden'],
    [named, 'Claude is not available in your country', 'unsupported_region'],
  ])('tells apart the reasons of a 403', async (from, message, code) => {
    await expect(claude.read(from, hostFor(forbidden(message)))).rejects.toMatchObject({ code })
  })

  it('says what a setup token is not good for', async () => {
    await expect(readFixture('setup-token-403', fromEnv)).rejects.toMatchObject({
      status: 'auth_required',
      hint: 'A token of `claude setup-token` cannot: log in with `claude` on this machine.',
    })
  })

  it('waits for no time at all when Retry-After is 0', async () => {
    await expect(readFixture('max-429-retry-after-zero')).rejects.toMatchObject({ retryAfterMs: null })
  })

  it.each([
    ['rate_limit_error', 'rate_limited'],
    ['overloaded_error', 'upstream_unavailable'],
    ['permission_error', 'forbidden'],
    ['something_new', 'unexpected_response'],
  ])('does not take %s with status 200 for an answer', async (type, code) => {
    const host = hostFor({ usage: { body: { type: 'error', error: { type } } } })
    await expect(claude.read(named, host)).rejects.toMatchObject({ code })
  })
})
