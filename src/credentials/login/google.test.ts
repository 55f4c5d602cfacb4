import { readFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import { fakeClock } from '../../../test/helpers/fake-clock.ts'
import { vault as vaultSource } from '../sources/vault.ts'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { createOwnAccess } from '../vault/own-access.ts'
import { listenForCallback } from './callback.ts'
import { googleLogin } from './google.ts'
import { type FakeDialog, fakeDialog, loginOptions, loginScene } from './testing.ts'

async function shownUrl(dialog: FakeDialog): Promise<URL> {
  const [, url = ''] = await dialog.said(/^ {2}(http\S+)\n(?=[\s\S]*Waiting on)/m)
  return new URL(url)
}

/** What a browser does at the consent page: the address it is sent back to. */
async function consent(url: URL): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' })
  expect(response.status).toBe(302)
  return response.headers.get('location') ?? ''
}

describe('login with Google', () => {
  it('prints the address, waits for the browser, keeps the grant, and polls with it', async () => {
    const { world, own, vault, deps } = await loginScene()
    const ada = world.add({ provider: 'antigravity', name: 'ada' })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('antigravity'), dialog)
    const url = await shownUrl(dialog)
    expect(url.pathname).toBe('/accounts.google.com/o/oauth2/v2/auth')
    const asked = Object.fromEntries(url.searchParams)
    expect(asked).toMatchObject({
      response_type: 'code',
      scope: 'openid email profile https://www.googleapis.com/auth/cloud-platform',
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
      client_id: world.clients.antigravity?.id,
    })
    expect(Buffer.from(asked['state'] ?? '', 'base64url')).toHaveLength(32)
    expect(asked['redirect_uri']).toMatch(/^http:\/\/127\.0\.0\.1:80[89]\d\/$/)
    const port = new URL(asked['redirect_uri'] ?? '').port
    expect(dialog.lines.join('\n')).toContain(`ssh -L ${port}:127.0.0.1:${port} `)
    const page = await fetch(await consent(url))
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Successfully authenticated')])
    expect(await login).toMatchObject({
      id: 'antigravity/ada@example.com',
      email: 'ada@example.com',
      keptIn: expect.stringContaining('vault.age'),
    })
    expect(await scanForCanaries({ folders: [vault.home] }, [...world.secrets(), 'fake-passphrase-ada'])).toEqual([])

    const text = await readFile(vault.accountsPath, 'utf8')
    const ports = memoryPorts({ '/home/ada/.config/tokstat/accounts.json': text })
    const [credential] = (await vaultSource.find(testEnvironment(), ports)).credentials
    if (!credential) throw new Error('the account was not found')
    const access = createOwnAccess({ stores: vault.stores, ports: vault.ports, stateFolder: vault.stateFolder })
    const { signal } = new AbortController()
    const now = vault.ports.clock.now()
    const token = await access.access(credential, { send: (request) => deps.send(request, signal), now, signal })
    expect(world.grants.lookUp(token.reveal())).toMatchObject({ account: ada, state: 'valid' })
    expect(await scanForCanaries({ folders: [vault.home] }, world.secrets())).toEqual([])
  })

  it('opens a browser when there is a display, and only prints with --no-browser', async () => {
    const { world, own, opened } = await loginScene({ hasDisplay: true })
    world.add({ provider: 'gemini-cli', name: 'ada' })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('gemini-cli', { name: 'mine' }), dialog)
    await dialog.said(/Waiting on/)
    expect(opened).toHaveLength(1)
    expect(dialog.lines.join('\n')).not.toContain('ssh -L')
    await fetch(await consent(new URL(opened[0] ?? '')))
    expect(await login).toMatchObject({ id: 'gemini-cli/mine' })
    const quiet = fakeDialog()
    const second = own.login(loginOptions('gemini-cli', { name: 'other', browser: false }), quiet)
    const url = await shownUrl(quiet)
    expect([opened.length, quiet.lines.join('\n')]).toEqual([1, expect.stringContaining('ssh -L')])
    await fetch(await consent(url))
    expect(await second).toMatchObject({ id: 'gemini-cli/other' })
  })

  it('takes the address that is pasted back, and says what is wrong with another', async () => {
    const { world, own } = await loginScene()
    world.add({ provider: 'antigravity', name: 'ada' })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('antigravity'), dialog)
    const back = await consent(await shownUrl(dialog))
    const foreign = new URL(back)
    foreign.searchParams.set('state', 'another')
    dialog.answers.push('', '4/just-a-code', foreign.href, back)
    expect(await login).toMatchObject({ id: 'antigravity/ada@example.com' })
    expect(dialog.lines.join('\n')).toMatch(/not an address[\s\S]*belongs to another login/)
    expect(dialog.questions.every(({ hidden }) => !hidden)).toBe(true)
  })

  it('ends at once when the person says no, and saves nothing', async () => {
    const { world, own, vault } = await loginScene()
    world.add({ provider: 'antigravity', name: 'ada' })
    world.consents.answerWith({ allows: false })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('antigravity'), dialog).catch((error: unknown) => error)
    const page = await fetch(await consent(await shownUrl(dialog)))
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining('The login failed')])
    expect(await login).toMatchObject({ exitCode: 2, message: 'Access denied by user' })
    expect(await vault.accounts.list()).toEqual([])
  })

  it('answers a wrong state with 400, asks for no token, and goes on waiting', async () => {
    const { world, own, simulator } = await loginScene()
    world.add({ provider: 'antigravity', name: 'ada' })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('antigravity'), dialog)
    const url = await shownUrl(dialog)
    const redirect = url.searchParams.get('redirect_uri') ?? ''
    for (const query of ['code=x&state=wrong', 'code=x', 'error=access_denied&state=wrong', 'state=wrong', '']) {
      expect((await fetch(`${redirect}?${query}`)).status, query).toBe(400)
    }
    expect(simulator.requests.to('oauth2.googleapis.com')).toEqual([])
    await fetch(await consent(url))
    expect(await login).toMatchObject({ provider: 'antigravity' })
  })

  it.each<[string, (scene: Awaited<ReturnType<typeof loginScene>>) => void, object]>([
    [
      'no refresh token',
      ({ simulator }) =>
        simulator.faults.add({
          host: 'oauth2.googleapis.com',
          effect: { kind: 'reply', status: 200, body: { access_token: 'ya29.fake-access', token_type: 'Bearer' } },
        }),
      { exitCode: 2, code: 'no_refresh_token', hint: expect.stringContaining('myaccount.google.com') },
    ],
    [
      'an unticked box',
      ({ world }) => world.consents.answerWith({ scopes: ['openid', 'email'] }),
      { exitCode: 2, code: 'scope_missing' },
    ],
    [
      'a client with another secret',
      ({ simulator }) =>
        simulator.faults.add({
          host: 'oauth2.googleapis.com',
          effect: { kind: 'reply', status: 401, body: { error: 'invalid_client', error_description: 'ya29.leak' } },
        }),
      { exitCode: 2, code: 'client_mismatch' },
    ],
    [
      'a code that was used',
      ({ simulator }) =>
        simulator.faults.add({
          host: 'oauth2.googleapis.com',
          effect: { kind: 'reply', status: 400, body: { error: 'invalid_grant' } },
        }),
      { exitCode: 2, code: 'login_refused' },
    ],
    [
      'a service that is down',
      ({ simulator }) => simulator.faults.add({ host: 'oauth2.googleapis.com', effect: { kind: 'html', status: 503 } }),
      { exitCode: 3, code: 'upstream_unavailable' },
    ],
    [
      'a gateway’s page',
      ({ simulator }) => simulator.faults.add({ host: 'oauth2.googleapis.com', effect: { kind: 'html' } }),
      { exitCode: 3, code: 'unexpected_response' },
    ],
    [
      'a lost connection',
      ({ simulator }) => simulator.faults.add({ host: 'oauth2.googleapis.com', effect: { kind: 'reset' } }),
      { exitCode: 3, code: 'network' },
    ],
  ])('tells of %s', async (_name, spoil, expected) => {
    const scene = await loginScene()
    scene.world.add({ provider: 'antigravity', name: 'ada' })
    spoil(scene)
    const dialog = fakeDialog()
    const login = scene.own.login(loginOptions('antigravity'), dialog).catch((error: unknown) => error)
    const page = await fetch(await consent(await shownUrl(dialog)))
    const error = await login
    expect(error).toMatchObject(expected)
    expect(`${String(error)} ${await page.text()}`).not.toMatch(/ya29|fake-client/)
    expect(await scene.vault.accounts.list()).toEqual([])
  })

  it('keeps the login when nobody says whose it is', async () => {
    const { world, own, simulator } = await loginScene()
    world.add({ provider: 'antigravity', name: 'ada' })
    simulator.faults.add({ host: 'www.googleapis.com', effect: { kind: 'html', status: 502 } })
    const dialog = fakeDialog()
    const login = own.login(loginOptions('antigravity'), dialog)
    await fetch(await consent(await shownUrl(dialog)))
    expect(await login).toMatchObject({ id: 'antigravity/antigravity', email: null })
  })

  it('ends after five minutes, at Ctrl-C, and without a client', async () => {
    const time = fakeClock()
    const { deps } = await loginScene({ clock: time.clock })
    const login = (dialog: FakeDialog) =>
      googleLogin({ provider: 'antigravity', browser: true, firstPort: 18_080 }, deps, dialog).catch(
        (error: unknown) => error,
      )
    const slow = fakeDialog()
    const late = login(slow)
    await slow.said(/Waiting on/)
    await time.advance(5 * 60_000)
    expect(await late).toMatchObject({ exitCode: 2, code: 'login_timeout' })
    const stopped = fakeDialog()
    const ended = login(stopped)
    await stopped.said(/Waiting on/)
    stopped.interrupt()
    expect(await ended).toMatchObject({ exitCode: 1, code: 'stopped' })
    expect(time.pending()).toBe(0)
    const { deps: bare } = await loginScene({ hasClients: false })
    await expect(googleLogin({ provider: 'gemini-cli', browser: true }, bare, fakeDialog())).rejects.toMatchObject({
      exitCode: 2,
      code: 'client_missing',
      hint: expect.stringContaining('GEMINI_CLIENT_ID'),
    })
  })
})

