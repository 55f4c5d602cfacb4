import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { QuotaError } from '../../model/problem.ts'
import type { Quota } from '../../model/quota.ts'
import type { Reading } from '../../model/reading.ts'
import { toIso } from '../../model/time.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { antigravity } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({
  provider: 'antigravity',
  source: 'antigravity-accounts',
  signInHint: 'opencode auth login',
  extra: { project: 'project-own' },
})
const withoutProject = fakeCredential({ ...credential, extra: {} })
const DAILY = 'daily-cloudcode-pa.googleapis.com'
const PROD = 'cloudcode-pa.googleapis.com'

providerConformance(antigravity, { fixtures, credential })
fuzzParse(antigravity, { fixtures, credential })

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: antigravity.settings.parse(input) })
}

function repliesOf(name: string): FakeAnswers {
  const fixture = fixtures.find((one) => one.name === `${name}-20261122`)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return fixture.replies
}

function readFixture(name: string): Promise<Reading> {
  return antigravity.read(credential, hostFor(repliesOf(name)))
}

function pick(reading: Reading, id: string): Quota {
  const quota = reading.quotas.find((one) => one.id === id)
  if (quota === undefined) throw new Error(`no quota ${id} in ${reading.quotas.map((one) => one.id).join(' ')}`)
  return quota
}

function resetOf(quota: Quota): string | null {
  return quota.resetsAt === null ? null : toIso(quota.resetsAt)
}

function codesOf(reading: Reading): readonly string[] {
  return reading.notes.map((note) => note.code)
}

const MODELS = { body: { models: { 'claude-sonnet-4': { quotaInfo: { remainingFraction: 0.5 } } } } }
const SUMMARY = { body: { groups: [{ buckets: [{ bucketId: '3p-5h', remainingFraction: 0.5 }] }] } }
const TIER = { body: { currentTier: { id: 'free-tier' }, cloudaicompanionProject: { id: 'project-tier' } } }

describe('models', () => {
  it('lists every model with share, reset and the pool the service counts it in', async () => {
    const reading = await readFixture('pro-usual')
    expect(pick(reading, 'claude-sonnet-4-6')).toMatchObject({
      label: 'Claude Sonnet 4.6',
      kind: 'model',
      unit: 'share',
      remainingRatio: 0.23,
      usedRatio: 0.77,
      used: null,
      remaining: null,
      inferred: false,
      windowSeconds: null,
      providerPool: '3p',
      helper: false,
    })
    expect(resetOf(pick(reading, 'claude-sonnet-4-6'))).toBe('2026-11-22T12:45:00Z')
    expect(pick(reading, 'gpt-oss-120b-medium').providerPool).toBe('3p')
    expect(pick(reading, 'gemini-3-flash').providerPool).toBe('gemini')
    expect(reading).toMatchObject({ plan: { id: 'g1-pro-tier', name: 'Google AI Pro' }, notes: [], via: DAILY })
  })

  it('reads a left-out fraction beside a reset as 0, and no quotaInfo as unknown', async () => {
    const reading = await readFixture('free-omitted-zero')
    expect(pick(reading, 'claude-opus-4')).toMatchObject({
      label: 'claude-opus-4',
      remainingRatio: 0,
      usedRatio: 1,
      inferred: true,
    })
    expect(resetOf(pick(reading, 'claude-opus-4'))).toBe('2026-11-22T20:00:00.250Z')
    for (const id of ['gemini-2.5-pro', 'gpt-oss-120b-medium']) {
      expect(pick(reading, id)).toMatchObject({
        remainingRatio: null,
        usedRatio: null,
        resetsAt: null,
        inferred: false,
      })
    }
    expect(reading.plan).toEqual({ id: 'free-tier', name: 'Antigravity' })
    expect(codesOf(reading)).toEqual(['partial'])
  })

  it('leaves left-out fractions unknown when no model carries one', async () => {
    const reading = await readFixture('free-no-fraction-anywhere')
    expect(reading.quotas.map((quota) => [quota.remainingRatio, quota.inferred])).toEqual([
      [null, false],
      [null, false],
    ])
  })

  it('clamps, believes isExhausted, and keeps an explicit 0 beside a broken reset', async () => {
    const reading = await readFixture('pro-out-of-range')
    expect(pick(reading, 'gemini-3-flash')).toMatchObject({ remainingRatio: 1, usedRatio: 0 })
    expect(pick(reading, 'gemini-3-pro-low')).toMatchObject({ remainingRatio: 0, usedRatio: 1 })
    expect(pick(reading, 'claude-sonnet-4-6')).toMatchObject({ remainingRatio: 0, resetsAt: null, inferred: false })
    expect(pick(reading, 'gpt-oss-120b-medium')).toMatchObject({ remainingRatio: 0, inferred: false })
  })

  it('flags helper and internal models and lists them all the same', async () => {
    const reading = await readFixture('pro-helpers')
    const helpers = reading.quotas.filter((quota) => quota.helper).map((quota) => quota.id)
    expect(helpers.sort()).toEqual(['chat_20706', 'gemini-3-pro-image', 'rev19-uic3-1p', 'tab_flash_lite_preview'])
    expect(pick(reading, 'rev19-uic3-1p').providerPool).toBeNull()
  })

  it('takes a fraction of the wrong type for unknown, never for 0, and says so', async () => {
    const models = {
      'claude-sonnet-4': { quotaInfo: { remainingFraction: '0.5', resetTime: '2026-11-22T12:00:00Z' } },
      'claude-opus-4': { quotaInfo: 'gone' },
      'gemini-3-flash': { quotaInfo: { remainingFraction: 0.4 } },
      'gemini-3-pro': 17,
    }
    const reading = await antigravity.read(credential, hostFor({ models: { body: { models } }, summary: SUMMARY }))
    expect(pick(reading, 'claude-sonnet-4')).toMatchObject({ remainingRatio: null, inferred: false })
    expect(pick(reading, 'claude-opus-4').remainingRatio).toBeNull()
    expect(reading.notes.find((note) => note.code === 'corrupt_element')?.message).toMatch(/^3 parts/)
  })
})

