import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type RunningServer, readAll, runServer, statusOfRaw, TEST_TOKEN } from '../../test/helpers/server.ts'
import { createServerApp } from './app.ts'
import type { ServerDeps } from './deps.ts'
import { LOGIN_PATHS } from './security.ts'

const running: RunningServer[] = []

async function start(more: Partial<ServerDeps> = {}): Promise<RunningServer> {
  const server = await runServer(more)
  running.push(server)
  return server
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** One request with headers as given, `Host` included; `fetch` would not send a foreign one. */
function ask(
  server: RunningServer,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { port: server.port, host: '127.0.0.1', method, path, headers, agent: false },
      (incoming) => {
        let body = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => {
          body += chunk
          // A stream has said enough once it has begun.
          if (String(incoming.headers['content-type']).startsWith('text/event-stream')) done()
        })
        incoming.on('end', done)
        function done(): void {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body })
          incoming.destroy()
        }
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** The same while time passes: answers to wrong tokens on loopback wait for it. */
async function askSlowly(...request: Parameters<typeof ask>): Promise<Answer> {
  let isDone = false
  const answer = ask(...request).finally(() => {
    isDone = true
  })
  while (!isDone) await request[0].clock.advance(1_000)
  return answer
}

/** Every route there is, with something put in for its parameters, and two that do not exist. */
function everyRoute(server: RunningServer): { method: string; path: string }[] {
  const routes = createServerApp(server.deps)
    .routes.filter((route) => route.method !== 'ALL')
    .map((route) => ({
      method: route.method,
      path: route.path.replace(/:(\w+)(\{[^}]*\})?/g, 'x').replace('*', 'page.js'),
    }))
  expect(routes.length).toBeGreaterThan(18)
  return [
    ...routes,
    { method: 'GET', path: '/metrics' },
    { method: 'GET', path: '/nothing/here' },
    { method: 'DELETE', path: '/api/v1/accounts' },
  ]
}

const PROBES = ['/healthz', '/readyz']
/** What a browser needs before it has signed in; nothing of an account is in it. */
const isOpenToAll = (method: string, path: string): boolean =>
  method === 'GET' && (LOGIN_PATHS.includes(path) || path.startsWith('/assets/'))

describe('every route, registered or not', () => {
  it('is closed without a token and with a wrong one, but for the two probes and the login page', async () => {
    const server = await start({ token: TEST_TOKEN })
    for (const { method, path } of everyRoute(server)) {
      const isProbe = PROBES.includes(path)
      const without = await ask(server, method, path)
      if (isOpenToAll(method, path)) expect([200, 404], `${method} ${path}`).toContain(without.status)
      else expect(without.status, `${method} ${path}`).toBe(isProbe ? 200 : 401)
      const wrong = await askSlowly(server, method, path, { authorization: 'Bearer wrong' })
      expect(wrong.status, `${method} ${path} with a wrong token`).toBe(isProbe ? 200 : 401)
      expect(without.body).not.toContain('example.com')
    }
  })

  it('answers 421 to a foreign Host', async () => {
    const server = await start()
    for (const { method, path } of everyRoute(server)) {
      const answer = await ask(server, method, path, { host: 'evil.test' })
      expect(answer.status, `${method} ${path}`).toBe(PROBES.includes(path) ? 200 : 421)
      expect(answer.body).not.toContain('example.com')
    }
  })

  it('sends no CORS header to a foreign Origin, and changes nothing for it', async () => {
    const server = await start()
    for (const { method, path } of everyRoute(server)) {
      const answer = await ask(server, method, path, { origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' })
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
      if (method !== 'GET') expect(answer.status, `${method} ${path}`).toBe(403)
    }
    expect(server.engine.asked).toEqual([])
    expect((await ask(server, 'OPTIONS', '/api/v1/refresh', { origin: 'http://evil.test' })).status).toBe(404)
  })

  it('carries the security headers, and no-store on everything that tells something', async () => {
    const server = await start({
      web: {
        asset: (path) =>
          path === '/assets/a-1b2c.js' ? { body: '1', contentType: 'text/javascript', immutable: true } : null,
      },
    })
    for (const { method, path } of everyRoute(server)) {
      const { headers } = await ask(server, method, path)
      expect(headers, `${method} ${path}`).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'self'"),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cache-control': 'no-store',
      })
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['content-security-policy']).not.toContain('unsafe')
    }
    const asset = await ask(server, 'GET', '/assets/a-1b2c.js')
    expect(asset.headers['cache-control']).toContain('immutable')
    expect(asset.headers['x-content-type-options']).toBe('nosniff')
  })

  it('asks no service, however often it is read', async () => {
    const server = await start()
    for (let time = 0; time < 20; time += 1) {
      for (const path of [
        '/',
        '/metrics',
        '/api/v1/accounts',
        '/api/v1/quotas',
        '/api/v1/best',
        '/v0/management/quota/status',
      ]) {
        expect((await ask(server, 'GET', path)).status).toBe(200)
      }
    }
    expect(server.engine.asked).toEqual([])
  })
})