describe('the callback', () => {
  async function listening(port = 18_180) {
    const listener = await listenForCallback('the-state', port)
    onTestFinished(() => listener.close())
    return listener
  }

  it('takes the next port when one is in use, and says so when all are', async () => {
    const blocked = createServer()
    await new Promise<void>((resolve) => blocked.listen(18_280, '127.0.0.1', resolve))
    onTestFinished(() => void blocked.close())
    expect((await listening(18_280)).port).toBe(18_281)
    const all = await Promise.all(Array.from({ length: 20 }, () => listenForCallback('s', 18_380)))
    expect(new Set(all.map((one) => one.port)).size).toBe(20)
    await expect(listenForCallback('s', 18_380)).rejects.toMatchObject({ exitCode: 1, code: 'port_taken' })
    await Promise.all(all.map((one) => one.close()))
  })

  it('listens on loopback only, and takes one request (C29)', async () => {
    const { redirectUri, request, answer, port } = await listening()
    expect(redirectUri).toBe(`http://127.0.0.1:${port}/`)
    const first = fetch(`${redirectUri}?code=a&state=the-state`)
    expect((await request).get('code')).toBe('a')
    expect((await fetch(`${redirectUri}?code=b&state=the-state`)).status).toBe(400)
    answer(true, 'done')
    const page = await first
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, "default-src 'none'"])
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each([
    ['/favicon.ico', 404],
    ['/other?code=a&state=the-state', 404],
    ['/?code=a&code=b&state=the-state', 400],
    ['/?code=a&state=the-state&state=the-state', 400],
    ['/?code=a&error=b&state=the-state', 400],
    ['/?code=&state=the-state', 400],
    ['/?state=the-state', 400],
  ])('refuses %s with %i', async (target, status) => {
    const { port } = await listening()
    expect((await fetch(`http://127.0.0.1:${port}${target}`)).status).toBe(status)
  })

  it('refuses other names, other methods, and believes a denial without a state', async () => {
    const { port, request } = await listening()
    const status = (method: string, host: string) =>
      new Promise<number>((resolve) => {
        const options = { host: '127.0.0.1', port, method, path: '/?code=a&state=the-state', headers: { host } }
        httpRequest(options, (response) => resolve(response.resume().statusCode ?? 0)).end()
      })
    expect(await status('GET', `evil.example:${port}`)).toBe(400)
    expect(await status('POST', `127.0.0.1:${port}`)).toBe(405)
    void fetch(`http://127.0.0.1:${port}/?error=access_denied`).catch(() => undefined)
    expect((await request).get('error')).toBe('access_denied')
  })
})