describe('a model list in which everything is full', () => {
  it('takes the numbers of retrieveUserQuota where it echoes a model with one', async () => {
    const reading = await readFixture('pro-all-full-verified')
    expect(pick(reading, 'gemini-3.1-pro-high')).toMatchObject({ remainingRatio: 0.6, inferred: false })
    expect(pick(reading, 'gemini-3-flash')).toMatchObject({ remainingRatio: 0.9, inferred: false })
    expect(pick(reading, 'claude-sonnet-4-6')).toMatchObject({ remainingRatio: 1, inferred: true })
    expect(codesOf(reading)).toContain('suspect')
  })

  it('takes the tightest shared window of the pool when the summary answers, and asks nothing more', async () => {
    const host = hostFor(repliesOf('pro-all-full-summary'))
    const reading = await antigravity.read(credential, host)
    expect(pick(reading, 'claude-opus-4-6-thinking')).toMatchObject({ remainingRatio: 0.23, inferred: false })
    expect(pick(reading, 'gemini-3-flash')).toMatchObject({ remainingRatio: 0.87, inferred: false })
    expect(codesOf(reading)).not.toContain('suspect')
    expect(host.requests.map((request) => request.endpoint)).not.toContain('user_quota')
  })

  it('stands as inferred when nothing else answers', async () => {
    const reading = await readFixture('pro-all-full-unverified')
    expect(reading.quotas.map((quota) => [quota.remainingRatio, quota.inferred])).toEqual(
      Array.from({ length: 5 }, () => [1, true]),
    )
    expect(codesOf(reading)).toEqual(['partial', 'partial', 'suspect'])
  })

  it('is not assumed when one model is spent or only almost full', async () => {
    for (const other of [{ resetTime: '2026-11-22T12:00:00Z' }, { isExhausted: true }, { remainingFraction: 0.99 }]) {
      const models = { 'gemini-3-flash': { quotaInfo: { remainingFraction: 1 } }, 'claude-x': { quotaInfo: other } }
      const host = hostFor({ models: { body: { models } } })
      const reading = await antigravity.read(credential, host)
      expect(pick(reading, 'gemini-3-flash').inferred).toBe(false)
      expect(host.requests.map((request) => request.endpoint)).not.toContain('user_quota')
    }
  })
})

