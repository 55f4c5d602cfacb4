import { describe, expect, it } from 'vitest'
import type { Credential } from '../../model/credential.ts'
import type { AccessContext } from '../../model/ports.ts'
import { QuotaError } from '../../model/problem.ts'
import type { HttpReply, HttpRequest } from '../../model/provider.ts'
import { Secret } from '../../model/secret.ts'
import { epochMs, plusMs } from '../../model/time.ts'
import { makeCredential, NO_IDENTITY } from '../credential.ts'
import { type MemoryPorts, memoryPorts, scriptedSend, TEST_NOW, testReply } from '../testing.ts'
import type { ClientCandidate, ClientFinder } from './clients.ts'
import { createGoogleTokens, type GoogleTokens } from './google.ts'

const CLIENT: ClientCandidate = {
  id: '1-own.apps.googleusercontent.com',
  secret: new Secret('fake-secret'),
  origin: 'environment',
}
const OTHER: ClientCandidate = {
  id: '2-tool.apps.googleusercontent.com',
  secret: new Secret('fake-other'),
  origin: '/tool',
}

function login(secrets: Partial<Credential['secrets']> = {}, facts: Partial<Credential> = {}): Credential {
  return makeCredential({
    provider: 'antigravity',
    source: 'antigravity-accounts',
    origin: '/accounts.json',
    slot: 'ada@example.com',
    fingerprint: 'f1',
    signInHint: 'opencode auth login',
    identity: { ...NO_IDENTITY, email: 'ada@example.com' },
    secrets: {
      accessToken: null,
      accessExpiresAt: null,
      refreshToken: new Secret('1//fake-refresh-ada'),
      apiKey: null,
      ...secrets,
    },
    ...facts,
  })
}

function finder(configured: readonly ClientCandidate[], installed: readonly ClientCandidate[] = []): ClientFinder {
  return {
    configured: () => configured,
    installed: async () => installed,
    lookAgain: async () => installed,
  }
}

function setUp(clients: ClientFinder = finder([CLIENT])): { tokens: GoogleTokens; ports: MemoryPorts } {
  const ports = memoryPorts()
  return { ports, tokens: createGoogleTokens({ clients, hash: ports.hash, log: ports.log }) }
}

function at(send: (request: HttpRequest) => Promise<HttpReply>, afterMs = 0): AccessContext {
  return { send, now: plusMs(TEST_NOW, afterMs), signal: new AbortController().signal }
}

const good = (name = 'ya29.fake-fresh', more: object = { expires_in: 3600 }) =>
  testReply(200, { access_token: name, ...more })
const failure = async (promise: Promise<unknown>): Promise<QuotaError> => {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof QuotaError)) throw new Error(`expected a QuotaError, got ${String(error)}`)
  return error
}

