import { type AddressInfo, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest } from '../model/provider.ts'
import { systemClock } from './clock.ts'
import { createSendHttp, isLoopbackHost } from './http.ts'
import { isCutShort } from './http-body.ts'
import { explainFailure } from './http-failure.ts'
import { listen, memoryLog, serveBytes, serveHttp, serveTcp } from './testing.ts'

const { log, lines } = memoryLog()
const send = createSendHttp({ clock: systemClock(), upstream: null, log })

afterEach(() => {
  vi.unstubAllGlobals()
  lines.length = 0
})

function get(url: string, more: Partial<HttpRequest> & { timeoutMs?: number } = {}): Promise<HttpReply> {
  return send({ method: 'GET', url, endpoint: 'usage', timeoutMs: 5_000, ...more }, new AbortController().signal)
}

async function failure(promise: Promise<unknown>): Promise<QuotaError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(QuotaError)
  return error as QuotaError
}

const JSON_200 = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'

describe('an ordinary exchange', () => {
  it('returns status, lower-case headers, body and host, and keeps no cookie', async () => {
    const seen: (string | undefined)[] = []
    const port = await serveHttp((request, response) => {
      seen.push(request.headers.cookie)
      response.writeHead(429, { 'Retry-After': '7', 'Set-Cookie': 'who=ada', 'Cache-Control': 'max-age=600' })
      response.end('{"error":1}')
    })
    const url = `http://127.0.0.1:${port}/usage`
    const reply = await get(url)
    await get(url)
    expect(reply.status).toBe(429)
    expect(reply.headers['retry-after']).toBe('7')
    expect(reply.headers['set-cookie']).toBeUndefined()
    expect(reply.body).toBe('{"error":1}')
    expect(reply.host).toBe(`127.0.0.1:${port}`)
    expect(seen).toEqual([undefined, undefined])
  })

  it('sends method, headers and body, and asks for gzip or identity only', async () => {
    let got = ''
    const port = await serveHttp((request, response) => {
      request.on('data', (chunk: Buffer) => {
        got += `${request.method} ${request.headers['x-a']} ${request.headers['accept-encoding']} ${chunk}`
      })
      request.on('end', () => response.end('{}'))
    })
    const headers = { 'x-a': 'b', 'Accept-Encoding': 'br', Host: 'elsewhere.example' }
    await get(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: '{"project":"p"}' })
    expect(got).toBe('POST b gzip, identity {"project":"p"}')
  })

  it('uses one connection for many polls', async () => {
    const ports = new Set<number | undefined>()
    const port = await serveHttp((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('{}')
    })
    for (let round = 0; round < 50; round += 1) await get(`http://127.0.0.1:${port}/`)
    expect(ports.size).toBeLessThanOrEqual(2)
  })

  it('decodes one layer of gzip', async () => {
    const body = gzipSync('{"left":0.5}')
    const port = await serveHttp((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    })
    expect((await get(`http://127.0.0.1:${port}/`)).body).toBe('{"left":0.5}')
  })

  it('logs host and endpoint, never path or query', async () => {
    const port = await serveHttp((_request, response) => response.end('{}'))
    await get(`http://127.0.0.1:${port}/path-canary?key=query-canary`)
    expect(lines).toMatchObject([{ level: 'debug', fields: { endpoint: 'usage', status: 200 } }])
    expect(JSON.stringify(lines)).not.toContain('canary')
  })
})

