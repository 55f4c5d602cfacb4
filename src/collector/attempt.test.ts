import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { Credential } from '../model/credential.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest, Provider } from '../model/provider.ts'
import { Secret } from '../model/secret.ts'
import { HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import { runAttempt } from './attempt.ts'
import { createCooldowns } from './cooldowns.ts'
import { createClockSkew } from './skew.ts'
import { createSlots } from './slots.ts'
import {
  readingFrom,
  testCredential,
  testFile,
  testLog,
  testProvider,
  testReading,
  testReply,
  testSend,
  testSettings,
  testStore,
} from './testing.ts'

const never = new AbortController().signal

interface Facts {
  readonly answer?: (request: HttpRequest) => HttpReply | Promise<HttpReply>
  readonly provider?: Partial<Provider>
  readonly credentials?: readonly Credential[]
}

function setUp(facts: Facts = {}) {
  const time = fakeClock()
  const { clock } = time
  const log = testLog()
  const store = testStore()
  const { send, requests } = testSend(facts.answer ?? (() => testReply({ at: clock.now() })))
  const settings = () => testSettings()
  const cooldowns = createCooldowns({ clock, log, settings, file: testFile(), random: () => 0 })
  const hostSlots = createSlots({ total: () => 99, perKey: () => 8 })
  const skew = createClockSkew(log)
  const deps = {
    ...{
      clock,
      log,
      send,
      store,
      cooldowns,
      hostSlots,
      skew,
      settings,
      version: '0',
      tokenHosts: ['token.example.com'],
    },
    platform: { os: 'linux', arch: 'x64' },
  }
  const refused: string[] = []
  const target = {
    account: 'claude/ada',
    provider: testProvider(facts.provider ?? {}),
    credentials: facts.credentials ?? [testCredential()],
    onRefused: (credential: Credential) => refused.push(credential.fingerprint),
  }
  return {
    time,
    clock,
    log,
    store,
    requests,
    cooldowns,
    refused,
    run: (stop = never) => runAttempt(deps, target, stop),
  }
}

const bearer = (request: HttpRequest): string => request.headers?.['authorization'] ?? ''

describe('an attempt', () => {
  it('reads, and dates the reading from when the asking began', async () => {
    const { run, clock } = setUp()
    expect(await run()).toMatchObject({ kind: 'read', observedAt: clock.now(), reading: { via: 'api.example.com' } })
  })

  it('takes the provider’s own word for when a reading is from', async () => {
    const at = plusMs(fakeClock().clock.now(), -HOUR_MS)
    const { run } = setUp({ provider: { read: async () => testReading({ observedAt: at }) } })
    expect(await run()).toMatchObject({ kind: 'read', observedAt: at })
  })

  it('after a 401 renews once and reads once more (H11)', async () => {
    const { run, store, requests } = setUp({
      answer: (request) => testReply({ status: bearer(request).endsWith('new') ? 200 : 401 }),
    })
    store.renewal = new Secret('new')
    expect((await run()).kind).toBe('read')
    expect(requests).toHaveLength(2)
    expect(store.renewals).toBe(1)
  })

  it('gives up after the one renewal, and says that the service refused', async () => {
    const { run, store, requests, refused } = setUp({ answer: () => testReply({ status: 401 }) })
    store.renewal = new Secret('new')
    expect(await run()).toMatchObject({ kind: 'failed', unauthorized: true, error: { code: 'credential_expired' } })
    expect(requests).toHaveLength(2)
    expect(refused).toEqual(['aaaa000000000001'])
  })

  it('does not ask twice when there is no other token', async () => {
    const { run, requests } = setUp({ answer: () => testReply({ status: 401 }) })
    expect(await run()).toMatchObject({ kind: 'failed', unauthorized: true })
    expect(requests).toHaveLength(1)
  })

  it('tells what went wrong with the renewal when that is the news', async () => {
    const { run, store } = setUp({ answer: () => testReply({ status: 401 }) })
    store.renew = () => Promise.reject(new QuotaError({ code: 'network', message: 'No connection.' }))
    expect(await run()).toMatchObject({ kind: 'failed', unauthorized: false, error: { code: 'network' } })
  })

  it('never renews after a 429 (H07)', async () => {
    const { run, store, cooldowns } = setUp({ answer: () => testReply({ status: 429, body: 'token expired, log in' }) })
    expect(await run()).toMatchObject({ kind: 'failed', unauthorized: false, error: { code: 'rate_limited' } })
    expect(store.renewals).toBe(0)
    const key = { provider: 'claude', account: 'x', endpoint: 'usage', fingerprint: 'aaaa000000000001' }
    expect(cooldowns.remainingMs(key)).toBe(MINUTE_MS)
  })

  it('sends nothing inside a cooldown and names the end of it (H03)', async () => {
    const { run, time, requests } = setUp({
      answer: () => testReply({ status: requests.length === 1 ? 429 : 200, headers: { 'retry-after': '600' } }),
    })
    await run()
    await time.advance(599 * SECOND_MS)
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'rate_limited', retryAfterMs: SECOND_MS } })
    expect(requests).toHaveLength(1)
    await time.advance(SECOND_MS)
    expect((await run()).kind).toBe('read')
  })

  it('blocks a model that a 429 names, and not the endpoint (H10)', async () => {
    const details = [{ reason: 'QUOTA_EXHAUSTED', metadata: { model: 'claude-opus-4-5', quotaResetDelay: '2h' } }]
    const body = JSON.stringify({ error: { code: 429, details } })
    const { run, clock, requests } = setUp({ answer: () => testReply({ status: 429, body, at: clock.now() }) })
    const until = plusMs(clock.now(), 2 * HOUR_MS)
    expect(await run()).toMatchObject({ kind: 'failed', block: { model: 'claude-opus-4-5', until } })
    await run()
    expect(requests).toHaveLength(2)
  })

  it('turns any other error into `internal`, logged without what the error quotes (P01)', async () => {
    const { run, log } = setUp({
      provider: {
        read: () => {
          throw new TypeError('unexpected token in ya29.fake-access')
        },
      },
    })
    const outcome = await run()
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'internal' } })
    const [line] = log.lines
    expect(line?.level).toBe('error')
    expect(line?.fields['stack']).toContain('at ')
    expect(inspect(log.lines, { depth: 9 })).not.toContain('fake-access')
  })

  it('asks no host that the provider does not declare, and never without TLS (L07)', async () => {
    for (const url of ['https://evil.example.com/', 'http://api.example.com/', 'https://a:b@api.example.com/', 'x']) {
      const { run, requests } = setUp({
        provider: {
          read: async (_credential, host) => readingFrom(await host.request({ method: 'GET', url, endpoint: 'usage' })),
        },
      })
      expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'internal' } })
      expect(requests).toHaveLength(0)
    }
  })

  it('shows a login of a company’s own server to that server only', async () => {
    const own = setUp({ provider: { hostsFor: () => ['ghe.example.com'] } })
    expect(await own.run()).toMatchObject({ kind: 'failed', error: { code: 'internal' } })
    expect(own.requests).toHaveLength(0)
  })

  it('lets a renewal ask the token host, and only a renewal', async () => {
    const url = 'https://token.example.com/token'
    const { run, store, requests } = setUp()
    store.access = async (_credential, context) => {
      await context.send({ method: 'POST', url, endpoint: 'token' })
      return new Secret('fresh')
    }
    expect((await run()).kind).toBe('read')
    expect(requests.map((request) => request.url)).toEqual([url, 'https://api.example.com/usage'])
  })

  it('ends after four deadlines whatever the provider does, and drops what comes later (H32)', async () => {
    const { run, time } = setUp({ provider: { read: () => new Promise(() => undefined) } })
    const outcome = run()
    await time.advance(4 * 15 * SECOND_MS)
    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'timeout' }, tookMs: MINUTE_MS })
    expect(time.pending()).toBe(0)
  })

  it('is dropped when it is stopped from outside (P10)', async () => {
    const { run, time } = setUp({ provider: { read: () => new Promise(() => undefined) } })
    const stop = new AbortController()
    const outcome = run(stop.signal)
    await time.advance(SECOND_MS)
    stop.abort()
    expect(await outcome).toEqual({ kind: 'dropped' })
    expect(time.pending()).toBe(0)
  })

  it('tries the account’s next login when the first is refused, and passes over disabled ones', async () => {
    const { run, refused, requests } = setUp({
      credentials: [
        testCredential({ fingerprint: 'f1' }),
        testCredential({ fingerprint: 'f2', enabled: false }),
        testCredential({ fingerprint: 'f3' }),
      ],
      answer: (request) => testReply({ status: bearer(request).endsWith('f3') ? 200 : 401 }),
    })
    expect(await run()).toMatchObject({ kind: 'read', credential: { fingerprint: 'f3' } })
    expect(refused).toEqual(['f1'])
    expect(requests).toHaveLength(2)
  })

  it('does not try another login when the service itself is in trouble', async () => {
    const { run, requests } = setUp({
      credentials: [testCredential({ fingerprint: 'f1' }), testCredential({ fingerprint: 'f2' })],
      answer: () => testReply({ status: 503 }),
    })
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'upstream_unavailable' } })
    expect(requests).toHaveLength(1)
  })

  it('authorises an Antigravity login as one, also when it is shown under Gemini CLI', async () => {
    const { run, store } = setUp({
      credentials: [testCredential({ provider: 'gemini-cli', source: 'antigravity-accounts' })],
      provider: { id: 'gemini-cli' },
    })
    const asked: string[] = []
    store.onAccess = (credential) => {
      asked.push(credential.provider)
      return new Secret('x')
    }
    expect(await run()).toMatchObject({ kind: 'read', credential: { provider: 'gemini-cli' } })
    expect(asked).toEqual(['antigravity'])
  })

  it('gives access decisions the services’ time when the local clock is wrong (T11)', async () => {
    const { run, store, clock, log } = setUp({
      answer: () =>
        testReply({ at: clock.now(), headers: { date: new Date(clock.now() + 10 * MINUTE_MS).toUTCString() } }),
    })
    const seen: number[] = []
    store.access = async (_credential, context) => {
      seen.push(context.now - clock.now())
      return new Secret('x')
    }
    await run()
    await run()
    expect(seen).toEqual([0, 10 * MINUTE_MS])
    expect(log.lines.filter((line) => line.level === 'warn')).toHaveLength(1)
  })
})
