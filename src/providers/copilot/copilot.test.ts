import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Quota } from '../../model/quota.ts'
import { epochMs, toIsoOrNull } from '../../model/time.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { FAKE_ACCESS, FAKE_NOW, type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { copilot } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({
  provider: 'copilot',
  source: 'github-copilot',
  signInHint: 'tokstat login copilot',
})
const company = fakeCredential({ provider: 'copilot', source: 'opencode', extra: { host: 'acme.ghe.com' } })

providerConformance(copilot, { fixtures, credential, codes: { 404: 'no_quota_reported' } })
fuzzParse(copilot, { fixtures, credential })

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: copilot.settings.parse(input) })
}

function fixtureReplies(name: string): FakeAnswers {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fixture.replies
}

function readFixture(name: string, login = credential) {
  return copilot.read(login, hostFor(fixtureReplies(name)))
}

function pick(quotas: readonly Quota[], id: string): Quota | undefined {
  return quotas.find((quota) => quota.id === id)
}

describe('copilot quotas', () => {
  it('counts requests beyond the allowance as they are: 5321 of 1500', async () => {
    const { quotas, plan } = await readFixture('pro-plus-seed')
    expect(quotas.map((quota) => quota.id)).toEqual(['premium', 'chat', 'completions', 'overage'])
    expect(pick(quotas, 'premium')).toMatchObject({
      kind: 'window',
      unit: 'requests',
      used: 5321,
      limit: 1500,
      remaining: -3821,
      usedRatio: 3.547333333,
      remainingRatio: 0,
      overageAllowed: true,
      unlimited: false,
      windowSeconds: null,
    })
    expect(pick(quotas, 'overage')).toMatchObject({ kind: 'count', used: 3821, overageAllowed: true, usedRatio: null })
    for (const id of ['chat', 'completions']) {
      expect(pick(quotas, id)).toMatchObject({ unlimited: true, used: null, usedRatio: null, remainingRatio: null })
    }
    expect(quotas.map((quota) => toIsoOrNull(quota.resetsAt))).toEqual(Array(4).fill('2026-02-01T00:00:00Z'))
    expect(plan).toEqual({ id: 'individual_pro', name: 'Copilot Pro+' })
  })

  it('takes -1 left for one too many, and gives no overage where none is allowed', async () => {
    const { quotas } = await readFixture('pro-one-over')
    expect(quotas.map((quota) => quota.id)).toEqual(['premium'])
    expect(quotas[0]).toMatchObject({ used: 301, remaining: -1, usedRatio: 1.003333333, unlimited: false })
  })

  it('reads a plain paid plan', async () => {
    const { quotas, plan, identity } = await readFixture('pro-plain')
    expect(pick(quotas, 'premium')).toMatchObject({ used: 60, limit: 300, remainingRatio: 0.8, usedRatio: 0.2 })
    expect(plan?.name).toBe('Copilot Pro')
    expect(identity).toEqual({ subject: 'github.com/octocat', workspace: 'github.com', email: null, login: 'octocat' })
  })

  it('reads the free plan in both forms', async () => {
    const now = await readFixture('free-snapshots')
    expect(now.quotas.map((quota) => [quota.id, quota.usedRatio])).toEqual([
      ['chat', 0.09],
      ['completions', 0.0055],
    ])
    expect(now.plan?.name).toBe('Copilot Free')
    const older = await readFixture('free-limited-pair')
    expect(older.quotas.map((quota) => [quota.id, quota.used, quota.limit, quota.remaining])).toEqual([
      ['chat', 240, 500, 260],
      ['completions', 673, 4000, 3327],
    ])
    expect(toIsoOrNull(older.quotas[0]?.resetsAt ?? null)).toBe('2026-11-24T00:00:00Z')
  })

  it('says of a seat that counts nothing which plan it is', async () => {
    await expect(readFixture('business-placeholder')).rejects.toMatchObject({
      code: 'no_quota_reported',
      status: 'not_entitled',
      message: 'GitHub reports no quota of its own for this login (Copilot Business).',
    })
  })

  it('counts AI credits only where no bucket has a share', async () => {
    const { quotas } = await readFixture('business-credits')
    expect(quotas).toMatchObject([{ id: 'credits_used', kind: 'count', unit: 'credits', used: 2111, limit: null }])
    const paid = fixtureReplies('pro-plain')
    const host = hostFor({
      user: { body: { quota_snapshots: { premium_interactions: { entitlement: 9, remaining: 3, credits_used: 31 } } } },
    })
    expect(paid).toBeDefined()
    expect((await copilot.read(credential, host)).quotas.map((quota) => quota.id)).toEqual(['premium'])
  })

  it('reads numbers that are texts, and differences without noise', async () => {
    const { quotas } = await readFixture('pro-string-numbers')
    expect(quotas[0]).toMatchObject({ limit: 500, remaining: 156.2, used: 343.8, remainingRatio: 0.3124 })
  })

  it('believes the percentage and keeps the counts', async () => {
    const { quotas } = await readFixture('pro-percent-disagrees')
    expect(quotas[0]).toMatchObject({ used: 60, limit: 300, remaining: 240, remainingRatio: 0.796 })
  })

  it('leaves a share unknown rather than make it up', async () => {
    const { quotas } = await readFixture('pro-operand-missing')
    expect(pick(quotas, 'premium')).toMatchObject({ limit: 300, used: null, remaining: null, usedRatio: null })
    expect(pick(quotas, 'chat')).toMatchObject({ limit: null, used: null, remainingRatio: 0.4 })
  })

  it('shows a bucket that nobody knows under its own name', async () => {
    const { quotas } = await readFixture('pro-unknown-bucket')
    expect(quotas).toMatchObject([{ id: 'mystery_bucket', label: 'mystery_bucket', kind: 'window', usedRatio: 0.8 }])
  })

  it('takes the counter of overage as it is', async () => {
    const { quotas } = await readFixture('pro-overage-counted')
    expect(pick(quotas, 'overage')).toMatchObject({ used: 12 })
    expect(pick(quotas, 'premium')).toMatchObject({ used: 1496.5, overageAllowed: true })
  })

  it.each([
    [{ quota_reset_date_utc: '2026-12-01T00:00:00.000Z', quota_reset_date: '2026-12-02' }, '2026-12-01T00:00:00Z'],
    [{ quota_reset_date_utc: 'soon', quota_reset_date: '2026-12-02' }, '2026-12-02T00:00:00Z'],
    [{ limited_user_reset_date: '2026-12-03' }, '2026-12-03T00:00:00Z'],
    [{ quota_reset_date: '2026-02-30' }, null],
  ])('takes the reset from the first date that can be read: %j', async (dates, expected) => {
    const body = { ...dates, quota_snapshots: { chat: { entitlement: 10, remaining: 5 } } }
    const { quotas } = await copilot.read(credential, hostFor({ user: { body } }))
    expect(toIsoOrNull(quotas[0]?.resetsAt ?? null)).toBe(expected)
  })
})

