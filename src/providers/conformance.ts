/**
 * What every provider must do alike, run by each provider's own test. Test code only.
 * Add to it when a fault was found that another provider could have too.
 */
import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import type { Credential } from '../model/credential.ts'
import { type ProblemCode, QuotaError } from '../model/problem.ts'
import type { HttpRequest, Provider } from '../model/provider.ts'
import type { Quota } from '../model/quota.ts'
import type { Reading } from '../model/reading.ts'
import { BAD_VALUES, insertCorruptElements, insertUnknownSiblings, paths, replaceAt, reverseKeys } from './mutate.ts'
import { FAKE_ACCESS, type FakeAnswer, type FakeAnswers, type Fixture, fakeHost } from './testing.ts'

export interface ConformanceOptions {
  readonly fixtures: readonly Fixture[]
  readonly credential: Credential
  /** Input of the provider's settings schema; default none. */
  readonly settings?: unknown
  /** Where this provider's documented meaning differs: by HTTP status, or by `html-200`, `html-403`, … */
  readonly codes?: Readonly<Record<string, ProblemCode>>
}

/** Stands in every body of a refusal; must never be seen again. */
const BODY_CANARY = 'body-canary-7f3a'
const PAGE = `<!doctype html><title>${BODY_CANARY}</title>`

/** Nothing that makes a model work, spends money or changes an account. */
const NEVER_ASKED =
  /:(stream)?generate|:predict|:countTokens|onboardUser|setCodeAssist|\/v1\/messages|\/chat\/completions|\/v1\/completions|\/responses\b|\/embeddings|\/images|\/redeem|\/invite|oauth.*\/token|\/delete|\/update/i

interface Attempt {
  readonly reading: Reading | null
  readonly error: QuotaError | null
  readonly requests: readonly HttpRequest[]
}

async function attempt(provider: Provider, options: ConformanceOptions, answers: FakeAnswers): Promise<Attempt> {
  const host = fakeHost({ answers, settings: provider.settings.parse(options.settings ?? {}) })
  try {
    const reading = await provider.read(options.credential, host)
    expectSoundReading(reading)
    return { reading, error: null, requests: host.requests }
  } catch (error) {
    if (!(error instanceof QuotaError)) throw error
    expectNoSecret(error)
    return { reading: null, error, requests: host.requests }
  } finally {
    expectPoliteRequests(provider, options.credential, host.requests)
  }
}

/** Runs every check that all providers share. Call it at the top level of a provider's test file. */
export function providerConformance(provider: Provider, options: ConformanceOptions): void {
  describe(`${provider.id} conforms`, () => {
    describeFixtures(provider, options)
    describeTolerance(provider, options)
    describeRefusals(provider, options)
    describeManners(provider, options)
  })
}

function readable(options: ConformanceOptions): readonly Fixture[] {
  return options.fixtures.filter((fixture) => fixture.expect === 'reading')
}

function describeFixtures(provider: Provider, options: ConformanceOptions): void {
  it('has fixtures, some of which are read', () => {
    expect(readable(options).length).toBeGreaterThan(0)
  })

  it.each(options.fixtures.map((fixture) => [fixture.name, fixture] as const))('reads %s', async (_name, fixture) => {
    const { reading, error } = await attempt(provider, options, fixture.replies)
    expect(error?.code ?? 'reading').toBe(fixture.expect)
    if (reading) expect(reading.quotas.length, 'a reading without quotas says nothing').toBeGreaterThan(0)
  })

  it('gives the same ids again, whatever the order of keys', async () => {
    for (const fixture of readable(options)) {
      const first = await attempt(provider, options, fixture.replies)
      const reversed = await attempt(provider, options, mapBodies(fixture.replies, reverseKeys))
      expect(idsOf(reversed.reading), fixture.name).toEqual(idsOf(first.reading))
    }
  })
}

function describeTolerance(provider: Provider, options: ConformanceOptions): void {
  it('ignores unknown siblings', async () => {
    for (const fixture of readable(options)) {
      const plain = await attempt(provider, options, fixture.replies)
      const more = await attempt(provider, options, mapBodies(fixture.replies, insertUnknownSiblings))
      expect(more.reading?.quotas, fixture.name).toEqual(plain.reading?.quotas)
    }
  })

  it('keeps everything else when one element is corrupt', async () => {
    for (const fixture of readable(options)) {
      const plain = await attempt(provider, options, fixture.replies)
      const corrupt = await attempt(provider, options, mapBodies(fixture.replies, insertCorruptElements))
      expect(corrupt.reading?.quotas, fixture.name).toEqual(plain.reading?.quotas)
    }
  })

  it('survives every field in every JSON type, and cut answers', { timeout: 120_000 }, async () => {
    const seen = new Set<string>()
    for (const fixture of readable(options)) {
      for (const [endpoint, reply] of bodiesOf(fixture.replies)) {
        // The same answer stands in many fixtures; damaging it once is enough.
        const key = `${endpoint} ${JSON.stringify(reply.body)}`
        if (seen.has(key)) continue
        seen.add(key)
        const texts = paths(reply.body).flatMap((path) => BAD_VALUES.map((bad) => replaceAt(reply.body, path, bad)))
        const whole = JSON.stringify(reply.body)
        const cuts = Array.from({ length: 20 }, (_, at) => whole.slice(0, Math.floor((whole.length * at) / 20)))
        for (const body of [...texts, ...cuts]) {
          await attempt(provider, options, { ...fixture.replies, [endpoint]: { ...reply, body } })
        }
      }
    }
  })
}

