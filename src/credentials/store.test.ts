import { describe, expect, it } from 'vitest'
import type { AccessContext } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import { Secret } from '../model/secret.ts'
import { plusMs } from '../model/time.ts'
import type { GuardedRead, Source, SourceEnvironment } from './ports.ts'
import { createCredentialStore } from './store.ts'
import { type MemoryPorts, memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from './testing.ts'

const ACCOUNTS = '/home/ada/.config/opencode/antigravity-accounts.json'
const AUTH = '/home/ada/.local/share/opencode/auth.json'
const PROXY = '/home/ada/.cli-proxy-api'
const CLIENT = {
  provider: 'antigravity',
  id: '1-a.apps.googleusercontent.com',
  secret: new Secret('fake-client-secret'),
  origin: 'environment',
}

function accounts(...names: readonly string[]): string {
  const list = names.map((name) => ({ email: `${name}@example.com`, refreshToken: `1//fake-${name}` }))
  return JSON.stringify({ version: 4, accounts: list, activeIndex: 0 })
}

function setUp(files: Record<string, string | GuardedRead>, changes: Partial<SourceEnvironment> = {}) {
  const ports = memoryPorts(files)
  const environment = testEnvironment({ googleClients: [CLIENT], ...changes })
  const store = createCredentialStore({ environment, ports })
  return { ports, store }
}

function at(send: AccessContext['send'], afterMs = 0): AccessContext {
  return { send, now: plusMs(TEST_NOW, afterMs), signal: new AbortController().signal }
}

const nothing = scriptedSend().send

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof QuotaError)) throw new Error(`expected a QuotaError, got ${String(error)}`)
  return error.code
}

function unreadable(reason: 'permission' | 'unstable' | 'malformed' = 'permission'): GuardedRead {
  return { kind: 'unreadable', reason, detail: 'EACCES /home/ada' }
}

function claude(access: string, expires: number): string {
  return JSON.stringify({ anthropic: { type: 'oauth', access, refresh: `refresh-of-${access}`, expires } })
}

describe('discovery', () => {
  it('returns the logins of all sources and a report for every place', async () => {
    const { store } = setUp({
      [ACCOUNTS]: accounts('ada'),
      [AUTH]: JSON.stringify({ google: { type: 'oauth', refresh: '1//fake-ada' } }),
      '/home/ada/.gemini/oauth_creds.json': JSON.stringify({ refresh_token: '1//fake-gemini' }),
      [`${PROXY}/antigravity-a.json`]: JSON.stringify({ type: 'antigravity', refresh_token: '1//fake-ada' }),
    })
    const { credentials, reports } = await store.discover()
    expect(credentials.map((one) => one.source)).toEqual([
      'antigravity-accounts',
      'opencode',
      'gemini-cli',
      'cli-proxy-api',
    ])
    // The same login in three places has one fingerprint: the roster can tell that it is one account.
    expect(new Set([credentials[0], credentials[1], credentials[3]].map((one) => one?.fingerprint)).size).toBe(1)
    expect(reports.filter((one) => one.state === 'found')).toHaveLength(4)
    expect(reports.filter((one) => one.state === 'absent').length).toBeGreaterThan(0)
  })

  it('survives a source that throws, and keeps its logins', async () => {
    const ports = memoryPorts({ [ACCOUNTS]: accounts('ada') })
    const environment = testEnvironment()
    let isBroken = false
    const { SOURCES } = await import('./sources/all.ts')
    const sources: Source[] = SOURCES.map((source) => ({
      ...source,
      find: (...given) => {
        if (isBroken && source.id === 'antigravity-accounts') return Promise.reject(new Error('bug'))
        return source.find(...given)
      },
    }))
    const store = createCredentialStore({ environment, ports, sources })
    await store.discover()
    isBroken = true
    const { credentials } = await store.discover()
    expect(credentials).toMatchObject([{ identity: { email: 'ada@example.com' }, secrets: { refreshToken: null } }])
    expect(ports.lines.some((line) => line.level === 'error')).toBe(true)
  })
})