describe('the head of a request', () => {
  it('that names two hosts, none, or a whole URL gets 421', async () => {
    const server = await start()
    const path = '/api/v1/accounts'
    const heads = [
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n`,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n`,
      `GET ${path} HTTP/1.1\r\n`,
      `GET http://localhost${path} HTTP/1.1\r\nHost: localhost\r\n`,
      `GET http://evil.test${path} HTTP/1.1\r\nHost: localhost\r\n`,
    ]
    for (const head of heads) expect(statusOfRaw(await server.raw(`${head}Connection: close\r\n\r\n`)), head).toBe(421)
  })

  it('that carries Authorization twice, or two lengths, is refused', async () => {
    const server = await start({ token: TEST_TOKEN })
    const twice = `GET /api/v1/accounts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TEST_TOKEN}\r\nAuthorization: Bearer x\r\n\r\n`
    expect(statusOfRaw(await server.raw(twice))).toBe(400)
    const smuggled =
      'POST /api/v1/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    expect(statusOfRaw(await server.raw(smuggled))).toBe(400)
    expect(server.engine.asked).toEqual([])
  })

  it('may have 16 KiB', async () => {
    const server = await start()
    const answer = await server.raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(statusOfRaw(answer)).toBe(431)
  })

  it('that never ends is cut, while others are served', async () => {
    const server = await start({ limits: { headTimeoutMs: 150, requestTimeoutMs: 300, checkIntervalMs: 30 } })
    const slow = await Promise.all(Array.from({ length: 20 }, () => server.open()))
    const ends = slow.map((socket) => readAll(socket))
    for (const socket of slow) socket.write('GET /healthz HTTP/1.1\r\nX-Slow: ')
    expect((await ask(server, 'GET', '/healthz')).status).toBe(200)
    for (const answer of await Promise.all(ends)) expect(statusOfRaw(answer)).toBe(408)
  })

  it('makes room: more silent sockets than allowed are closed at once', async () => {
    const server = await start({ limits: { waitingSockets: 5 } })
    const sockets = await Promise.all(Array.from({ length: 12 }, () => server.open()))
    for (const socket of sockets) socket.on('error', () => undefined)
    await expect.poll(() => sockets.filter((socket) => socket.destroyed).length).toBe(7)
    for (const socket of sockets) socket.destroy()
    await expect.poll(async () => (await ask(server, 'GET', '/healthz').catch(() => null))?.status).toBe(200)
  })

  it('of any bytes at all is answered or cut, and the server lives', async () => {
    const server = await start()
    const word = fc.constantFrom(
      'GET ',
      'PUT ',
      '/',
      '/api/v1/accounts/',
      '%',
      '%zz',
      '..',
      '?',
      ' HTTP/1.1\r\n',
      'Host: localhost\r\n',
      ':',
      '\0',
      '\r\n',
      '\r\n\r\n',
      'Content-Length: -1\r\n',
      'Transfer-Encoding: chunked\r\n',
    )
    const bytes = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(word, { maxLength: 20 }).map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (text) => {
        const answer = await server.raw(`${text}\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n`)
        for (const [status] of answer.matchAll(/(?<=^HTTP\/1\.1 )\d{3}/gm)) expect(Number(status)).toBeLessThan(500)
      }),
      { numRuns: 150 },
    )
    expect((await ask(server, 'GET', '/healthz')).status).toBe(200)
  })

  it('of a traversal never finds anything', async () => {
    const server = await start()
    for (const path of [
      '/assets/../../etc/passwd',
      '/assets/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..%2f..%2fetc%2fpasswd',
      '/..%5cwindows',
      '/assets//page.js',
      '/assets/page.js%00',
      '/api/v1/accounts/..%2f..%2f',
      '/api/v1/accounts/%',
    ]) {
      expect((await ask(server, 'GET', path)).status, path).toBe(404)
    }
  })
})

