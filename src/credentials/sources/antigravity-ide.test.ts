import { describe, expect, it } from 'vitest'
import type { Credential } from '../../model/credential.ts'
import { fakeJwt, modelBytes, unified, unifiedLogin, userStatus, VECTOR } from '../antigravity-state/testing.ts'
import type { SourceEnvironment } from '../ports.ts'
import { type MemoryPorts, memoryPorts, TEST_NOW, testEnvironment } from '../testing.ts'
import { antigravityIde } from './antigravity-ide.ts'

const STATE = '/home/ada/.config/Antigravity/User/globalStorage/state.vscdb'
const AGY = '/home/ada/.gemini/antigravity-cli/antigravity-oauth-token'
const ACCESS = 'ya29.fake-access-editor'
const REFRESH = '1//fake-refresh-token-ada'

const auth = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    name: 'Ada',
    email: 'user@example.com',
    apiKey: ACCESS,
    userStatusProtoBinaryBase64: VECTOR,
    ...changes,
  })

function machine(rows: Readonly<Record<string, string>>, path: string = STATE): MemoryPorts {
  const ports = memoryPorts()
  ports.databases.set(path, rows)
  return ports
}

const look = (ports: MemoryPorts, environment: Partial<SourceEnvironment> = {}) =>
  antigravityIde.find(testEnvironment(environment), ports)

const bySlot = (credentials: readonly Credential[], slot: string): Credential => {
  const found = credentials.find((one) => one.slot === slot)
  if (found === undefined) throw new Error(`no credential ${slot}`)
  return found
}

describe('the state of the Antigravity editor', () => {
  it('gives its login and what it cached, as two credentials of one person', async () => {
    const { credentials, reports } = await look(machine({ antigravityAuthStatus: auth() }))
    expect(credentials.map(({ slot, local, identity }) => [slot, local, identity.email])).toEqual([
      ['login', undefined, 'user@example.com'],
      ['cache', true, 'user@example.com'],
    ])
    const login = bySlot(credentials, 'login')
    expect(login).toMatchObject({ provider: 'antigravity', source: 'antigravity-ide', owner: 'other', updatedAt: null })
    expect(login.secrets.accessToken?.reveal()).toBe(ACCESS)
    expect(login.secrets.refreshToken).toBeNull()
    expect(JSON.parse(bySlot(credentials, 'cache').extra['cache'] ?? '')).toEqual({
      models: [
        { label: 'Claude Sonnet 4.6 (Thinking)', left: 0.85, reset: Date.parse('2026-02-28T16:53:08Z') },
        { label: 'Gemini 3.1 Pro (High)', left: 0.2, reset: Date.parse('2026-02-24T07:25:48Z') },
        { label: 'GPT-OSS 120B (Medium)', left: null, reset: Date.parse('2026-02-24T07:25:48Z') },
      ],
      dropped: 0,
      writtenAt: TEST_NOW - 1000,
    })
    expect(reports.find(({ place }) => place === STATE)).toMatchObject({ state: 'found', count: 2, detail: null })
  })

  it('takes the refresh token of the newer state, its expiry and who it is', async () => {
    const login = unifiedLogin({
      access: 'ya29.fake-access-newer',
      refresh: REFRESH,
      expirySeconds: 1_795_338_000,
      idToken: fakeJwt({ sub: '1001', email: 'other@example.com' }),
    })
    const { credentials } = await look(
      machine({ antigravityAuthStatus: auth(), 'antigravityUnifiedStateSync.oauthToken': login }),
    )
    const found = bySlot(credentials, 'login')
    expect(found.secrets.refreshToken?.reveal()).toBe(REFRESH)
    expect(found.secrets.accessToken?.reveal()).toBe('ya29.fake-access-newer')
    expect(found.secrets.accessExpiresAt).toBe(1_795_338_000_000)
    expect(found.identity).toMatchObject({ subject: '1001', email: 'user@example.com' })
  })

  it('keeps the fingerprints while the access token changes and the cache is written anew', async () => {
    const login = unifiedLogin({ refresh: REFRESH })
    const rows = { 'antigravityUnifiedStateSync.oauthToken': login }
    const first = await look(machine({ ...rows, antigravityAuthStatus: auth() }))
    const status = userStatus('user@example.com', [modelBytes({ label: 'A', left: 0.1 })])
    const second = await look(
      machine({
        ...rows,
        antigravityAuthStatus: auth({ apiKey: 'ya29.fake-access-2', userStatusProtoBinaryBase64: status }),
      }),
    )
    expect(second.credentials.map((one) => one.fingerprint)).toEqual(first.credentials.map((one) => one.fingerprint))
  })

  it('shows the status with the later resets when the two rows differ', async () => {
    const later = userStatus('user@example.com', [
      modelBytes({ label: 'Newer', left: 0.5, resetSeconds: 1_795_000_000 }),
    ])
    const { credentials } = await look(
      machine({
        antigravityAuthStatus: auth(),
        'antigravityUnifiedStateSync.userStatus': unified('userStatusSentinelKey', later),
      }),
    )
    expect(bySlot(credentials, 'cache').extra['cache']).toContain('"Newer"')
  })

  it('keeps the login when the status is broken, and says so', async () => {
    const { credentials, reports } = await look(
      machine({ antigravityAuthStatus: auth({ userStatusProtoBinaryBase64: '/w==' }) }),
    )
    expect(credentials.map(({ slot }) => slot)).toEqual(['login'])
    expect(reports.find(({ place }) => place === STATE)?.detail).toContain('could not be understood')
  })

  it.each([
    ['nothing of ours', {}],
    ['a row that is no JSON', { antigravityAuthStatus: '{"email":' }],
    ['JSON that is no object', { antigravityAuthStatus: '[]' }],
  ])('is empty with %s', async (_what, rows) => {
    const { credentials, reports } = await look(machine(rows))
    expect(credentials).toEqual([])
    expect(reports.find(({ place }) => place === STATE)?.state).toBe('empty')
  })

  it('caches nothing for nobody: without an e-mail there is a login alone', async () => {
    const status = userStatus('', [modelBytes({ label: 'A', left: 0.1 })])
    const { credentials } = await look(
      machine({ antigravityAuthStatus: JSON.stringify({ apiKey: ACCESS, userStatusProtoBinaryBase64: status }) }),
    )
    expect(credentials.map(({ slot }) => slot)).toEqual(['login'])
  })

  it('names a database that cannot be read, without a byte of it', async () => {
    const ports = memoryPorts()
    ports.databases.set(STATE, { kind: 'unreadable', reason: 'too_large', detail: 'secret detail' })
    const { reports } = await look(ports)
    expect(reports.find(({ place }) => place === STATE)).toMatchObject({ state: 'unreadable' })
    expect(JSON.stringify(reports)).not.toContain('secret detail')
  })

  it('puts no token where it could be shown', async () => {
    const { credentials, reports } = await look(
      machine({
        antigravityAuthStatus: auth(),
        'antigravityUnifiedStateSync.oauthToken': unifiedLogin({ refresh: REFRESH }),
      }),
    )
    const shown = JSON.stringify([credentials, reports])
    expect(shown).not.toContain('fake-access')
    expect(shown).not.toContain('fake-refresh')
  })
})

