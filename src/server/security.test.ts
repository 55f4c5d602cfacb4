import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { AppError } from '../model/app.ts'
import {
  allowedHostsOf,
  assertSafeBind,
  clientAddress,
  createAddressList,
  isAllowedHost,
  isLoopback,
  peerKey,
} from './address.ts'
import { createGuard, type Guard, type GuardOptions, type GuardRequest } from './security.ts'
import { createTokenThrottle } from './throttle.ts'

const TOKEN = 'right-token'
const FAR = '203.0.113.7'

function guard(more: Partial<GuardOptions> = {}): { guard: Guard; clock: FakeClock } {
  const clock = fakeClock()
  const options = {
    clock: clock.clock,
    token: TOKEN,
    metricsToken: null,
    allowedHosts: allowedHostsOf('127.0.0.1', ['tokstat.example.com']),
    bodyBytes: 65_536,
    ...more,
  }
  return { guard: createGuard(options), clock }
}

function request(more: Partial<GuardRequest> = {}): GuardRequest {
  return {
    method: 'GET',
    target: '/api/v1/accounts',
    hosts: ['127.0.0.1:8000'],
    authorizations: [`Bearer ${TOKEN}`],
    managementKeys: [],
    origins: [],
    fetchSite: undefined,
    contentType: undefined,
    contentLength: null,
    chunked: false,
    address: FAR,
    ...more,
  }
}

function statusOf(judge: Guard, more: Partial<GuardRequest>): number {
  const verdict = judge.check(request(more))
  return verdict.ok ? 200 : verdict.refusal.status
}

const wrong = { authorizations: ['Bearer wrong'] }
const missing = { authorizations: [] }

describe('the token', () => {
  it('opens with Bearer and with X-Management-Key, and with nothing else', () => {
    const { guard: judge } = guard()
    expect(statusOf(judge, {})).toBe(200)
    expect(statusOf(judge, { authorizations: [`bearer   ${TOKEN}`] })).toBe(200)
    expect(statusOf(judge, { authorizations: [], managementKeys: [TOKEN] })).toBe(200)
    expect(statusOf(judge, { authorizations: [`Basic ${TOKEN}`] })).toBe(401)
    expect(statusOf(judge, { authorizations: [TOKEN] })).toBe(401)
    expect(statusOf(judge, { authorizations: ['Bearer '] })).toBe(401)
    expect(statusOf(judge, { target: `/api/v1/accounts?token=${TOKEN}`, authorizations: [] })).toBe(401)
  })

  it('is compared by digests of one length, in a time that tells nothing (L15)', () => {
    const real = crypto.timingSafeEqual
    const lengths: number[][] = []
    crypto.timingSafeEqual = (one, other) => {
      lengths.push([one.byteLength, other.byteLength])
      return real(one, other)
    }
    syncBuiltinESMExports()
    try {
      const { guard: judge } = guard()
      const tries = ['r', 'right', 'right-tokem', `${TOKEN}x`, 'x'.repeat(4_096)]
      for (const [index, token] of tries.entries()) {
        const more = { authorizations: [`Bearer ${token}`], address: `203.0.113.${index}` }
        expect(statusOf(judge, more), token).toBe(401)
      }
      expect(statusOf(judge, {})).toBe(200)
      expect(lengths.length).toBeGreaterThan(tries.length)
      for (const pair of lengths) expect(pair).toEqual([32, 32])
    } finally {
      crypto.timingSafeEqual = real
      syncBuiltinESMExports()
    }
  })

  it('may be missing for ever without a ban', () => {
    const { guard: judge } = guard()
    for (let time = 0; time < 50; time += 1) expect(statusOf(judge, missing)).toBe(401)
    expect(statusOf(judge, {})).toBe(200)
  })

  it('bans an address for 30 minutes after five wrong ones, the right one included', async () => {
    const { guard: judge, clock } = guard()
    for (let time = 0; time < 5; time += 1) expect(statusOf(judge, wrong)).toBe(401)
    const banned = judge.check(request())
    expect(banned).toMatchObject({ ok: false, refusal: { status: 429, retryAt: clock.clock.now() + 30 * 60_000 } })
    expect(statusOf(judge, { address: '203.0.113.8' })).toBe(200)
    await clock.advance(30 * 60_000 - 1)
    expect(statusOf(judge, {})).toBe(429)
    await clock.advance(1)
    expect(statusOf(judge, {})).toBe(200)
  })

  it('starts the count again after a right one', () => {
    const { guard: judge } = guard()
    for (let round = 0; round < 3; round += 1) {
      for (let time = 0; time < 4; time += 1) expect(statusOf(judge, wrong)).toBe(401)
      expect(statusOf(judge, {})).toBe(200)
    }
  })

  it('counts a wrong one whatever else is refused: a wrong Host is no way to guess for free', () => {
    const { guard: judge } = guard()
    for (let time = 0; time < 5; time += 1) expect(statusOf(judge, { ...wrong, hosts: ['evil.test'] })).toBe(421)
    expect(statusOf(judge, { hosts: ['evil.test'] })).toBe(429)
    expect(statusOf(judge, { ...wrong, hosts: ['evil.test'] })).toBe(429)
  })

  it('slows loopback to one answer a second and never bans it', async () => {
    const { guard: judge, clock } = guard()
    const delays = Array.from({ length: 7 }, () => judge.check(request({ ...wrong, address: '127.0.0.1' })))
    expect(delays.map((verdict) => (verdict.ok ? null : verdict.delayMs))).toEqual([
      0, 1000, 2000, 3000, 4000, 5000, 6000,
    ])
    expect(statusOf(judge, { address: '127.0.0.1' })).toBe(200)
    await clock.advance(60_000)
    expect(judge.check(request({ ...wrong, address: '::1' }))).toMatchObject({ delayMs: 0 })
  })

  it('does not let waiting answers pile up', () => {
    const { guard: judge } = guard()
    const verdicts = Array.from({ length: 100 }, () => statusOf(judge, { ...wrong, address: '127.0.0.1' }))
    expect(verdicts.filter((status) => status === 401).length).toBeLessThanOrEqual(31)
    expect(verdicts.at(-1)).toBe(429)
  })

  it('of the metrics opens /metrics alone, for reading', () => {
    const { guard: judge } = guard({ metricsToken: 'metrics-token' })
    const metrics = { authorizations: ['Bearer metrics-token'] }
    expect(statusOf(judge, { ...metrics, target: '/metrics' })).toBe(200)
    expect(statusOf(judge, { ...metrics, target: '/metrics?x=1' })).toBe(200)
    for (const target of ['/api/v1/accounts', '/metrics/', '/metrics/../api/v1/accounts', '//metrics', '/%6detrics']) {
      expect(statusOf(judge, { ...metrics, target, address: '127.0.0.1' }), target).toBe(401)
    }
    expect(statusOf(judge, { ...metrics, target: '/metrics', method: 'POST' })).toBe(401)
  })

  it('is not needed on loopback when none is set, and everyone else is refused', () => {
    const { guard: judge } = guard({ token: null })
    expect(statusOf(judge, { ...missing, address: '127.0.0.1' })).toBe(200)
    expect(statusOf(judge, { ...missing, address: FAR })).toBe(401)
  })

  it('is remembered for a bounded number of addresses', () => {
    const throttle = createTokenThrottle(fakeClock().clock)
    for (let index = 0; index < 12_000; index += 1)
      throttle.wrong(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)
    expect(throttle.size()).toBeLessThanOrEqual(10_000)
  })
})