describe('the refresh request', () => {
  it('is one POST with exactly the four fields (C08)', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good())
    const token = await tokens.access(login(), at(send))
    expect(token.reveal()).toBe('ya29.fake-fresh')
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://oauth2.googleapis.com/token',
      endpoint: 'token',
      maxBytes: 65_536,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      client_id: CLIENT.id,
      client_secret: 'fake-secret',
      refresh_token: '1//fake-refresh-ada',
      grant_type: 'refresh_token',
    })
  })

  it('happens once in the life of a token, and again a minute before its end', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good('ya29.fake-1'), good('ya29.fake-2'))
    await tokens.access(login(), at(send))
    expect((await tokens.access(login(), at(send, 3_539_000))).reveal()).toBe('ya29.fake-1')
    expect(requests).toHaveLength(1)
    expect((await tokens.access(login(), at(send, 3_540_000))).reveal()).toBe('ya29.fake-2')
    expect(requests).toHaveLength(2)
  })

  it('assumes an hour when the answer does not say how long', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good('ya29.fake-1', {}))
    await tokens.access(login(), at(send))
    await tokens.access(login(), at(send, 3_500_000))
    expect(requests).toHaveLength(1)
  })

  it('does not ask again at once for a token that lives less than a minute', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good('ya29.fake-1', { expires_in: 40 }))
    await tokens.access(login(), at(send))
    await tokens.access(login(), at(send, 19_000))
    expect(requests).toHaveLength(1)
  })

  it('is shared by a hundred requests at the same time (C02)', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good())
    const all = await Promise.all(Array.from({ length: 100 }, () => tokens.access(login(), at(send))))
    expect(new Set(all.map((token) => token.reveal()))).toEqual(new Set(['ya29.fake-fresh']))
    expect(requests).toHaveLength(1)
  })

  it('is asked again by the next in line when the first one gave up', async () => {
    const { tokens } = setUp()
    const controller = new AbortController()
    let calls = 0
    const send = (): Promise<HttpReply> => {
      calls += 1
      if (calls > 1) return Promise.resolve(good())
      return new Promise((_resolve, reject) => {
        controller.signal.addEventListener('abort', () =>
          reject(new QuotaError({ code: 'network', message: 'Stopped.' })),
        )
      })
    }
    const first = failure(tokens.access(login(), { ...at(send), signal: controller.signal }))
    const second = tokens.access(login(), at(send))
    await Promise.resolve()
    controller.abort()
    expect((await first).code).toBe('network')
    expect((await second).reveal()).toBe('ya29.fake-fresh')
    expect(calls).toBe(2)
  })

  it('of one login gives nothing to another', async () => {
    const { tokens } = setUp()
    const { send } = scriptedSend(good('ya29.fake-ada'), good('ya29.fake-bob'))
    const ada = await tokens.access(login(), at(send))
    const bob = await tokens.access(login({}, { fingerprint: 'f2' }), at(send))
    expect([ada.reveal(), bob.reveal()]).toEqual(['ya29.fake-ada', 'ya29.fake-bob'])
  })
})

describe('the stored access token', () => {
  it.each([
    ['lasts', epochMs(TEST_NOW + 61_000)],
    ['has an unknown end', null],
  ])('is used while it %s', async (_name, accessExpiresAt) => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend()
    const token = await tokens.access(login({ accessToken: new Secret('ya29.fake-stored'), accessExpiresAt }), at(send))
    expect(token.reveal()).toBe('ya29.fake-stored')
    expect(requests).toEqual([])
  })

  it('is replaced a minute before its end', async () => {
    const { tokens } = setUp()
    const { send } = scriptedSend(good())
    const accessExpiresAt = epochMs(TEST_NOW + 60_000)
    const token = await tokens.access(login({ accessToken: new Secret('ya29.fake-stored'), accessExpiresAt }), at(send))
    expect(token.reveal()).toBe('ya29.fake-fresh')
  })

  it('is used to its very end where nothing can replace it, and then its owner is named', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend()
    const stored = login({
      accessToken: new Secret('ya29.fake-stored'),
      accessExpiresAt: epochMs(TEST_NOW + 1),
      refreshToken: null,
    })
    expect((await tokens.access(stored, at(send))).reveal()).toBe('ya29.fake-stored')
    const error = await failure(tokens.access(stored, at(send, 1)))
    expect(error.code).toBe('credential_expired')
    expect(error.hint).toContain('opencode auth login')
    expect(requests).toEqual([])
  })
})

describe('an ended login', () => {
  it.each([400, 401, 403, 404])(
    'is terminal after invalid_grant with HTTP %s: no second call (C06, C07)',
    async (status) => {
      const { tokens, ports } = setUp()
      const { send, requests } = scriptedSend(testReply(status, { error: 'invalid_grant', error_description: 'x' }))
      const first = await failure(tokens.access(login(), at(send)))
      const second = await failure(tokens.access(login(), at(send, 30 * 86_400_000)))
      expect(requests).toHaveLength(1)
      for (const error of [first, second]) {
        expect(error.code).toBe('credential_revoked')
        expect(error.message).toContain('Token Expired')
        expect(error.message).toContain('ada@example.com')
        expect(error.hint).toContain('opencode auth login')
      }
      expect(ports.lines).toEqual([
        { level: 'warn', message: 'Token Expired', fields: { account: 'ada@example.com', provider: 'antigravity' } },
      ])
    },
  )

  it('starts anew with another refresh token', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(testReply(400, { error: 'invalid_grant' }), good())
    await failure(tokens.access(login(), at(send)))
    const token = await tokens.access(login({}, { fingerprint: 'f2' }), at(send))
    expect(token.reveal()).toBe('ya29.fake-fresh')
    expect(requests).toHaveLength(2)
  })

  it('is forgotten with the login', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(testReply(400, { error: 'invalid_grant' }), good())
    await failure(tokens.access(login(), at(send)))
    tokens.keepOnly(new Set(['f9']))
    await tokens.access(login(), at(send))
    expect(requests).toHaveLength(2)
  })

  it.each([
    [400, { error: 'invalid_request' }],
    [403, { error: { status: 'PERMISSION_DENIED' } }],
    [404, 'not here'],
    [400, ''],
  ])('after an unknown refusal (%s %j) is tried once an hour', async (status, body) => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(testReply(status, body), good())
    expect((await failure(tokens.access(login(), at(send)))).code).toBe('rejected')
    expect((await failure(tokens.access(login(), at(send, 3_599_999)))).code).toBe('rejected')
    expect(requests).toHaveLength(1)
    expect((await tokens.access(login(), at(send, 3_600_000))).reveal()).toBe('ya29.fake-fresh')
  })
})

