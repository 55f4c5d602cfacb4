import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { type RunningServer, runServer, TEST_TOKEN } from '../../test/helpers/server.ts'
import type { ServerDeps, WebAssets } from './deps.ts'
import { openSessions } from './sessions.ts'

const PAGE: WebAssets = {
  asset: (path) =>
    path === '/' ? { body: '<title>the app</title>', contentType: 'text/html', immutable: false } : null,
}

let server: RunningServer | null = null

afterEach(async () => {
  await server?.close()
  server = null
})

async function start(more: Partial<ServerDeps> = {}): Promise<RunningServer> {
  const { clock } = fakeClock()
  const sessions = await openSessions({ clock, token: TEST_TOKEN, file: null })
  server = await runServer({ token: TEST_TOKEN, sessions, web: PAGE, ...more })
  return server
}

const bearer = { authorization: `Bearer ${TEST_TOKEN}` }

async function signedIn({ url }: RunningServer): Promise<string> {
  const answer = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: bearer })
  expect(await answer.json()).toEqual({ needed: true, signedIn: true })
  return answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
}

describe('signing in', () => {
  it('exchanges the token for a cookie that no script can read and no other site can send', async () => {
    const running = await start()
    const answer = await fetch(`${running.url}/api/v1/session`, { method: 'POST', headers: bearer })
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^tokstat_session=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(TEST_TOKEN)
  })

  it('opens every route for the cookie, until signing out', async () => {
    const running = await start()
    const cookie = await signedIn(running)
    const ask = async (path: string): Promise<number> =>
      (await fetch(running.url + path, { headers: { cookie } })).status
    for (const path of ['/', '/api/v1/accounts', '/metrics', '/api/v1/status']) expect(await ask(path), path).toBe(200)
    const out = await fetch(`${running.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie, origin: running.url },
    })
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0')
    expect(await ask('/api/v1/accounts')).toBe(401)
  })

  it('is refused without the token, with a wrong one, and with an invented cookie', async () => {
    const running = await start()
    expect((await fetch(`${running.url}/api/v1/session`, { method: 'POST' })).status).toBe(401)
    const headers = { cookie: 'tokstat_session=invented' }
    expect((await fetch(`${running.url}/api/v1/accounts`, { headers })).status).toBe(401)
    expect(await (await fetch(`${running.url}/api/v1/session`)).json()).toEqual({ needed: true, signedIn: false })
  })
})

describe('a session', () => {
  it('changes nothing for another site, nor for a request that hides who asks (W04)', async () => {
    const running = await start()
    const cookie = await signedIn(running)
    const post = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${running.url}/api/v1/refresh`, { method: 'POST', headers: { cookie, ...headers } })).status
    expect(await post({})).toBe(403)
    expect(await post({ origin: 'https://evil.test' })).toBe(403)
    expect(await post({ origin: 'null' })).toBe(403)
    expect(await post({ origin: `${running.url}.evil.test` })).toBe(403)
    expect(await post({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await post({ origin: running.url })).toBe(200)
  })

  it('does not answer under a foreign Host (W02)', async () => {
    const running = await start()
    const cookie = await signedIn(running)
    const answer = await running.raw(
      `GET /api/v1/accounts HTTP/1.1\r\nHost: evil.test\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 421/)
  })
})

describe('the login page', () => {
  it('is where a browser without a session is sent; programs get their 401', async () => {
    const running = await start()
    const page = await fetch(`${running.url}/`, { headers: { accept: 'text/html,*/*' }, redirect: 'manual' })
    expect(page.status).toBe(303)
    expect(page.headers.get('location')).toBe('/login')
    expect((await fetch(`${running.url}/`, { redirect: 'manual' })).status).toBe(401)
    const login = await fetch(`${running.url}/login`)
    expect(await login.text()).toContain('the app')
    expect(login.headers.get('content-security-policy')).toContain("default-src 'self'")
  })

  it('holds no door open: only its exact files are there without a token', async () => {
    const { url } = await start()
    for (const path of ['/login/', '/assets/../api/v1/accounts', '/assets/%2e%2e/x', '/login/x', '/assets/']) {
      const { hostname, port } = new URL(url)
      const answer = await server?.raw(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`)
      expect(answer, path).toMatch(/^HTTP\/1\.1 401/)
    }
  })

  it('is not there for the built-in page, which is all numbers', async () => {
    const running = await start({ web: { asset: () => null } })
    const headers = { accept: 'text/html' }
    expect((await fetch(`${running.url}/`, { headers, redirect: 'manual' })).status).toBe(401)
    expect((await fetch(`${running.url}/login`)).status).toBe(404)
  })
})

describe('a file of the app', () => {
  it('comes in gzip to who accepts it, and plain to who does not', async () => {
    const text = 'run()\n'.repeat(100)
    const file = { body: text, gzip: new Uint8Array(gzipSync(text)), contentType: 'text/javascript', immutable: true }
    const running = await start({ web: { asset: (path) => (path === '/assets/a.js' ? file : null) } })
    const ask = async (accepted: string): Promise<string | null> => {
      const answer = await fetch(`${running.url}/assets/a.js`, { headers: { 'accept-encoding': accepted } })
      expect(await answer.text(), accepted).toBe(text)
      expect(answer.headers.get('cache-control')).toContain('immutable')
      return answer.headers.get('content-encoding')
    }
    for (const accepted of ['gzip', 'br, gzip;q=0.5', 'GZIP', '*']) expect(await ask(accepted), accepted).toBe('gzip')
    for (const accepted of ['identity', 'gzip;q=0', 'br', 'xgzip']) expect(await ask(accepted), accepted).toBeNull()
  })
})

describe('without a token', () => {
  it('nobody signs in, and everything is open on loopback', async () => {
    const running = await start({ token: null, sessions: undefined })
    expect(await (await fetch(`${running.url}/api/v1/session`)).json()).toEqual({ needed: false, signedIn: false })
    expect((await fetch(`${running.url}/api/v1/accounts`)).status).toBe(200)
  })
})