describe('the probes', () => {
  it('are open to everyone, under any Host, and only under their exact path', () => {
    const { guard: judge } = guard()
    for (const target of ['/healthz', '/readyz', '/healthz?x']) {
      expect(statusOf(judge, { ...missing, target, hosts: ['anything.test'] }), target).toBe(200)
      expect(statusOf(judge, { ...missing, target, hosts: [] }), target).toBe(200)
    }
    for (const target of [
      '/healthz/../api/v1/accounts',
      '/healthz/',
      '/%68ealthz',
      '/healthz%2f',
      '/healthz#',
      '//healthz',
    ]) {
      expect(statusOf(judge, { ...missing, target }), target).toBe(401)
    }
    expect(statusOf(judge, { ...missing, target: '/healthz', method: 'POST' })).toBe(401)
  })
})

describe('the Host', () => {
  const FOREIGN = [
    'evil.test',
    'localhost.evil.test',
    'evil.test:8000',
    'localhost.',
    '127.0.0.1.',
    '127.1',
    '2130706433',
    '0.0.0.0',
    '0.0.0.0:8000',
    '[::]',
    '[::1',
    '::1',
    '',
    ' ',
    'localhost:',
    'localhost:8000:1',
    'localhost:999999',
    'localhost@evil.test',
    'evil.test#localhost',
    'localhost/',
    'localhost,evil.test',
    'localhost evil.test',
    'xlocalhost',
    'localhost\t',
    'ⓛocalhost',
    '[::ffff:127.0.0.1]',
    '127.0.0.1:abc',
    'tokstat.example.com.evil.test',
    'tokstat.example.com.',
    '*',
  ]

  it('must be one of the list, exactly', () => {
    const { guard: judge } = guard({ token: null })
    const local = { ...missing, address: '127.0.0.1' }
    for (const host of FOREIGN) expect(statusOf(judge, { ...local, hosts: [host] }), host).toBe(421)
    for (const host of ['localhost', 'LOCALHOST:8000', '127.0.0.1:1', '[::1]:8000', 'tokstat.example.com']) {
      expect(statusOf(judge, { ...local, hosts: [host] }), host).toBe(200)
    }
  })

  it('must be there once, and the target must be a path', () => {
    const { guard: judge } = guard({ token: null })
    const local = { ...missing, address: '127.0.0.1' }
    expect(statusOf(judge, { ...local, hosts: [] })).toBe(421)
    expect(statusOf(judge, { ...local, hosts: ['localhost', 'localhost'] })).toBe(421)
    expect(statusOf(judge, { ...local, target: 'http://localhost/api/v1/accounts' })).toBe(421)
    expect(statusOf(judge, { ...local, target: '*' })).toBe(421)
  })

  it('does not matter with a right token, but twice is still twice', () => {
    const { guard: judge } = guard()
    expect(statusOf(judge, { hosts: ['proxy.test'] })).toBe(200)
    expect(statusOf(judge, { hosts: ['proxy.test', 'localhost'] })).toBe(421)
    expect(statusOf(judge, { authorizations: [`Bearer ${TOKEN}`, 'Bearer x'] })).toBe(400)
  })

  it('never matches by a port alone when the list names one', () => {
    expect(isAllowedHost('tokstat.test:8443', ['tokstat.test:8443'])).toBe(true)
    expect(isAllowedHost('tokstat.test:8000', ['tokstat.test:8443'])).toBe(false)
    expect(isAllowedHost('tokstat.test', ['tokstat.test:8443'])).toBe(false)
  })

  it('of a wildcard bind is not 0.0.0.0', () => {
    expect(allowedHostsOf('0.0.0.0', [])).not.toContain('0.0.0.0')
    expect(allowedHostsOf('192.0.2.5', [])).toContain('192.0.2.5')
    expect(allowedHostsOf('2001:db8::1', [])).toContain('[2001:db8::1]')
  })
})