describe('a file that goes away', () => {
  it('keeps its logins for ten seconds and two looks', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.delete(ACCOUNTS)
    const first = await store.discover()
    expect(first.credentials[0]?.secrets.refreshToken?.reveal()).toBe('1//fake-ada')
    expect(first.reports.find((one) => one.place === ACCOUNTS)).toMatchObject({ state: 'absent', count: 1 })
    ports.clock.advance(9999)
    expect((await store.discover()).credentials).toHaveLength(1)
    ports.clock.advance(1)
    expect((await store.discover()).credentials).toEqual([])
  })

  it('needs two looks even when the first comes late', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.delete(ACCOUNTS)
    ports.clock.advance(60_000)
    expect((await store.discover()).credentials).toHaveLength(1)
  })

  it('does not flap when it is replaced over and over', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    for (let round = 0; round < 50; round += 1) {
      ports.files.delete(ACCOUNTS)
      expect((await store.discover()).credentials).toHaveLength(1)
      ports.clock.advance(6000)
      ports.files.set(ACCOUNTS, accounts('ada'))
      expect((await store.discover()).credentials).toHaveLength(1)
    }
  })

  it('counts looks one after another, also when they are asked for at once', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.delete(ACCOUNTS)
    const all = await Promise.all([store.discover(), store.discover(), store.discover()])
    expect(all.map((one) => one.credentials.length)).toEqual([1, 1, 1])
  })

  it('is noticed in a folder of files too', async () => {
    const login = JSON.stringify({ type: 'antigravity', refresh_token: '1//fake-ada' })
    const { store, ports } = setUp({ [`${PROXY}/antigravity-a.json`]: login, [`${PROXY}/antigravity-b.json`]: '{' })
    await store.discover()
    ports.files.delete(`${PROXY}/antigravity-a.json`)
    expect((await store.discover()).credentials).toHaveLength(1)
    ports.clock.advance(10_000)
    expect((await store.discover()).credentials).toEqual([])
  })

  it('that still stands elsewhere is not listed twice', async () => {
    const { store, ports } = setUp({
      [ACCOUNTS]: accounts('ada'),
      '/project/antigravity-accounts.json': accounts('ada'),
    })
    await store.discover()
    ports.files.delete('/project/antigravity-accounts.json')
    expect((await store.discover()).credentials.map((one) => one.origin)).toEqual([ACCOUNTS])
  })
})

describe('a real logout', () => {
  it('ends at once when the entry is gone from its file', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada', 'bob') })
    await store.discover()
    ports.files.set(ACCOUNTS, accounts('bob'))
    expect((await store.discover()).credentials.map((one) => one.identity.email)).toEqual(['bob@example.com'])
    ports.files.set(ACCOUNTS, accounts())
    expect((await store.discover()).credentials).toEqual([])
  })

  it('drops the refreshed token from memory', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    const { send, requests } = scriptedSend(testReply(200, { access_token: 'ya29.fake-fresh' }))
    const [credential] = (await store.discover()).credentials
    if (credential === undefined) throw new Error('no login was found')
    await store.access(credential, at(send))
    ports.files.set(ACCOUNTS, accounts())
    await store.discover()
    await store.access(credential, at(send))
    expect(requests).toHaveLength(2)
  })
})