function describeRefusals(provider: Provider, options: ConformanceOptions): void {
  const json = { error: { message: BODY_CANARY, code: BODY_CANARY } }
  const cases: readonly (readonly [string, FakeAnswer, ProblemCode])[] = [
    ['401', { status: 401, body: json }, 'credential_expired'],
    ['403', { status: 403, body: json }, 'forbidden'],
    ['404', { status: 404, body: json }, 'endpoint_gone'],
    ['410', { status: 410, body: json }, 'endpoint_gone'],
    ['418', { status: 418, body: json }, 'rejected'],
    ['429', { status: 429, headers: { 'retry-after': '120' }, body: json }, 'rate_limited'],
    ['500', { status: 500, body: json }, 'upstream_unavailable'],
    ['503', { status: 503, body: PAGE }, 'upstream_unavailable'],
    ['529', { status: 529, body: json }, 'upstream_unavailable'],
    ['302', { status: 302, headers: { location: 'https://example.com/' }, body: '' }, 'unexpected_response'],
    ['html-200', { status: 200, headers: { 'content-type': 'text/html' }, body: PAGE }, 'unexpected_response'],
    ['html-200-as-json', { status: 200, body: PAGE }, 'unexpected_response'],
    ['html-403', { status: 403, body: PAGE }, 'blocked_by_gateway'],
    ['html-429', { status: 429, headers: { 'content-type': 'text/html' }, body: PAGE }, 'blocked_by_gateway'],
    ['empty-200', { status: 200, body: '' }, 'unexpected_response'],
    ['truncated-200', { status: 200, body: `{"${BODY_CANARY}": {"a": [1, 2` }, 'truncated'],
    ['deep-200', { status: 200, body: '['.repeat(100_000) + ']'.repeat(100_000) }, 'unexpected_response'],
    ['network', { error: new QuotaError({ code: 'network', message: 'no route' }) }, 'network'],
    ['timeout', { error: new QuotaError({ code: 'timeout', message: 'too slow' }) }, 'timeout'],
    ['too-large', { error: new QuotaError({ code: 'too_large', message: 'too large' }) }, 'too_large'],
  ]
  it.each(cases)('maps %s', async (name, answer, code) => {
    const { error } = await attempt(provider, options, { '*': answer })
    expect(error?.code).toBe(options.codes?.[name] ?? code)
    expect(error?.message).toMatch(/^[A-Z"].*|no route|too slow|too large/)
    if (name === '429') expect(error?.retryAfterMs).toBe(120_000)
    if (name === '401') expect(error?.httpStatus).toBe(401)
  })
}

function describeManners(provider: Provider, options: ConformanceOptions): void {
  it('ends when it is aborted, and asks nothing more', async () => {
    const controller = new AbortController()
    const settings = provider.settings.parse(options.settings ?? {})
    const host = fakeHost({ answers: { '*': { hangs: true } }, settings, signal: controller.signal })
    const reading = provider.read(options.credential, host)
    const outcome = expect(reading).rejects.toBeInstanceOf(QuotaError)
    await Promise.resolve()
    const asked = host.requests.length
    expect(asked).toBeGreaterThan(0)
    controller.abort()
    await outcome
    expect(host.requests.length).toBe(asked)
  })

  it('declares what it needs', () => {
    expect(provider.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    expect(provider.hosts.length).toBeGreaterThan(0)
    for (const host of provider.hosts) expect(host).toMatch(/^[a-z0-9.-]+\.[a-z]+$/)
    expect(provider.sources).toContain(options.credential.source)
    expect(provider.intervalSeconds).toBeGreaterThanOrEqual(provider.floorSeconds)
    expect(provider.signIn).not.toBe('')
    expect(() => provider.settings.parse({ surely_not_a_key: 1 })).toThrow()
  })

  it('gives its raw answers to query, without the token', async () => {
    if (provider.query === undefined) return
    const settings = provider.settings.parse(options.settings ?? {})
    for (const fixture of readable(options)) {
      const host = fakeHost({ answers: fixture.replies, settings })
      const raw = await provider.query(options.credential, host)
      expectPoliteRequests(provider, options.credential, host.requests)
      expect(Object.keys(raw).length).toBeGreaterThan(0)
      expect(JSON.stringify(raw)).not.toContain(FAKE_ACCESS)
    }
  })
}

/** Throws random damage at a provider: whole bodies, single fields, cut texts. The seed is fixed: a failure repeats. */
export function fuzzParse(provider: Provider, options: ConformanceOptions & { readonly runs?: number }): void {
  const runs = options.runs ?? inject('fuzzRuns')
  it(`${provider.id} survives ${runs} damaged answers`, { timeout: Math.max(300_000, runs * 10) }, async () => {
    const places = readable(options).flatMap((fixture) =>
      bodiesOf(fixture.replies).map(([endpoint, reply]) => ({ fixture, endpoint, reply, all: paths(reply.body) })),
    )
    const damage = fc.record({
      place: fc.constantFrom(...places),
      at: fc.nat(),
      value: fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...BAD_VALUES), fc.double()),
      how: fc.constantFrom('field', 'body', 'cut'),
    })
    await fc.assert(
      fc.asyncProperty(damage, async ({ place, at, value, how }) => {
        const { fixture, endpoint, reply, all } = place
        const whole = JSON.stringify(reply.body)
        const path = all[at % Math.max(1, all.length)] ?? []
        const body =
          how === 'cut' ? whole.slice(0, at % whole.length) : replaceAt(reply.body, how === 'body' ? [] : path, value)
        await attempt(provider, options, { ...fixture.replies, [endpoint]: { ...reply, body } })
      }),
      { seed: 20_261_122, numRuns: runs },
    )
  })
}

function bodiesOf(replies: FakeAnswers): (readonly [string, FakeAnswer])[] {
  return Object.entries(replies).filter((entry): entry is [string, FakeAnswer] => {
    const reply = entry[1]
    const body = typeof reply === 'object' && 'body' in reply ? reply.body : null
    return typeof body === 'object' && body !== null
  })
}

function mapBodies(replies: FakeAnswers, change: (body: unknown) => unknown): FakeAnswers {
  const changed = bodiesOf(replies).map(([endpoint, reply]) => [endpoint, { ...reply, body: change(reply.body) }])
  return { ...replies, ...Object.fromEntries(changed) }
}

function idsOf(reading: Reading | null): readonly string[] {
  return (reading?.quotas ?? []).map((quota) => quota.id).sort()
}

function expectSoundReading(reading: Reading): void {
  const ids = reading.quotas.map((quota) => quota.id)
  expect(new Set(ids).size, `repeated ids in ${ids.join(' ')}`).toBe(ids.length)
  for (const quota of reading.quotas) expectSoundQuota(quota)
  const text = JSON.stringify(reading)
  expect(text).not.toContain(FAKE_ACCESS)
  expect(text).not.toContain('1//fake-refresh')
  expect(reading.via).not.toBe('')
}

function expectSoundQuota(quota: Quota): void {
  const numbers = [quota.used, quota.limit, quota.remaining, quota.usedRatio, quota.remainingRatio, quota.resetsAt]
  const isSound =
    /^[^\s\u0000-\u001f\u007f]{1,200}$/.test(quota.id) &&
    !/^\s*$/.test(quota.label) &&
    !/[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/.test(quota.label) &&
    [...numbers, quota.windowSeconds].every((value) => value === null || Number.isFinite(value)) &&
    (quota.remainingRatio === null || (quota.remainingRatio >= 0 && quota.remainingRatio <= 1)) &&
    (quota.usedRatio === null || quota.usedRatio >= 0) &&
    (quota.windowSeconds === null || quota.windowSeconds > 0) &&
    (!quota.unlimited || (quota.usedRatio === null && quota.remainingRatio === null))
  if (!isSound) expect(quota).toBe('a sound quota')
}

function expectNoSecret(error: QuotaError): void {
  const cause = error.cause instanceof Error ? `${error.cause.message} ${error.cause.stack ?? ''}` : String(error.cause)
  const text = `${error.message} ${error.hint ?? ''} ${error.stack ?? ''} ${cause} ${JSON.stringify(error)}`
  for (const secret of [FAKE_ACCESS, '1//fake-refresh', BODY_CANARY]) expect(text).not.toContain(secret)
}

function expectPoliteRequests(provider: Provider, credential: Credential, requests: readonly HttpRequest[]): void {
  const hosts = provider.hostsFor?.(credential) ?? provider.hosts
  for (const request of requests) {
    const url = new URL(request.url)
    const isPolite = url.protocol === 'https:' && hosts.includes(url.host) && !NEVER_ASKED.test(url.pathname)
    if (!isPolite) expect(request.url).toBe('a read-only address of a declared host')
    if (request.url.includes(FAKE_ACCESS)) expect(request.url).toBe('an address without a token')
  }
}