describe('what changes state', () => {
  const post = { method: 'POST', target: '/api/v1/refresh' }

  it('is refused when another site asks, token or not', () => {
    for (const token of [TOKEN, null]) {
      const { guard: judge } = guard({ token })
      const ours = { ...post, address: '127.0.0.1' }
      const foreign = [
        'http://evil.test',
        'null',
        'http://localhost.evil.test',
        'http://127.0.0.1:8001',
        'file://',
        'http://127.0.0.1:8000.evil.test',
      ]
      for (const origin of foreign) expect(statusOf(judge, { ...ours, origins: [origin] }), origin).toBe(403)
      for (const fetchSite of ['cross-site', 'same-site', 'odd'])
        expect(statusOf(judge, { ...ours, fetchSite })).toBe(403)
      expect(statusOf(judge, { ...ours, origins: ['http://127.0.0.1:8000'], fetchSite: 'same-origin' })).toBe(200)
      expect(statusOf(judge, ours)).toBe(200)
    }
  })

  it('takes JSON of 64 KiB at most, and nothing a form can send', () => {
    const { guard: judge } = guard()
    const put = { ...post, method: 'PUT', contentLength: 14 }
    expect(statusOf(judge, { ...put, contentType: 'application/json; charset=utf-8' })).toBe(200)
    for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', undefined]) {
      expect(statusOf(judge, { ...put, contentType }), contentType).toBe(415)
      expect(statusOf(judge, { ...post, chunked: true, contentType }), contentType).toBe(415)
    }
    expect(statusOf(judge, { ...put, contentType: 'application/json', contentLength: 65_537 })).toBe(413)
  })
})

describe('addresses', () => {
  it('come from the socket; X-Forwarded-For is believed of listed proxies only, from the right', () => {
    const trusted = createAddressList(['10.0.0.0/8', '::1', 'nonsense', '192.0.2.0/99'])
    expect(clientAddress('203.0.113.9', '127.0.0.1', trusted)).toBe('203.0.113.9')
    expect(clientAddress('10.0.0.1', '127.0.0.1, 203.0.113.9', trusted)).toBe('203.0.113.9')
    expect(clientAddress('::ffff:10.0.0.1', '198.51.100.1, 10.0.0.2', trusted)).toBe('198.51.100.1')
    expect(clientAddress('10.0.0.1', undefined, trusted)).toBe('10.0.0.1')
    expect(clientAddress('10.0.0.1', '127.0.0.1, garbage', trusted)).toBe('10.0.0.1')
    expect(trusted('192.0.2.1')).toBe(false)
  })

  it('know loopback in every spelling the socket uses, and peers by /64', () => {
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(address), address).toBe(true)
    for (const address of ['', '128.0.0.1', '127.evil.test', '::2', '127.0.0.1.evil'])
      expect(isLoopback(address), address).toBe(false)
    expect(peerKey('2001:db8:0:1::5')).toBe(peerKey('2001:db8:0:1:ffff:1:2:3'))
    expect(peerKey('2001:db8:0:1::5')).not.toBe(peerKey('2001:db8:0:2::5'))
  })
})

describe('the bind', () => {
  it('is loopback, or has a token: everything else ends with exit code 4 and says how to set one', () => {
    for (const host of ['127.0.0.1', 'localhost', '::1', '[::1]', '127.0.0.2']) assertSafeBind(host, null)
    for (const host of ['0.0.0.0', '::', '', '192.168.1.4', 'my-machine', '[2001:db8::1]']) {
      assertSafeBind(host, 'some-token')
      for (const token of [null, '', '  ']) {
        expect(() => assertSafeBind(host, token), host).toThrow(AppError)
        expect(() => assertSafeBind(host, token), host).toThrow(
          expect.objectContaining({ exitCode: 4, hint: expect.stringContaining('TOKSTAT_TOKEN_FILE') }),
        )
      }
    }
  })
})
