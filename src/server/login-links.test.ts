import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { type RunningServer, runServer, TEST_TOKEN } from '../../test/helpers/server.ts'
import { createLoginLinks } from './login-links.ts'
import { openSessions } from './sessions.ts'

describe('a code', () => {
  it('is good once, for five minutes, and only among so many', () => {
    const fake = fakeClock()
    const links = createLoginLinks(fake.clock)
    const { code, expiresAt } = links.create()
    expect(code).toMatch(/^[\w-]{43}$/)
    expect(expiresAt - fake.clock.now()).toBe(300_000)
    expect(links.take(`${code}x`)).toBe(false)
    expect(links.take(code)).toBe(true)
    expect(links.take(code)).toBe(false)
    const late = links.create()
    fake.jump(300_000)
    expect(links.take(late.code)).toBe(false)
    const first = links.create()
    for (let count = 0; count < 20; count += 1) links.create()
    expect(links.take(first.code)).toBe(false)
  })

  it('is not good for longer because the clock went back', () => {
    const fake = fakeClock()
    const links = createLoginLinks(fake.clock)
    const { code } = links.create()
    fake.jump(-3_600_000)
    expect(links.take(code)).toBe(false)
  })
})

describe('a login link', () => {
  let server: RunningServer | null = null
  afterEach(async () => {
    await server?.close()
    server = null
  })

  async function start(token: string | null = TEST_TOKEN): Promise<RunningServer> {
    const { clock } = fakeClock()
    const sessions = token === null ? undefined : await openSessions({ clock, token, file: null })
    const links = token === null ? undefined : createLoginLinks(clock)
    server = await runServer({ token, sessions, links })
    return server
  }

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  const post = (running: RunningServer, path: string, headers: Record<string, string>): Promise<Response> =>
    fetch(running.url + path, { method: 'POST', headers })

  async function newCode(running: RunningServer): Promise<string> {
    const answer = await post(running, '/api/v1/session/links', bearer(TEST_TOKEN))
    expect(answer.status).toBe(200)
    const body = (await answer.json()) as { code: string; expiresAt: string }
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(0)
    return body.code
  }

  it('opens one session, once', async () => {
    const running = await start()
    const code = await newCode(running)
    const first = await post(running, '/api/v1/session', bearer(code))
    expect(await first.json()).toEqual({ needed: true, signedIn: true })
    const cookie = first.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    expect((await fetch(`${running.url}/api/v1/accounts`, { headers: { cookie } })).status).toBe(200)
    expect((await post(running, '/api/v1/session', bearer(code))).status).toBe(401)
  })

  it('opens nothing else, and is in no log', async () => {
    const running = await start()
    const code = await newCode(running)
    for (const [method, path] of [
      ['GET', '/api/v1/accounts'],
      ['GET', '/api/v1/session'],
      ['GET', '/metrics'],
      ['POST', '/api/v1/refresh'],
      ['POST', '/api/v1/session/links'],
      ['DELETE', '/api/v1/session'],
    ] as const) {
      const asked = fetch(running.url + path, { method, headers: bearer(code) })
      // Wrong tokens from loopback are slowed down.
      await running.clock.advance(5_000)
      expect((await asked).status, path).toBe(401)
    }
    expect((await post(running, '/api/v1/session', bearer(code))).status).toBe(200)
    expect(JSON.stringify(running.logged)).not.toContain(code)
  })

  it('can be asked for by a browser that has signed in, and by no other site', async () => {
    const running = await start()
    const signedIn = await post(running, '/api/v1/session', bearer(TEST_TOKEN))
    const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    expect((await post(running, '/api/v1/session/links', { cookie, origin: running.url })).status).toBe(200)
    expect((await post(running, '/api/v1/session/links', { cookie, origin: 'https://evil.test' })).status).toBe(403)
    expect((await post(running, '/api/v1/session/links', {})).status).toBe(401)
  })

  it('does not exist where there is no token', async () => {
    const running = await start(null)
    expect((await post(running, '/api/v1/session/links', {})).status).toBe(404)
  })
})