describe('a file that cannot be read or understood', () => {
  it.each([
    ['permission', unreadable(), 'Permission denied'],
    ['torn', '{"version": 4, "accounts": [{"refr', 'not valid JSON'],
    ['truncated', '', 'empty'],
    ['unstable', unreadable('unstable'), 'kept changing'],
    ['torn for 2 s', unreadable('malformed'), 'not valid JSON'],
    ['newer', '{"version": 99, "accounts": []}', 'Newer file version (99)'],
  ])('keeps its known logins, without their tokens: %s', async (_name, content, detail) => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada', 'bob') })
    const before = await store.discover()
    ports.files.set(ACCOUNTS, content)
    const { credentials, reports } = await store.discover()
    expect(credentials.map((one) => one.fingerprint)).toEqual(before.credentials.map((one) => one.fingerprint))
    expect(credentials[0]?.unreadable).toContain(detail)
    expect(credentials[0]?.secrets).toEqual({
      accessToken: null,
      accessExpiresAt: null,
      refreshToken: null,
      apiKey: null,
    })
    const report = reports.find((one) => one.place === ACCOUNTS)
    expect(report).toMatchObject({ state: 'unreadable', count: 2 })
    expect(report?.detail).toContain('2 known logins of it are listed')
    if (credentials[0] === undefined) throw new Error('no login was kept')
    expect(await codeOf(store.access(credentials[0], at(nothing)))).toBe('credential_unreadable')
    expect(await store.renew(credentials[0], new Secret('fake'), at(nothing))).toBeNull()
  })

  it('gives its logins back as soon as it is whole again', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.set(ACCOUNTS, unreadable())
    await store.discover()
    ports.files.set(ACCOUNTS, accounts('ada'))
    expect((await store.discover()).credentials).toMatchObject([{ unreadable: null }])
    expect(ports.lines.map((line) => line.message)).toEqual([
      'login file cannot be read',
      'login file can be read again',
    ])
  })

  it('is named in the log once, not at every look', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: unreadable() })
    for (let look = 0; look < 5; look += 1) await store.discover()
    expect(ports.lines.map((line) => [line.level, line.fields['place']])).toEqual([['warn', ACCOUNTS]])
  })

  it('then goes away like any other', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.set(ACCOUNTS, unreadable())
    await store.discover()
    ports.files.delete(ACCOUNTS)
    expect((await store.discover()).credentials).toHaveLength(1)
    ports.clock.advance(10_000)
    expect((await store.discover()).credentials).toEqual([])
  })

  it('may be a whole folder', async () => {
    const login = JSON.stringify({ type: 'antigravity', refresh_token: '1//fake-ada' })
    const { store, ports } = setUp({ [`${PROXY}/antigravity-a.json`]: login })
    await store.discover()
    ports.closedFolders.add(PROXY)
    expect((await store.discover()).credentials).toMatchObject([
      { unreadable: expect.stringContaining('Permission denied') },
    ])
  })

  it('never puts its path into what the world may see', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    await store.discover()
    ports.files.set(ACCOUNTS, unreadable())
    const { credentials } = await store.discover()
    const [credential] = credentials
    if (credential === undefined) throw new Error('no login was kept')
    const error = await store.access(credential, at(nothing)).catch((thrown: unknown) => thrown)
    expect(String(error)).not.toContain('/home/ada')
  })
})