describe('a body', () => {
  it('is not read before the token: a huge one is refused by its head', async () => {
    const server = await start({ token: TEST_TOKEN })
    const head =
      'PUT /v0/management/quota-exceeded/switch-project HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const socket = await server.open()
    const answer = readAll(socket)
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nffff\r\n`)
    expect(statusOfRaw(await answer)).toBe(401)
    const authorized = `${head}Authorization: Bearer ${TEST_TOKEN}\r\n`
    expect(statusOfRaw(await server.raw(`${authorized}Content-Length: 1073741824\r\n\r\n`))).toBe(413)
    expect(await server.raw(`${head}Expect: 100-continue\r\nContent-Length: 14\r\n\r\n`)).not.toContain('100 Continue')
  })

  it('of unknown length is cut off at 64 KiB', async () => {
    const server = await start()
    const socket = await server.open()
    const answer = readAll(socket)
    socket.write(
      'PUT /v0/management/quota-exceeded/switch-project HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = `8000\r\n${' '.repeat(0x8000)}\r\n`
    for (let time = 0; time < 3; time += 1) socket.write(chunk)
    socket.write('0\r\n\r\n')
    expect(statusOfRaw(await answer)).toBe(413)
  })
})

describe('a caller who leaves', () => {
  it('in the middle of an answer or a stream leaves nothing behind', async () => {
    const server = await start()
    for (const path of ['/metrics', '/api/v1/accounts', '/api/v1/events']) {
      for (let time = 0; time < 5; time += 1) {
        const socket = await server.open()
        socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
        socket.resetAndDestroy()
      }
    }
    await expect.poll(() => server.deps.events.readers()).toBe(0)
    expect((await ask(server, 'GET', '/healthz')).status).toBe(200)
    expect(server.logged).toEqual([])
  })
})

describe('/metrics', () => {
  it('comes in the format and the coding asked for', async () => {
    const server = await start()
    const plain = await ask(server, 'GET', '/metrics')
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(plain.body).toContain(
      'antigravity_token_quota_remaining_fraction{account="user@example.com",model="claude-sonnet-4"} 0.23\n',
    )
    expect(plain.headers['content-length']).toBe(String(Buffer.byteLength(plain.body)))
    const zipped = await fetch(`${server.url}/metrics`, {
      headers: { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text' },
    })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect((await zipped.text()).endsWith('# EOF\n')).toBe(true)
    expect((await ask(server, 'HEAD', '/metrics')).status).toBe(200)
    expect((await ask(server, 'POST', '/metrics')).status).toBe(405)
  })

  it('counts what was asked by pattern, never by what the caller wrote (L05)', async () => {
    const server = await start()
    await ask(server, 'GET', '/api/v1/accounts/some-caller-text')
    await ask(server, 'GET', '/some-caller-text')
    await ask(server, 'GET', '/', { host: 'some-caller-text' })
    const { body } = await ask(server, 'GET', '/metrics')
    expect(body).toContain('tokstat_http_requests_total{route="/api/v1/accounts/{id}",code="404"} 1\n')
    expect(body).toContain('tokstat_http_requests_total{route="other",code="404"} 1\n')
    expect(body).toContain('tokstat_http_requests_total{route="refused",code="421"} 1\n')
    expect(body).not.toContain('some-caller-text')
  })
})

describe('X-Forwarded-For', () => {
  const spoof = { 'x-forwarded-for': '203.0.113.9', authorization: 'Bearer wrong' }

  it('is not believed of anybody by itself', async () => {
    const server = await start({ token: TEST_TOKEN })
    for (let time = 0; time < 6; time += 1) {
      expect((await askSlowly(server, 'GET', '/api/v1/accounts', spoof)).status).toBe(401)
    }
  })

  it('names who is banned when a listed proxy sends it, and bans nobody else', async () => {
    const server = await start({ token: TEST_TOKEN, trustedProxies: ['127.0.0.1'] })
    const right = { authorization: `Bearer ${TEST_TOKEN}` }
    for (let time = 0; time < 5; time += 1)
      expect((await ask(server, 'GET', '/api/v1/accounts', spoof)).status).toBe(401)
    const banned = await ask(server, 'GET', '/api/v1/accounts', { ...right, 'x-forwarded-for': '203.0.113.9' })
    expect([banned.status, banned.headers['retry-after']]).toEqual([429, '1800'])
    const other = { ...right, 'x-forwarded-for': '203.0.113.9, 198.51.100.4' }
    expect((await ask(server, 'GET', '/api/v1/accounts', other)).status).toBe(200)
  })
})

describe('HEAD', () => {
  it('has no body, and starts no stream', async () => {
    const server = await start()
    const head = await ask(server, 'HEAD', '/api/v1/accounts')
    expect([head.status, head.body]).toEqual([200, ''])
    expect((await ask(server, 'HEAD', '/api/v1/events')).status).toBe(405)
    expect(server.deps.events.readers()).toBe(0)
  })
})

describe('a base path', () => {
  it('is where everything is, and nothing is beside it', async () => {
    const server = await start({ basePath: '/tokstat' })
    for (const path of ['/tokstat', '/tokstat/', '/tokstat?x=1', '/tokstat/healthz', '/tokstat/api/v1/accounts']) {
      expect((await ask(server, 'GET', path)).status, path).toBe(200)
    }
    for (const path of ['/', '/api/v1/accounts', '/tokstats/api/v1/accounts']) {
      expect((await ask(server, 'GET', path)).status, path).toBe(404)
    }
    expect((await ask(server, 'GET', '/tokstat/')).body).toContain('src="/tokstat/assets/page.js"')
  })
})