describe('an answer that is cut or damaged', () => {
  it('is truncated at every byte position of an announced length', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(60), list: [1, 2, { three: 3 }] })
    for (let cut = 0; cut < body.length; cut += 1) {
      const port = await serveBytes(`${JSON_200}content-length: ${body.length}\r\n\r\n${body.slice(0, cut)}`)
      expect((await failure(get(`http://127.0.0.1:${port}/`))).code, `cut at ${cut}`).toBe('truncated')
    }
  })

  it('is truncated when a chunked body ends early', async () => {
    const port = await serveBytes(`${JSON_200}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`)
    expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('truncated')
  })

  it('is truncated when the announced length is too short, or announced twice', async () => {
    const short = await serveBytes(`${JSON_200}content-length: 4\r\n\r\n{"a":1}`)
    expect((await failure(get(`http://127.0.0.1:${short}/`))).code).toBe('truncated')
    const twice = await serveBytes(`${JSON_200}content-length: 4\r\ncontent-length: 7\r\n\r\n{"a":1}`)
    expect((await failure(get(`http://127.0.0.1:${twice}/`))).code).toBe('truncated')
  })

  it('is truncated when the gzip stream is cut or broken, though HTTP looks complete', async () => {
    const whole = gzipSync(JSON.stringify({ text: 'abcdefgh'.repeat(400), n: Array.from({ length: 99 }, (_, i) => i) }))
    const broken = Buffer.from(whole)
    broken.fill(0xff, 20, 40)
    for (const body of [whole.subarray(0, whole.length - 20), broken]) {
      const port = await serveHttp((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(body)
      })
      expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('truncated')
    }
  })

  it('is unexpected when compressed without saying so, twice, or otherwise', async () => {
    const cases: readonly [Buffer, Record<string, string>][] = [
      [gzipSync('{}'), {}],
      [gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip' }],
      [gzipSync(gzipSync('{}')), { 'content-encoding': 'gzip, gzip' }],
      [brotliCompressSync('{}'), { 'content-encoding': 'br' }],
    ]
    for (const [body, headers] of cases) {
      const port = await serveHttp((_request, response) => response.writeHead(200, headers).end(body))
      expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('unexpected_response')
    }
  })

  it('is unexpected when it is not HTTP', async () => {
    const port = await serveBytes('SSH-2.0-OpenSSH_9.2\r\n')
    expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('unexpected_response')
  })
})

describe('an answer that is too large', () => {
  it('passes at the cap and fails one byte above it', async () => {
    const port = await serveHttp((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))))
    expect((await get(`http://127.0.0.1:${port}/100`, { maxBytes: 100 })).body).toHaveLength(100)
    expect((await failure(get(`http://127.0.0.1:${port}/101`, { maxBytes: 100 }))).code).toBe('too_large')
    expect((await failure(get(`http://127.0.0.1:${port}/1048577`))).code).toBe('too_large')
  })

  it('is not read to the end: an endless body is dropped', async () => {
    let closed = false
    const port = await serveHttp((_request, response) => {
      const chunk = Buffer.alloc(65_536, 0x20)
      const more = (): void => {
        while (response.write(chunk)) if (response.destroyed) return
      }
      response.on('drain', more)
      response.on('close', () => {
        closed = true
      })
      more()
    })
    expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('too_large')
    await vi.waitFor(() => expect(closed).toBe(true))
  })

  it('counts decoded bytes, so a compressed bomb stops at the cap', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576))
    expect(bomb.length).toBeLessThan(100_000)
    const port = await serveHttp((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    })
    expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('too_large')
  })
})

describe('a deadline and a stop', () => {
  const silent = (): Promise<number> => serveTcp(() => undefined)
  const drip = (): Promise<number> =>
    serveTcp((socket) => {
      socket.once('data', () => socket.write(`${JSON_200}content-length: 1000\r\n\r\n{`))
    })

  it.each([
    ['never answers', silent],
    ['stalls in the body', drip],
  ])('ends a server that %s with timeout', async (_name, serve) => {
    const { clock, advance, pending } = fakeClock()
    const port = await serve()
    const patient = createSendHttp({ clock, upstream: null, log })
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/?q=canary`, endpoint: 'usage' } as const
    const result = failure(patient({ ...request, timeoutMs: 15_000 }, new AbortController().signal))
    await advance(14_999)
    await advance(1)
    const error = await result
    expect(error.code).toBe('timeout')
    expect(error.message).toBe(`127.0.0.1:${port} did not answer completely within 15 s.`)
    expect(pending()).toBe(0)
  })

  it('says Stopped when the caller gives up, before or during the request, and leaves no timer', async () => {
    const { clock, advance, pending } = fakeClock()
    const port = await silent()
    const stoppable = createSendHttp({ clock, upstream: null, log })
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/`, endpoint: 'usage', timeoutMs: 15_000 } as const
    const controller = new AbortController()
    const during = failure(stoppable(request, controller.signal))
    await advance(10)
    controller.abort()
    expect(await during).toMatchObject({ code: 'network', message: 'Stopped.' })
    expect(await failure(stoppable(request, controller.signal))).toMatchObject({ code: 'network', message: 'Stopped.' })
    expect(pending()).toBe(0)
  })

  it('ends even when fetch itself does not listen', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => undefined))
    const { clock, advance } = fakeClock()
    const deaf = createSendHttp({ clock, upstream: null, log })
    const request = { method: 'GET', url: 'https://api.example/', endpoint: 'usage', timeoutMs: 100 } as const
    const result = failure(deaf(request, new AbortController().signal))
    await advance(100)
    expect((await result).code).toBe('timeout')
  })
})