describe('a passing failure', () => {
  it.each([
    [testReply(429, {}, { 'retry-after': '7' }), 'rate_limited', 7000],
    [testReply(429, {}, { 'retry-after': 'Sun, 22 Nov 2026 09:00:30 GMT' }), 'rate_limited', 30_000],
    [testReply(429, {}, { 'retry-after': '0' }), 'rate_limited', null],
    [testReply(429, {}, { 'retry-after': 'soon' }), 'rate_limited', null],
    [testReply(429, '<html>'), 'blocked_by_gateway', null],
    [testReply(403, '<!doctype html>'), 'blocked_by_gateway', null],
    [testReply(400, '<html>', { 'content-type': 'text/html' }), 'unexpected_response', null],
    [testReply(500, { error: 'invalid_grant' }), 'upstream_unavailable', null],
    [testReply(503, '<html>'), 'upstream_unavailable', null],
    [testReply(408, ''), 'upstream_unavailable', null],
    [testReply(304, ''), 'unexpected_response', null],
    [testReply(200, ''), 'unexpected_response', null],
    [testReply(200, '<html>'), 'unexpected_response', null],
    [testReply(200, '{"access_token": "ya29'), 'unexpected_response', null],
    [testReply(200, {}), 'unexpected_response', null],
    [testReply(200, []), 'unexpected_response', null],
    [testReply(200, { access_token: '' }), 'unexpected_response', null],
    [testReply(200, { access_token: 'a\r\nb' }), 'unexpected_response', null],
  ])('%# keeps the grant and the next try succeeds', async (reply, code, retryAfterMs) => {
    const { tokens } = setUp()
    const { send } = scriptedSend(reply, good())
    const error = await failure(tokens.access(login(), at(send)))
    expect(error).toMatchObject({ code, retryAfterMs, httpStatus: reply.status, endpoint: 'token' })
    expect((await tokens.access(login(), at(send))).reveal()).toBe('ya29.fake-fresh')
  })

  it('of the network is passed on as it is', async () => {
    const { tokens } = setUp()
    const { send } = scriptedSend(new QuotaError({ code: 'offline', message: 'No network.' }), good())
    expect((await failure(tokens.access(login(), at(send)))).code).toBe('offline')
    expect((await tokens.access(login(), at(send))).reveal()).toBe('ya29.fake-fresh')
  })

  it.each([undefined, '', '1//fake-rotated'])(
    'never changes the grant: refresh_token %j in the answer',
    async (refresh_token) => {
      const { tokens } = setUp()
      const { send, requests } = scriptedSend(good('ya29.fake-1', { expires_in: 100, refresh_token }), good())
      await tokens.access(login(), at(send))
      await tokens.access(login(), at(send, 90_000))
      expect(new URLSearchParams(requests[1]?.body).get('refresh_token')).toBe('1//fake-refresh-ada')
    },
  )
})

