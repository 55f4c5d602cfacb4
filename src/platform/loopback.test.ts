import { createServer } from 'node:https'
import { beforeAll, describe, expect, it } from 'vitest'
import { selfSigned } from '../../test/helpers/fake-language-server.ts'
import { systemClock } from './clock.ts'
import { createLoopbackAsk, isLoopback } from './loopback.ts'
import { listen, serveHttp, serveTcp } from './testing.ts'

const ask = createLoopbackAsk(systemClock())
const signal = new AbortController().signal
let certificate = { key: '', cert: '' }
beforeAll(() => {
  certificate = selfSigned()
})

describe('asking a program on this machine', () => {
  it('accepts the certificate that it made itself, and sends what is to be sent', async () => {
    const server = createServer(certificate, (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => response.writeHead(201).end(`${request.method} ${request.headers['x-token']} ${body}`))
    })
    const url = `https://127.0.0.1:${await listen(server)}/x`
    const request = { method: 'POST', url, headers: { 'X-Token': 'fake' }, body: 'hello', timeoutMs: 2_000 } as const
    expect(await ask(request, signal)).toEqual({ status: 201, body: 'POST fake hello' })
  })

  it.each([
    'https://example.com/',
    'https://10.0.0.1/',
    'https://localhost/',
    'https://127.0.0.1.example.com/',
    'https://user:fake@127.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
    'file:///etc/passwd',
  ])('refuses %s before anything is sent', async (url) => {
    expect(isLoopback(new URL(url))).toBe(false)
    await expect(ask({ method: 'GET', url, timeoutMs: 1_000 }, signal)).rejects.toThrow('only loopback')
  })

  it('does not follow a redirect', async () => {
    const port = await serveHttp((_request, response) =>
      response.writeHead(302, { Location: 'https://example.com' }).end(),
    )
    const reply = await ask({ method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 2_000 }, signal)
    expect(reply.status).toBe(302)
  })

  it('ends after its time, on a signal, and when nobody is there', async () => {
    const port = await serveTcp(() => undefined)
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 50 } as const
    await expect(ask(request, signal)).rejects.toMatchObject({ code: 'timeout' })
    const stop = new AbortController()
    const asked = ask({ ...request, timeoutMs: 10_000 }, stop.signal)
    stop.abort()
    await expect(asked).rejects.toMatchObject({ code: 'timeout' })
    await expect(ask(request, stop.signal)).rejects.toMatchObject({ code: 'timeout' })
    await expect(ask({ ...request, url: 'http://127.0.0.1:1/' }, signal)).rejects.toMatchObject({ code: 'network' })
  })

  it('takes no more than a mebibyte', async () => {
    const port = await serveHttp((_request, response) => response.end('x'.repeat(1_100_000)))
    const request = { method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000 } as const
    await expect(ask(request, signal)).rejects.toMatchObject({ code: 'too_large' })
  })
})
