import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAuthority } from '../../../test/helpers/tls.ts'
import { systemClock } from '../../platform/clock.ts'
import { listen, serveBytes, serveHttp, serveTcp } from '../../platform/testing.ts'
import { waitForHealth } from './check.ts'

const clock = systemClock()
const at = (port: number) => async () => `http://127.0.0.1:${port}`

describe('the check of a service', () => {
  it('is well when tokstat says its version', async () => {
    const port = await serveHttp((request, response) => {
      response.writeHead(request.url === '/healthz' ? 200 : 404).end('{"status":"ok","version":"0.1.0"}')
    })
    expect(await waitForHealth(at(port), 0, clock)).toEqual({ url: `http://127.0.0.1:${port}`, version: '0.1.0' })
  })

  it('waits for one that is still starting', async () => {
    let asked = 0
    const port = await serveHttp((_request, response) => {
      asked += 1
      if (asked < 3) response.writeHead(503).end('{}')
      else response.end('{"version":"0.1.0"}')
    })
    expect(await waitForHealth(at(port), 10_000, clock)).toMatchObject({ version: '0.1.0' })
    expect(asked).toBe(3)
  })

  it('is not well with somebody else, an error, a flood or nobody', async () => {
    const flood = `{"version":"0.1.0","x":"${'x'.repeat(10_000)}"}`
    const ports = [
      await serveHttp((_request, response) => void response.end('<html>')),
      await serveHttp((_request, response) => void response.end('{"status":"ok"}')),
      await serveHttp((_request, response) => void response.writeHead(500).end('{"version":"0.1.0"}')),
      await serveHttp((_request, response) => void response.end(flood)),
      await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"version":"0.1.0"}'),
      1,
    ]
    for (const port of ports) expect(await waitForHealth(at(port), 0, clock), `${port}`).toBeNull()
    expect(await waitForHealth(async () => null, 0, clock)).toBeNull()
  })

  it('does not wait for ever for one that says nothing', async () => {
    const port = await serveTcp(() => undefined)
    const start = clock.monotonicMs()
    expect(await waitForHealth(at(port), 0, clock)).toBeNull()
    expect(clock.monotonicMs() - start).toBeLessThan(10_000)
  })

  it('minds no name in a certificate: a service with TLS would be restarted for ever', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-check-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { cert, key } = createAuthority(folder).issue(['quota.example.test'])
    const server = createSecureServer({ cert, key }, (_request, response) => void response.end('{"version":"0.1.0"}'))
    const port = await listen(server)
    expect(await waitForHealth(async () => `https://127.0.0.1:${port}`, 0, clock)).toMatchObject({ version: '0.1.0' })
  })
})
