import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Quota } from '../../model/quota.ts'
import { fuzzParse, providerConformance } from '../conformance.ts'
import { type FakeAnswers, fakeCredential, fakeHost, loadFixtures } from '../testing.ts'
import { geminiCli } from './index.ts'

const fixtures = loadFixtures(join(import.meta.dirname, 'fixtures'))
const credential = fakeCredential({ provider: 'gemini-cli', source: 'gemini-cli', signInHint: 'gemini' })

providerConformance(geminiCli, { fixtures, credential })
fuzzParse(geminiCli, { fixtures, credential })

function hostFor(answers: FakeAnswers, input: unknown = {}) {
  return fakeHost({ answers, settings: geminiCli.settings.parse(input) })
}

async function readFixture(name: string) {
  const fixture = fixtures.find((one) => one.name === name)
  if (fixture === undefined) throw new Error(`no fixture ${name}`)
  return geminiCli.read(credential, hostFor(fixture.replies))
}

function pick(quotas: readonly Quota[], id: string): Quota | undefined {
  return quotas.find((quota) => quota.id === id)
}

const BUCKETS = { body: { buckets: [{ modelId: 'gemini-2.5-pro', remainingFraction: 0.5 }] } }

describe('gemini-cli quotas', () => {
  it('has one quota a model, with amount and unit where both are told', async () => {
    const { quotas, plan } = await readFixture('standard-plain-20261122')
    expect(quotas.map((quota) => quota.id)).toEqual(['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'])
    expect(quotas[0]).toMatchObject({
      label: 'Gemini 2.5 Pro',
      kind: 'model',
      remainingRatio: 0.85,
      usedRatio: 0.15,
      remaining: 1234,
      limit: null,
      unit: 'requests',
      windowSeconds: 86_400,
      helper: false,
    })
    expect(quotas[1]).toMatchObject({ remaining: null, unit: 'share' })
    expect(quotas[2]).toMatchObject({ helper: false, remainingRatio: 0.4 })
    expect(plan).toEqual({ id: 'standard-tier', name: 'Gemini Code Assist Standard' })
  })

  it('reads a left-out fraction beside a reset as 0, inferred, and says nothing of a model without both', async () => {
    const { quotas } = await readFixture('standard-omitted-zero-20261122')
    expect(pick(quotas, 'gemini-2.5-pro')).toMatchObject({ remainingRatio: 0, usedRatio: 1, inferred: true })
    expect(pick(quotas, 'gemini-2.5-flash')).toMatchObject({ remainingRatio: 0.62, inferred: false })
    expect(pick(quotas, 'gemini-3-pro-preview')).toBeUndefined()
  })

  it('leaves the share unknown when no bucket carries one', async () => {
    const { quotas } = await readFixture('standard-no-fraction-anywhere-20261122')
    expect(quotas.map((quota) => [quota.remainingRatio, quota.inferred])).toEqual([
      [null, false],
      [null, false],
    ])
  })

  it('does not infer 0 against an amount', async () => {
    const { quotas } = await readFixture('standard-amount-beside-no-fraction-20261122')
    expect(pick(quotas, 'gemini-2.5-pro')).toMatchObject({ remainingRatio: null, remaining: 17, inferred: false })
  })

  it('adds the token type only where one model repeats, and keeps the lower of two alike', async () => {
    const { quotas } = await readFixture('standard-token-types-20261122')
    expect(quotas.map((quota) => [quota.id, quota.remainingRatio, quota.unit])).toEqual([
      ['gemini-2.5-pro:REQUESTS', 0.9, 'requests'],
      ['gemini-2.5-pro:TOKENS', 0.3, 'tokens'],
      ['gemini-2.5-flash', 0.7, 'share'],
    ])
  })

  it('writes _vertex as -vertex, and takes the paid tier for the plan', async () => {
    const { quotas, plan } = await readFixture('enterprise-vertex-twins-20261122')
    expect(quotas.map((quota) => quota.id)).toEqual(['gemini-2.5-pro', 'gemini-2.5-pro-vertex'])
    expect(plan).toEqual({ id: 'g1-ultra-tier', name: 'Google AI Ultra' })
  })

  it('drops a bucket whose fraction is no number, and says so', async () => {
    const buckets = [
      { modelId: 'gemini-2.5-pro', remainingFraction: '0.5', resetTime: '2026-11-23T08:00:00Z' },
      { modelId: 'gemini-2.5-flash', remainingFraction: 1.7 },
    ]
    const reading = await geminiCli.read(credential, hostFor({ '*': { body: { buckets } } }))
    expect(reading.quotas.map((quota) => [quota.id, quota.remainingRatio])).toEqual([['gemini-2.5-flash', 1]])
    expect(reading.notes.map((note) => note.code)).toContain('corrupt_element')
  })

  it('names no window length for a reset further away than a day', async () => {
    const buckets = [{ modelId: 'gemini-2.5-pro', remainingFraction: 1, resetTime: '2026-11-29T09:00:00Z' }]
    const { quotas } = await geminiCli.read(credential, hostFor({ '*': { body: { buckets } } }))
    expect(quotas[0]?.windowSeconds).toBeNull()
  })
})