describe('logins that only their owner may refresh', () => {
  const first = async (store: ReturnType<typeof createCredentialStore>) => {
    const [credential] = (await store.discover()).credentials
    if (credential === undefined) throw new Error('no login was found')
    return credential
  }

  it('use the stored token while it lasts', async () => {
    const { store } = setUp({ [AUTH]: claude('fake-at-1', TEST_NOW + 1000) })
    expect((await store.access(await first(store), at(nothing))).reveal()).toBe('fake-at-1')
  })

  it('once expired take what their owner has stored meanwhile', async () => {
    const { store, ports } = setUp({ [AUTH]: claude('fake-at-1', TEST_NOW + 1000) })
    const credential = await first(store)
    ports.files.set(AUTH, claude('fake-at-2', TEST_NOW + 9000))
    expect((await store.access(credential, at(nothing, 2000))).reveal()).toBe('fake-at-2')
  })

  it('expired for good name the owner’s command, and send nothing', async () => {
    const { store } = setUp({ [AUTH]: claude('fake-at-1', TEST_NOW - 1) })
    const credential = await first(store)
    const error = await store.access(credential, at(nothing)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'credential_expired', hint: expect.stringContaining('opencode auth login') })
  })

  it('after a 401 take the newer token, else nothing', async () => {
    const { store, ports } = setUp({ [AUTH]: claude('fake-at-1', 0) })
    const credential = await first(store)
    expect(await store.renew(credential, new Secret('fake-at-1'), at(nothing))).toBeNull()
    ports.files.set(AUTH, claude('fake-at-2', 0))
    expect((await store.renew(credential, new Secret('fake-at-1'), at(nothing)))?.reveal()).toBe('fake-at-2')
  })

  it('never borrow the token of another account that took the slot', async () => {
    const openai = (accountId: string, access: string) =>
      JSON.stringify({ openai: { type: 'oauth', access, refresh: 'r', accountId, expires: TEST_NOW + 5 } })
    const { store, ports } = setUp({ [AUTH]: openai('acc-1', 'fake-at-1') })
    const credential = await first(store)
    ports.files.set(AUTH, openai('acc-2', 'fake-at-2').replace(String(TEST_NOW + 5), String(TEST_NOW + 9000)))
    expect(await codeOf(store.access(credential, at(nothing, 10)))).toBe('credential_expired')
    expect(await store.renew(credential, new Secret('fake-at-1'), at(nothing))).toBeNull()
  })

  it('with an API key just use it', async () => {
    const { store } = setUp({ [AUTH]: JSON.stringify({ openrouter: { type: 'api', key: 'sk-or-fake' } }) })
    const credential = await first(store)
    expect((await store.access(credential, at(nothing))).reveal()).toBe('sk-or-fake')
    expect(await store.renew(credential, new Secret('sk-or-fake'), at(nothing))).toBeNull()
  })

  it('an API key of the Gemini CLI is said to have no quota', async () => {
    const { store } = setUp({ '/home/ada/.gemini/settings.json': '{"security":{"auth":{"selectedType":"api-key"}}}' })
    const credential = await first(store)
    expect(await codeOf(store.access(credential, at(nothing)))).toBe('api_key_login')
    expect(await store.renew(credential, new Secret('x'), at(nothing))).toBeNull()
  })
})

describe('Google logins', () => {
  const login = async (ports: MemoryPorts, store: ReturnType<typeof createCredentialStore>) => {
    const [credential] = (await store.discover()).credentials
    if (credential === undefined) throw new Error('no login was found')
    ports.touched.length = 0
    return credential
  }

  it('are refreshed in memory', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    const { send, requests } = scriptedSend(testReply(200, { access_token: 'ya29.fake-fresh' }))
    const credential = await login(ports, store)
    expect((await store.access(credential, at(send))).reveal()).toBe('ya29.fake-fresh')
    expect((await store.access(credential, at(send))).reveal()).toBe('ya29.fake-fresh')
    expect(requests).toHaveLength(1)
    expect(ports.files.get(ACCOUNTS)).toBe(accounts('ada'))
  })

  it('once revoked are read again: a new sign-in of the same account is taken at once', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    const credential = await login(ports, store)
    ports.files.set(ACCOUNTS, accounts('ada').replace('1//fake-ada', '1//fake-new'))
    const { send, requests } = scriptedSend(
      testReply(400, { error: 'invalid_grant' }),
      testReply(200, { access_token: 'ya29.fake-new' }),
    )
    expect((await store.access(credential, at(send))).reveal()).toBe('ya29.fake-new')
    expect(requests).toHaveLength(2)
  })

  it('once revoked stay so without a call while the file is the same', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    const credential = await login(ports, store)
    const { send, requests } = scriptedSend(testReply(400, { error: 'invalid_grant' }))
    expect(await codeOf(store.access(credential, at(send)))).toBe('credential_revoked')
    await store.discover()
    expect(await codeOf(store.access(credential, at(send)))).toBe('credential_revoked')
    expect(requests).toHaveLength(1)
  })

  it('never borrow the login of another person that took the slot', async () => {
    const file = (refresh: string) => JSON.stringify({ google: { type: 'oauth', refresh } })
    const { store, ports } = setUp({ [AUTH]: file('1//fake-ada') })
    const credential = await login(ports, store)
    ports.files.set(AUTH, file('1//fake-bob'))
    const { send, requests } = scriptedSend(testReply(400, { error: 'invalid_grant' }))
    expect(await codeOf(store.access(credential, at(send)))).toBe('credential_revoked')
    expect(requests).toHaveLength(1)
  })

  it('after a 401 read the file, then refresh once', async () => {
    const file = (access: string) =>
      JSON.stringify({ google: { type: 'oauth', refresh: '1//fake-ada', access, expires: 0 } })
    const { store, ports } = setUp({ [AUTH]: file('ya29.fake-1') })
    const credential = await login(ports, store)
    const { send, requests } = scriptedSend(testReply(200, { access_token: 'ya29.fake-3' }))
    ports.files.set(AUTH, file('ya29.fake-2'))
    expect((await store.renew(credential, new Secret('ya29.fake-1'), at(send)))?.reveal()).toBe('ya29.fake-2')
    expect(requests).toHaveLength(0)
    expect((await store.renew(credential, new Secret('ya29.fake-2'), at(send)))?.reveal()).toBe('ya29.fake-3')
    expect(requests).toHaveLength(1)
  })
})