describe('shared windows', () => {
  it('has one quota a bucket, with the known lengths and plain labels', async () => {
    const reading = await readFixture('pro-usual')
    const windows = reading.quotas.filter((quota) => quota.kind === 'window')
    expect(windows.map((one) => [one.id, one.label, one.remainingRatio, one.windowSeconds, one.providerPool])).toEqual([
      ['pool.gemini-weekly', 'Gemini weekly', 0.9, 604_800, 'gemini'],
      ['pool.gemini-5h', 'Gemini (5 h)', 0.87, 18_000, 'gemini'],
      ['pool.3p-weekly', 'Claude and GPT weekly', 0.6, 604_800, '3p'],
      ['pool.3p-5h', 'Claude and GPT (5 h)', 0.23, 18_000, '3p'],
    ])
  })

  it.each(['pro-wrapped-response', 'pro-wrapped-summary', 'pro-wrapped-quotasummary'])('reads %s', async (name) => {
    const [wrapped, bare] = await Promise.all([readFixture(name), readFixture('pro-usual')])
    expect(wrapped.quotas).toEqual(bare.quotas)
  })

  it('reads three spellings of the fraction, and a missing one as unknown with its reset', async () => {
    const reading = await readFixture('pro-fraction-spellings')
    expect(pick(reading, 'pool.gemini-weekly').remainingRatio).toBe(0.82)
    expect(resetOf(pick(reading, 'pool.gemini-weekly'))).toBe('2026-11-29T09:00:00Z')
    expect(pick(reading, 'pool.gemini-5h').remainingRatio).toBe(0.91)
    expect(pick(reading, 'pool.3p-5h')).toMatchObject({ remainingRatio: null, usedRatio: null, inferred: false })
    expect(resetOf(pick(reading, 'pool.3p-5h'))).toBe('2026-11-22T12:45:00Z')
  })

  it('believes an empty list of groups', async () => {
    const host = hostFor(repliesOf('pro-groups-empty'))
    const reading = await antigravity.read(credential, host)
    expect(reading.quotas.every((quota) => quota.kind === 'model')).toBe(true)
    expect(reading.notes).toEqual([
      { code: 'partial', message: 'Antigravity reports no shared limits for this account.' },
    ])
    const asked = host.requests.filter((request) => request.endpoint === 'summary').map((one) => new URL(one.url).host)
    expect(asked).toEqual([DAILY, PROD])
  })

  it('drops disabled buckets', async () => {
    const reading = await readFixture('pro-disabled-bucket')
    const windows = reading.quotas.filter((quota) => quota.kind === 'window')
    expect(windows.map((one) => [one.id, one.remainingRatio])).toEqual([['pool.gemini-weekly', null]])
  })

  it('shows unknown buckets apart, inferred and in no pool', async () => {
    const reading = await readFixture('ultra-unknown-buckets')
    expect(pick(reading, 'pool.gemini-session-history')).toMatchObject({
      label: 'Gemini Models, History',
      inferred: true,
      providerPool: null,
      windowSeconds: null,
    })
    expect(pick(reading, 'pool.video-monthly')).toMatchObject({
      remainingRatio: 0,
      inferred: true,
      windowSeconds: null,
    })
    expect(pick(reading, 'pool.gemini-5h')).toMatchObject({ windowSeconds: 18_000, inferred: false })
    expect(codesOf(reading)).toEqual(['unknown_window', 'unknown_window'])
  })

  it('gives a full window that has not begun no reset, and keeps one that has', async () => {
    const reading = await readFixture('pro-window-not-begun')
    expect(pick(reading, 'pool.gemini-5h')).toMatchObject({ remainingRatio: 1, resetsAt: null, inferred: false })
    expect(resetOf(pick(reading, 'pool.3p-5h'))).toBe('2026-11-22T11:30:00Z')
  })

  it('doubts a window that never begins on the other host, and names both hosts', async () => {
    const reading = await readFixture('pro-prod-sentinel')
    expect(pick(reading, 'pool.gemini-5h')).toMatchObject({ remainingRatio: 1, resetsAt: null, inferred: true })
    expect(pick(reading, 'pool.gemini-weekly')).toMatchObject({ remainingRatio: 0.554, inferred: false })
    expect(reading.via).toBe(`${DAILY}, ${PROD}`)
    expect(codesOf(reading)).toEqual(['host_fallback'])
  })

  it('keeps the lower of a bucket that comes twice, with its own reset', async () => {
    const quota = pick(await readFixture('pro-bucket-twice'), 'pool.gemini-5h')
    expect(quota.remainingRatio).toBe(0.3)
    expect(resetOf(quota)).toBe('2026-11-22T12:45:00Z')
  })

  it('takes the buckets at the root only when no group has one, in older spellings too', async () => {
    const reading = await readFixture('ultra-root-buckets')
    expect(pick(reading, 'pool.gemini_session')).toMatchObject({ label: 'Gemini (5 h)', windowSeconds: 18_000 })
    expect(pick(reading, 'pool.claude-weekly')).toMatchObject({ providerPool: '3p', windowSeconds: 604_800 })
  })

  it('names no length for a reset further away than the window is long', async () => {
    const reading = await readFixture('pro-out-of-range')
    expect(pick(reading, 'pool.gemini-weekly')).toMatchObject({ remainingRatio: 0.5, windowSeconds: null })
    expect(pick(reading, 'pool.gemini-5h').remainingRatio).toBe(1)
  })

  it('takes an error that came with HTTP 200 for a failure of the summary alone', async () => {
    const reading = await readFixture('pro-error-envelope')
    expect(reading.quotas.every((quota) => quota.kind === 'model')).toBe(true)
    expect(codesOf(reading)).toEqual(['partial'])
  })
})