describe('gemini-cli requests', () => {
  it('asks the plan first when no project is known, and sends the project it names', async () => {
    const host = hostFor({
      tier: { body: { cloudaicompanionProject: { id: 'project-abc123' } } },
      user_quota: BUCKETS,
    })
    await geminiCli.read(credential, host)
    expect(host.requests.map((request) => [request.endpoint, request.body])).toEqual([
      ['tier', '{"metadata":{"ideType":"GEMINI_CLI","platform":"PLATFORM_UNSPECIFIED","pluginType":"GEMINI"}}'],
      ['user_quota', '{"project":"project-abc123"}'],
    ])
  })

  it("prefers the credential's own project and sends an empty body when there is none at all", async () => {
    const own = fakeCredential({ provider: 'gemini-cli', source: 'opencode', extra: { project: 'project-own' } })
    const host = hostFor({ tier: { body: { cloudaicompanionProject: 'project-other' } }, user_quota: BUCKETS })
    await geminiCli.read(own, host)
    expect(host.requests.at(-1)?.body).toBe('{"project":"project-own"}')
    const without = hostFor({ tier: { status: 500 }, user_quota: BUCKETS })
    await geminiCli.read(credential, without)
    expect(without.requests.at(-1)?.body).toBe('{}')
  })

  it('tries once more without a project that is refused', async () => {
    const host = hostFor({
      tier: { body: { cloudaicompanionProject: 'project-abc123' } },
      user_quota: [{ status: 403, body: { error: { status: 'PERMISSION_DENIED' } } }, BUCKETS],
    })
    const reading = await geminiCli.read(credential, host)
    expect(reading.quotas).toHaveLength(1)
    expect(host.requests.map((request) => request.body).slice(1)).toEqual(['{"project":"project-abc123"}', '{}'])
  })

  it('goes to prod on 5xx and says so, never on 401, 403 or 429', async () => {
    const walked = hostFor({
      tier: { body: { a: 1 } },
      'user_quota@cloudcode-pa.googleapis.com': BUCKETS,
      '*': { status: 503 },
    })
    const reading = await geminiCli.read(credential, walked)
    expect(reading.via).toBe('cloudcode-pa.googleapis.com')
    expect(reading.notes.map((note) => note.code)).toContain('host_fallback')
    for (const status of [401, 403, 429]) {
      const host = hostFor({ '*': { status } })
      await expect(geminiCli.read(credential, host)).rejects.toMatchObject({ httpStatus: status })
      expect(host.requests.every((request) => request.url.includes('//daily-'))).toBe(true)
    }
  })

  it("sends the Gemini CLI's User-Agent, the user's own, or an honest one", async () => {
    const agentFor = async (input: unknown) => {
      const host = hostFor({ '*': BUCKETS }, input)
      await geminiCli.read(credential, host)
      return host.requests[0]?.headers?.['user-agent']
    }
    expect(await agentFor({})).toMatch(/^GeminiCLI\/[\d.]+\/gemini-2\.5-pro \(linux; x64\)$/)
    expect(await agentFor({ user_agent: 'mine/1' })).toBe('mine/1')
    expect(await agentFor({ user_agent: 'honest' })).toBe('tokstat/0.0.0-test')
  })
})

describe('gemini-cli problems', () => {
  it('points personal accounts to Antigravity', async () => {
    await expect(readFixture('free-consumer-retired-20261122')).rejects.toMatchObject({
      code: 'consumer_tier_retired',
      status: 'not_entitled',
      hint: 'Use Antigravity: sign in there with the same account.',
    })
  })

  it("names Google's reason, never its words", async () => {
    const error = await readFixture('standard-service-disabled-20261122').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'forbidden',
      message: 'Gemini CLI refuses this account (403, SERVICE_DISABLED).',
    })
  })
})