describe('redirects and foreign addresses', () => {
  it.each([301, 302, 303, 307, 308])('does not follow a %i, whatever it points at', async (status) => {
    const visited: string[] = []
    const other = await serveHttp((request, response) => {
      visited.push(request.headers.authorization ?? '')
      response.end('{}')
    })
    const port = await serveHttp((_request, response) => {
      response.writeHead(status, { location: `http://127.0.0.1:${other}/steal` }).end()
    })
    const error = await failure(get(`http://127.0.0.1:${port}/`, { headers: { authorization: 'Bearer fake' } }))
    expect(error.code).toBe('unexpected_response')
    expect(error.message).toContain('not followed')
    expect(visited).toEqual([])
  })

  it('never sends over plain http to another machine', async () => {
    const fetch = vi.fn()
    vi.stubGlobal('fetch', fetch)
    expect((await failure(get('http://api.example/usage'))).code).toBe('rejected')
    expect(fetch).not.toHaveBeenCalled()
  })

  it('refuses an address with a password in it or none at all, without repeating it', async () => {
    for (const url of ['https://ada:canary@api.example/', 'canary']) {
      const error = await failure(get(url))
      expect(error.code).toBe('internal')
      expect(error.message).not.toContain('canary')
    }
  })

  it('does not repeat a header that cannot be sent', async () => {
    const error = await failure(get('https://api.example/', { headers: { authorization: 'Bearer canary\nx' } }))
    expect(error.code).toBe('internal')
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toContain('canary')
  })
})