describe('watching', () => {
  it('covers the places of every source, and stops', async () => {
    const { store, ports } = setUp({})
    let changes = 0
    const stop = store.watch(() => {
      changes += 1
    })
    const [watch] = [...ports.watches]
    expect(watch?.paths).toEqual(expect.arrayContaining([ACCOUNTS, AUTH, PROXY, '/home/ada/.gemini/oauth_creds.json']))
    watch?.onChange()
    expect(changes).toBe(1)
    stop()
    expect(ports.watches.size).toBe(0)
  })

  it('follows files inside a folder as they become known', async () => {
    const { store, ports } = setUp({})
    store.watch(() => undefined)
    ports.files.set(`${PROXY}/antigravity-a.json`, '{"type":"antigravity","refresh_token":"1//fake"}')
    await store.discover()
    expect([...ports.watches].filter((watch) => watch.paths.includes(`${PROXY}/antigravity-a.json`))).toHaveLength(1)
  })

  it('asks for the look that makes an absence certain', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    let changes = 0
    const stop = store.watch(() => {
      changes += 1
    })
    await store.discover()
    ports.files.delete(ACCOUNTS)
    await store.discover()
    ports.clock.advance(9999)
    expect(changes).toBe(0)
    ports.clock.advance(1)
    expect(changes).toBe(1)
    expect((await store.discover()).credentials).toEqual([])
    stop()
  })

  it('looks at most once a minute because of a place that its owner writes all the time (C13)', () => {
    const { store, ports } = setUp({})
    let changes = 0
    const stop = store.watch(() => {
      changes += 1
    })
    const state = '/home/ada/.config/Antigravity/User/globalStorage/state.vscdb'
    const busy = [...ports.watches].find((watch) => watch.paths.includes(state))
    expect(busy?.paths).toContain(`${state}-wal`)
    expect(busy?.paths).not.toContain(ACCOUNTS)
    for (let second = 0; second < 120; second += 1) {
      busy?.onChange()
      ports.clock.advance(1_000)
    }
    expect(changes).toBe(3)
    ports.clock.advance(600_000)
    expect(changes).toBe(3)
    busy?.onChange()
    stop()
    expect(ports.clock.pending()).toBe(0)
    expect(ports.watches.size).toBe(0)
  })

  it('leaves no timer behind when it stops', async () => {
    const { store, ports } = setUp({ [ACCOUNTS]: accounts('ada') })
    let changes = 0
    const stop = store.watch(() => {
      changes += 1
    })
    await store.discover()
    ports.files.delete(ACCOUNTS)
    await store.discover()
    expect(ports.clock.pending()).toBe(1)
    stop()
    expect(ports.clock.pending()).toBe(0)
    ports.clock.advance(60_000)
    expect(changes).toBe(0)
  })
})