describe('the places of the editor', () => {
  it.each<[string, Partial<SourceEnvironment>, readonly string[]]>([
    [
      'linux',
      { xdgConfigHome: '/xdg' },
      ['/xdg/Antigravity IDE/User/globalStorage/state.vscdb', '/xdg/Antigravity/User/globalStorage/state.vscdb'],
    ],
    [
      'darwin',
      { platform: 'darwin', home: '/Users/ada' },
      ['/Users/ada/Library/Application Support/Antigravity/User/globalStorage/state.vscdb'],
    ],
    [
      'win32',
      { platform: 'win32', home: 'C:\\ada', appData: 'C:\\ada\\r' },
      ['C:\\ada\\r\\Antigravity IDE\\User\\globalStorage\\state.vscdb'],
    ],
    ['portable', { antigravityPortable: '/opt/ag/data' }, ['/opt/ag/data/user-data/User/globalStorage/state.vscdb']],
  ])('are those of %s', (_platform, environment, expected) => {
    const places = antigravityIde.places(testEnvironment(environment)).map(({ place }) => place)
    for (const place of expected) expect(places).toContain(place)
  })

  it('are busy ones: the editor writes there all the time; the file of agy is not', () => {
    const busy = antigravityIde.places(testEnvironment()).filter(({ isBusy }) => isBusy === true)
    expect(busy.map(({ place }) => place)).toContain(STATE)
    expect(busy.map(({ place }) => place)).not.toContain(AGY)
  })
})

describe('the login file of agy', () => {
  const file = (token: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ token, id_token: fakeJwt({ email: 'user@example.com', sub: '1001' }) })

  it('is a login, and a command that may be asked; its expiry has nanoseconds and an offset', async () => {
    const token = { access_token: ACCESS, refresh_token: REFRESH, expiry: '2026-11-22T04:16:36.740624162-05:00' }
    const ports = memoryPorts({ [AGY]: file(token) })
    const { credentials } = await look(ports)
    const login = bySlot(credentials, 'agy')
    expect(login.secrets.accessExpiresAt).toBe(Date.parse('2026-11-22T09:16:36.740Z'))
    expect(login.identity).toMatchObject({ email: 'user@example.com', subject: '1001' })
    const command = bySlot(credentials, 'agy command')
    expect(command).toMatchObject({ local: true, extra: { local: 'agy' }, identity: login.identity })
    expect(command.fingerprint).not.toBe(login.fingerprint)
    expect(command.secrets.refreshToken).toBeNull()
  })

  it.each([
    ['{}', 'unreadable'],
    ['{"token":{}}', 'empty'],
    ['{"token":', 'unreadable'],
  ])('%s is %s', async (text, state) => {
    const { reports, credentials } = await look(memoryPorts({ [AGY]: text }))
    expect(credentials).toEqual([])
    expect(reports.find(({ place }) => place === AGY)?.state).toBe(state)
  })
})