describe('plan and credits', () => {
  it('has the AI credits of the paid tier as a balance', async () => {
    expect(pick(await readFixture('ultra-unknown-buckets'), 'ai_credits')).toMatchObject({
      kind: 'balance',
      unit: 'credits',
      remaining: 25_000,
      limit: null,
      remainingRatio: null,
    })
  })

  it('has no plan when it cannot be read, and all quotas', async () => {
    const reading = await readFixture('pro-tier-down')
    expect(reading.plan).toBeNull()
    expect(reading.quotas).toHaveLength(9)
    expect(codesOf(reading)).toEqual(['partial'])
  })
})

describe('requests', () => {
  it('asks model list, summary and plan at the same time when the project is known', async () => {
    let underWay = 0
    let most = 0
    const host = hostFor({ tier: TIER, models: MODELS, summary: SUMMARY })
    const counted = {
      ...host,
      async request(request: Parameters<typeof host.request>[0]) {
        most = Math.max(most, ++underWay)
        const reply = await host.request(request)
        await Promise.resolve()
        underWay--
        return reply
      },
    }
    await antigravity.read(credential, counted)
    expect(most).toBe(3)
    expect(host.requests.find((request) => request.endpoint === 'models')?.body).toBe('{"project":"project-own"}')
  })

  it("takes the plan answer's project when none is known, and none when there is none", async () => {
    const bodies = async (answers: FakeAnswers) => {
      const host = hostFor(answers)
      await antigravity.read(withoutProject, host)
      return host.requests.filter((request) => request.endpoint !== 'tier').map((request) => request.body)
    }
    const project = '{"project":"project-tier"}'
    expect(await bodies({ tier: TIER, models: MODELS, summary: SUMMARY })).toEqual([project, project])
    expect(await bodies({ tier: { status: 500 }, models: MODELS, summary: SUMMARY })).toEqual(['{}', '{}'])
  })

  it('tries once more without a project that is refused, and never after a verification request', async () => {
    const denied = { status: 403, body: { error: { status: 'PERMISSION_DENIED' } } }
    const host = hostFor({ tier: TIER, models: [denied, MODELS], summary: SUMMARY })
    const reading = await antigravity.read(credential, host)
    expect(pick(reading, 'claude-sonnet-4').remainingRatio).toBe(0.5)
    const refused = hostFor(repliesOf('pro-verification'))
    await expect(antigravity.read(credential, refused)).rejects.toMatchObject({ code: 'verification_required' })
    expect(refused.requests.filter((request) => request.endpoint === 'models')).toHaveLength(1)
    const forbidden = hostFor(repliesOf('pro-forbidden'))
    await expect(antigravity.read(credential, forbidden)).rejects.toMatchObject({ code: 'forbidden' })
    expect(forbidden.requests.filter((request) => request.endpoint === 'models')).toHaveLength(2)
  })

  it.each([404, 500, 503])('asks prod after %d of the daily host', async (status) => {
    const host = hostFor({ tier: TIER, summary: SUMMARY, [`models@${DAILY}`]: { status }, [`models@${PROD}`]: MODELS })
    const reading = await antigravity.read(credential, host)
    expect(pick(reading, 'claude-sonnet-4').remainingRatio).toBe(0.5)
    expect(codesOf(reading)).toContain('host_fallback')
  })

  it('asks prod after a network error, and keeps the daily answer when prod fails after an empty summary', async () => {
    const error = new QuotaError({ code: 'network', message: 'no route' })
    const walked = hostFor({ tier: TIER, summary: SUMMARY, [`models@${DAILY}`]: { error }, [`models@${PROD}`]: MODELS })
    expect((await antigravity.read(credential, walked)).via).toContain(PROD)
    const empty = { body: { groups: [] } }
    const kept = hostFor({
      tier: TIER,
      models: MODELS,
      [`summary@${DAILY}`]: empty,
      [`summary@${PROD}`]: { status: 403 },
    })
    const reading = await antigravity.read(credential, kept)
    expect(reading.notes.map((note) => note.message)).toEqual([
      'Antigravity reports no shared limits for this account.',
    ])
  })

  it('takes the summary of prod when the daily one is empty', async () => {
    const host = hostFor({
      tier: TIER,
      models: MODELS,
      [`summary@${DAILY}`]: { body: {} },
      [`summary@${PROD}`]: SUMMARY,
    })
    const reading = await antigravity.read(credential, host)
    expect(pick(reading, 'pool.3p-5h').remainingRatio).toBe(0.5)
  })

  it('never asks prod because the daily host is slow: the two count apart', async () => {
    const error = new QuotaError({ code: 'timeout', message: 'too slow' })
    const host = hostFor({ '*': MODELS, tier: TIER, [`models@${DAILY}`]: { error }, [`summary@${DAILY}`]: { error } })
    await expect(antigravity.read(credential, host)).rejects.toMatchObject({ code: 'timeout' })
    expect(host.requests.filter((request) => new URL(request.url).host === PROD)).toEqual([])
  })

  it.each([401, 403, 429])('never asks prod after %d', async (status) => {
    const host = hostFor({ '*': { status } })
    await expect(antigravity.read(credential, host)).rejects.toMatchObject({ httpStatus: status })
    expect(host.requests.filter((request) => new URL(request.url).host === PROD)).toEqual([])
  })

  it('sends the documented headers, or an honest User-Agent', async () => {
    const headersFor = async (input: unknown) => {
      const host = hostFor({ tier: TIER, models: MODELS, summary: SUMMARY }, input)
      await antigravity.read(credential, host)
      return host.requests[0]?.headers
    }
    expect(await headersFor({})).toMatchObject({
      authorization: 'Bearer ya29.fake-access-canary',
      'content-type': 'application/json',
      'user-agent': 'antigravity/1.11.5 windows/amd64',
      'x-goog-api-client': 'google-cloud-sdk vscode_cloudshelleditor/0.1',
      'client-metadata': '{"ideType":"IDE_UNSPECIFIED","platform":"PLATFORM_UNSPECIFIED","pluginType":"GEMINI"}',
    })
    expect((await headersFor({ user_agent: 'honest' }))?.['user-agent']).toBe('tokstat/0.0.0-test')
  })
})