describe('copilot requests', () => {
  it('asks api.github.com as the editor does, and honestly where that is wanted', async () => {
    const headersFor = async (input: unknown) => {
      const host = hostFor(fixtureReplies('pro-plain'), input)
      await copilot.read(credential, host)
      expect(host.requests.map((request) => [request.method, request.url])).toEqual([
        ['GET', 'https://api.github.com/copilot_internal/user'],
      ])
      return host.requests[0]?.headers
    }
    expect(await headersFor({})).toEqual({
      authorization: `token ${FAKE_ACCESS}`,
      accept: 'application/json',
      'editor-version': 'vscode/1.96.2',
      'editor-plugin-version': 'copilot-chat/0.26.7',
      'user-agent': 'GitHubCopilotChat/0.26.7',
      'x-github-api-version': '2025-04-01',
    })
    const honest = await headersFor({ user_agent: 'honest' })
    expect(honest?.['user-agent']).toBe('tokstat/0.0.0-test')
    expect(Object.keys(honest ?? {})).not.toContain('editor-version')
  })

  it.each([
    ['acme.ghe.com', 'https://api.acme.ghe.com/copilot_internal/user'],
    ['git.acme.example', 'https://git.acme.example/api/v3/copilot_internal/user'],
  ])('asks the host that the token was stored for and no other: %s', async (home, url) => {
    const login = fakeCredential({ provider: 'copilot', source: 'opencode', extra: { host: home } })
    const host = hostFor(fixtureReplies('pro-plain'))
    const { identity, via } = await copilot.read(login, host)
    expect(host.requests.map((request) => request.url)).toEqual([url])
    expect(copilot.hostsFor?.(login)).toEqual([new URL(url).host])
    expect(identity).toMatchObject({ subject: `${home}/octocat`, workspace: home })
    expect(via).toBe(new URL(url).host)
  })

  it.each([
    'localhost',
    '127.0.0.1',
    'acme.ghe.com@evil.example',
    'acme.ghe.com:8443',
    'acme.ghe.com/x',
    'gist.github.com',
    '',
  ])('sends the token nowhere when its home is %j', async (home) => {
    const login = fakeCredential({ provider: 'copilot', source: 'opencode', extra: { host: home } })
    const host = hostFor(fixtureReplies('pro-plain'))
    await expect(copilot.read(login, host)).rejects.toMatchObject({ code: 'credential_unreadable' })
    expect(host.requests).toEqual([])
    expect(copilot.hostsFor?.(login)).toEqual([])
  })

  it('never offers api.github.com to a company, nor a company to github.com', () => {
    expect(copilot.hostsFor?.(company)).toEqual(['api.acme.ghe.com'])
    expect(copilot.hostsFor?.(credential)).toEqual(['api.github.com'])
  })
})

describe('copilot refusals', () => {
  it('waits as long as the rate limit says, although the status is 403', async () => {
    const reset = epochMs(FAKE_NOW + 90_000)
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset / 1000) }
    const host = hostFor({ user: { status: 403, headers, body: { message: 'API rate limit exceeded' } } })
    await expect(copilot.read(credential, host)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 90_000 })
  })

  it('calls a 403 a missing scope where the token came from the environment', async () => {
    const login = fakeCredential({ provider: 'copilot', source: 'env' })
    const answer = { user: { status: 403, body: { message: 'Forbidden' } } }
    await expect(copilot.read(login, hostFor(answer))).rejects.toMatchObject({
      code: 'scope_missing',
      status: 'auth_required',
    })
    await expect(copilot.read(credential, hostFor(answer))).rejects.toMatchObject({ code: 'forbidden' })
  })
})