describe('OAuth clients', () => {
  it.each(['unauthorized_client', 'invalid_client'])(
    'tries the next one after %s, and remembers which fits',
    async (error) => {
      const { tokens, ports } = setUp(finder([CLIENT], [OTHER]))
      const { send, requests } = scriptedSend(
        testReply(401, { error }),
        good('ya29.fake-1', { expires_in: 100 }),
        good(),
      )
      expect((await tokens.access(login(), at(send))).reveal()).toBe('ya29.fake-1')
      await tokens.access(login(), at(send, 90_000))
      const ids = requests.map((request) => new URLSearchParams(request.body).get('client_id'))
      expect(ids).toEqual([CLIENT.id, OTHER.id, OTHER.id])
      expect(ports.lines[0]?.fields['client']).toBe('environment')
    },
  )

  it('are each tried once a login; then the mismatch is said without a call (C08)', async () => {
    const { tokens } = setUp(finder([CLIENT], [OTHER]))
    const { send, requests } = scriptedSend(testReply(401, { error: 'unauthorized_client' }))
    const error = await failure(tokens.access(login(), at(send)))
    expect(error.code).toBe('client_mismatch')
    expect(error.message).toContain('do not match')
    expect(error.hint).toContain('GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET')
    expect((await failure(tokens.access(login(), at(send)))).code).toBe('client_mismatch')
    expect(requests).toHaveLength(2)
    await failure(tokens.access(login({}, { fingerprint: 'f2' }), at(send)))
    expect(requests).toHaveLength(4)
  })

  it('that appear later are tried', async () => {
    let installed: readonly ClientCandidate[] = []
    const clients: ClientFinder = {
      configured: () => [],
      installed: async () => installed,
      lookAgain: async () => installed,
    }
    const { tokens } = setUp(clients)
    const { send } = scriptedSend(good())
    expect((await failure(tokens.access(login(), at(send)))).code).toBe('client_missing')
    installed = [OTHER]
    expect((await tokens.access(login(), at(send))).reveal()).toBe('ya29.fake-fresh')
  })

  it.each([
    ['antigravity', 'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET'],
    ['gemini-cli', 'GEMINI_CLIENT_ID and GEMINI_CLIENT_SECRET'],
  ])('missing altogether names what to set for %s', async (provider, names) => {
    const { tokens } = setUp(finder([]))
    const { send, requests } = scriptedSend()
    const error = await failure(tokens.access(login({}, { provider }), at(send)))
    expect(error.code).toBe('client_missing')
    expect(error.hint).toContain(names)
    expect(requests).toEqual([])
  })
})

describe('after a 401', () => {
  it('one refresh serves a hundred refusals of the stored token', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good())
    const rejected = new Secret('ya29.fake-stored')
    const stored = login({ accessToken: rejected })
    const all = await Promise.all(Array.from({ length: 100 }, () => tokens.renew(stored, rejected, at(send))))
    expect(new Set(all.map((token) => token?.reveal()))).toEqual(new Set(['ya29.fake-fresh']))
    expect((await tokens.renew(stored, rejected, at(send)))?.reveal()).toBe('ya29.fake-fresh')
    expect((await tokens.access(stored, at(send))).reveal()).toBe('ya29.fake-fresh')
    expect(requests).toHaveLength(1)
  })

  it('does not refresh again a token that is hardly a minute old (C13)', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend(good('ya29.fake-1'), good('ya29.fake-2'))
    const first = await tokens.access(login(), at(send))
    expect(await tokens.renew(login(), first, at(send, 59_000))).toBeNull()
    expect((await tokens.renew(login(), first, at(send, 60_000)))?.reveal()).toBe('ya29.fake-2')
    expect(requests).toHaveLength(2)
  })

  it('takes the newer token of the file without a call', async () => {
    const { tokens } = setUp()
    const { send, requests } = scriptedSend()
    const stored = login({ accessToken: new Secret('ya29.fake-newer') })
    expect((await tokens.renew(stored, new Secret('ya29.fake-old'), at(send)))?.reveal()).toBe('ya29.fake-newer')
    expect(requests).toEqual([])
  })

  it('has nothing to try without a refresh token', async () => {
    const { tokens } = setUp()
    const { send } = scriptedSend()
    const stored = new Secret('ya29.fake-stored')
    expect(await tokens.renew(login({ accessToken: stored, refreshToken: null }), stored, at(send))).toBeNull()
  })
})