describe('TOKSTAT_UPSTREAM', () => {
  it('sends https requests to upstream/HOST/PATH?QUERY and reports the asked host', async () => {
    const seen: string[] = []
    const port = await serveHttp((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers.authorization}`)
      response.end('{}')
    })
    const upstream = new URL(`http://127.0.0.1:${port}`)
    const redirected = createSendHttp({ clock: systemClock(), upstream, log })
    const ask = (url: string): Promise<HttpReply> =>
      redirected(
        { method: 'GET', url, endpoint: 'usage', timeoutMs: 5_000, headers: { authorization: 'Bearer fake' } },
        new AbortController().signal,
      )
    const reply = await ask('https://api.example/v1/a%2Fb?x=1&y=%20')
    await ask('https://api.example:8443/v1')
    expect(reply.host).toBe('api.example')
    expect(seen).toEqual([
      `GET /api.example/v1/a%2Fb?x=1&y=%20 127.0.0.1:${port} Bearer fake`,
      `GET /api.example:8443/v1 127.0.0.1:${port} Bearer fake`,
    ])
  })

  it('leaves requests to loopback alone', async () => {
    const port = await serveHttp((request, response) => response.end(request.url))
    const redirected = createSendHttp({ clock: systemClock(), upstream: new URL('http://127.0.0.1:1'), log })
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/here`, endpoint: 'x', timeoutMs: 5_000 } as const
    expect((await redirected(request, new AbortController().signal)).body).toBe('/here')
  })

  it('knows loopback by every name', () => {
    expect(['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'].every(isLoopbackHost)).toBe(true)
    expect(['127.0.0.1.example', 'localhost.example', '10.0.0.1', '0.0.0.0', ''].some(isLoopbackHost)).toBe(false)
  })
})

describe('a connection that fails', () => {
  it('names a refusal', async () => {
    const port = await serveTcp((socket) => socket.destroy())
    expect((await failure(get(`http://127.0.0.1:${port}/`))).code).toBe('network')
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port: free } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const error = await failure(get(`http://127.0.0.1:${free}/`))
    expect(error).toMatchObject({ code: 'network', message: `127.0.0.1:${free} refused the connection.` })
  })

  it('names TLS as the cause and offers the extra certificate, never to skip the check', async () => {
    const noCertificate = await listen(createTlsServer({}))
    const plain = await serveHttp((_request, response) => response.end('{}'))
    for (const port of [noCertificate, plain]) {
      const error = await failure(get(`https://127.0.0.1:${port}/`))
      expect(error.code).toBe('network')
      expect(error.message).toContain('No secure connection')
      expect(error.hint).toContain('NODE_EXTRA_CA_CERTS')
    }
  })

  const fetchFailed = (code: string): TypeError =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('canary'), { code }) })

  it.each([
    ['ENOTFOUND', 'offline'],
    ['EAI_AGAIN', 'offline'],
    ['ENETUNREACH', 'offline'],
    ['EHOSTUNREACH', 'offline'],
    ['ECONNREFUSED', 'network'],
    ['ECONNRESET', 'network'],
    ['UND_ERR_SOCKET', 'network'],
    ['CERT_HAS_EXPIRED', 'network'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'network'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['Z_DATA_ERROR', 'truncated'],
  ])('maps %s to %s', (code, expected) => {
    const error = explainFailure(fetchFailed(code), 'api.example', 'usage')
    expect(error.code).toBe(expected)
    expect(`${error.message} ${error.hint}`).not.toContain('canary')
    expect(error.endpoint).toBe('usage')
  })

  it('looks into both address families', () => {
    const both = new AggregateError([Object.assign(new Error('v6'), { code: 'ENETUNREACH' })])
    expect(explainFailure(new TypeError('fetch failed', { cause: both }), 'a.example', 'x').code).toBe('offline')
  })

  it('names the proxy that refused', () => {
    const cause = new Error('Proxy response (407) !== 200 when HTTP Tunneling')
    const error = explainFailure(new TypeError('fetch failed', { cause }), 'api.example', 'usage')
    expect(error.message).toBe('The proxy refused the connection to api.example (407).')
  })
})

describe('whatever a server answers', () => {
  it('gives a reply or a QuotaError, and nothing else', async () => {
    const answer = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.integer({ min: 100, max: 999 }), fc.string({ maxLength: 80 }), fc.constantFrom('gzip', 'br', 'x', ''))
        .map(([status, body, encoding]) =>
          Buffer.from(`HTTP/1.1 ${status} X\r\ncontent-encoding: ${encoding}\r\nconnection: close\r\n\r\n${body}`),
        ),
    )
    let bytes = Buffer.alloc(0)
    const port = await serveTcp((socket) => {
      socket.once('data', () => socket.end(bytes))
    })
    const check = fc.asyncProperty(answer, async (next) => {
      bytes = Buffer.from(next)
      const outcome = await get(`http://127.0.0.1:${port}/`).catch((error: unknown) => error)
      expect(outcome instanceof QuotaError || typeof (outcome as HttpReply).body === 'string').toBe(true)
    })
    await fc.assert(check, { numRuns: 150 })
  })

  it('calls no complete JSON cut, and every real prefix of an object or list', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
        fc.nat(),
        (value, at) => {
          const text = JSON.stringify(value)
          expect(isCutShort(text)).toBe(false)
          expect(isCutShort(text.slice(0, 1 + (at % (text.length - 1))))).toBe(true)
        },
      ),
    )
    expect(isCutShort('<html>{')).toBe(false)
  })
})