describe('problems', () => {
  it('is partial when one of list and summary fails', async () => {
    const [models, summary] = await Promise.all([readFixture('pro-models-only'), readFixture('pro-summary-only')])
    expect(models.quotas).toHaveLength(5)
    expect(summary.quotas).toHaveLength(4)
    expect(codesOf(models)).toEqual(['partial'])
    expect(codesOf(summary)).toEqual(['partial'])
  })

  it.each([
    [401, 503, 'credential_expired'],
    [503, 401, 'credential_expired'],
    [429, 403, 'forbidden'],
    [500, 429, 'rate_limited'],
    [400, 500, 'rejected'],
  ])('reports the more telling of %d and %d', async (models, summary, code) => {
    const host = hostFor({ tier: TIER, models: { status: models }, summary: { status: summary } })
    await expect(antigravity.read(credential, host)).rejects.toMatchObject({ code })
  })

  it('hands on how long the service asks to wait', async () => {
    await expect(readFixture('pro-rate-limited')).rejects.toMatchObject({
      retryAfterMs: 90_000,
      status: 'rate_limited',
    })
  })

  it("shows the verification link of google.com, and no other host's", async () => {
    const hintFor = async (link: string) => {
      const error = { details: [{ reason: 'VALIDATION_REQUIRED', metadata: { validation_url: link } }] }
      const host = hostFor({ '*': { status: 403, body: { error } } })
      const thrown = await antigravity.read(credential, host).catch((caught: unknown) => caught)
      return thrown instanceof QuotaError ? thrown.hint : null
    }
    expect(await hintFor('https://accounts.google.com/verify?x=1')).toContain('https://accounts.google.com/verify?x=1')
    for (const link of [
      'https://accounts.google.com.evil.example/verify',
      'https://accounts.google.com@evil.example/verify',
      'https://evilgoogle.com/verify',
      'http://accounts.google.com/verify',
      'javascript:alert(1)',
    ]) {
      expect(await hintFor(link)).toBe('Open the app and follow what it asks for.')
    }
  })

  it('tells an old client and a missing scope from a closed account', async () => {
    const codeFor = async (message: string) => {
      const host = hostFor({ '*': { status: 403, body: { error: { message, status: 'PERMISSION_DENIED' } } } })
      const thrown = await antigravity.read(credential, host).catch((caught: unknown) => caught)
      return thrown instanceof QuotaError ? thrown.code : null
    }
    expect(await codeFor('This version of Antigravity is no longer supported.')).toBe('client_too_old')
    expect(await codeFor('Request had insufficient authentication scopes.')).toBe('scope_missing')
    expect(await codeFor('UNSUPPORTED_CLIENT')).toBe('forbidden')
  })
})

describe('waits that the plugin has seen', () => {
  const notesFor = async (cooldowns: string) => {
    const seen = fakeCredential({ ...credential, extra: { project: 'project-own', cooldowns } })
    const reading = await antigravity.read(seen, hostFor({ tier: TIER, models: MODELS, summary: SUMMARY }))
    expect(pick(reading, 'claude-sonnet-4').remainingRatio).toBe(0.5)
    return reading.notes.map((note) => note.message)
  }

  it('are remarks that change no number, without those of the Gemini CLI', async () => {
    const later = Date.parse('2026-11-22T09:30:00Z')
    const cooldowns = {
      claude: later,
      'gemini-antigravity:gemini-3-pro': later,
      'gemini-cli:x': later,
      gemini: later - 1e7,
    }
    expect(await notesFor(JSON.stringify(cooldowns))).toEqual([
      'OpenCode was told to wait for claude until 2026-11-22T09:30:00Z.',
      'OpenCode was told to wait for gemini:gemini-3-pro until 2026-11-22T09:30:00Z.',
    ])
  })

  it('are nothing when they cannot be read', async () => {
    for (const text of ['', 'x', '[]', '{"claude":"soon"}', '{"claude":']) expect(await notesFor(text)).toEqual([])
  })
})
