import { describe, expect, it } from 'vitest'
import { createCredentialStore } from '../store.ts'
import { fakeJwt, memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from '../testing.ts'
import { codexCli } from './codex-cli.ts'

const FILE = '/home/ada/.codex/auth.json'
const AUTH = 'https://api.openai.com/auth'

function claims(auth: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): string {
  return fakeJwt({ [AUTH]: auth, ...more })
}

async function find(file: unknown, changes = {}, place = FILE) {
  const ports = memoryPorts({ [place]: typeof file === 'string' ? file : JSON.stringify(file) })
  return codexCli.find(testEnvironment(changes), ports)
}

const access = claims(
  { chatgpt_account_id: 'account-1', chatgpt_user_id: 'user-1', chatgpt_plan_type: 'plus' },
  { exp: TEST_NOW / 1000 + 3600, 'https://api.openai.com/profile': { email: 'user@example.com' } },
)
const tokens = { access_token: access, refresh_token: 'rt_fake-refresh', account_id: 'account-1' }

describe("the Codex CLI's file", () => {
  it('is a login with account and user, and without its single-use refresh token', async () => {
    const { credentials, reports } = await find({ OPENAI_API_KEY: null, auth_mode: 'chatgpt', tokens })
    expect(credentials).toMatchObject([
      {
        provider: 'codex',
        source: 'codex-cli',
        owner: 'other',
        identity: { subject: 'user-1', workspace: 'account-1', email: 'user@example.com' },
        signInHint: 'codex login',
        secrets: { refreshToken: null, apiKey: null, accessExpiresAt: TEST_NOW + 3_600_000 },
        extra: { plan: 'plus', program: 'codex' },
      },
    ])
    expect(reports[0]).toMatchObject({ place: FILE, state: 'found', count: 1 })
  })

  it("goes by the access token's own end, never by that of the id_token or the last refresh (T10)", async () => {
    const id_token = claims({}, { exp: TEST_NOW / 1000 - 86_400 })
    const { credentials } = await find({ tokens: { ...tokens, id_token }, last_refresh: '2026-01-01T00:00:00.5Z' })
    expect(credentials[0]?.secrets.accessExpiresAt).toBe(TEST_NOW + 3_600_000)
    const opaque = await find({ tokens: { ...tokens, access_token: 'fake-opaque', id_token } })
    expect(opaque.credentials[0]?.secrets.accessExpiresAt).toBeNull()
  })

  it.each([
    [{ account_id: 'stored' }, 'stored'],
    [{ account_id: 'org-label' }, 'in-id'],
    [{ account_id: null }, 'in-id'],
    [{ account_id: null, id_token: 'no-jwt' }, 'in-access'],
    [{ account_id: null, id_token: undefined, access_token: 'fake-opaque' }, null],
  ])('takes the account from %j', async (changes, workspace) => {
    const both = {
      access_token: claims({ chatgpt_account_id: 'in-access' }),
      id_token: claims({ chatgpt_account_id: 'in-id' }),
    }
    const { credentials } = await find({ tokens: { ...both, ...changes } })
    expect(credentials[0]?.identity.workspace).toBe(workspace)
  })

  it('parts two members of a team, and two workspaces of one e-mail', async () => {
    const member = async (account: string, user: string) => {
      const access_token = claims({ chatgpt_account_id: account, user_id: user }, { email: 'team@example.com' })
      const { subject, workspace, email } = (await find({ tokens: { access_token } })).credentials[0]?.identity ?? {}
      return [subject, workspace, email]
    }
    expect(await member('team', 'user-1')).toEqual(['user-1', 'team', 'team@example.com'])
    expect(await member('team', 'user-2')).toEqual(['user-2', 'team', 'team@example.com'])
    expect(await member('own', 'user-1')).toEqual(['user-1', 'own', 'team@example.com'])
  })

  it('may have its keys in camel case', async () => {
    const camel = { accessToken: access, refreshToken: 'rt_fake', idToken: 'x', accountId: 'account-2' }
    expect((await find({ tokens: camel })).credentials).toMatchObject([{ identity: { workspace: 'account-2' } }])
  })

  it('with a key beside the login is that login', async () => {
    const { credentials } = await find({ OPENAI_API_KEY: 'sk-fake-key', tokens })
    expect(credentials.map((one) => [one.slot, one.secrets.apiKey])).toEqual([['chatgpt', null]])
  })

  it('with a key alone is listed, keeps no key, and says why there is no quota', async () => {
    const ports = memoryPorts({ [FILE]: '{"OPENAI_API_KEY":"sk-fake-key"}' })
    const store = createCredentialStore({ environment: testEnvironment(), ports, sources: [codexCli] })
    const { credentials, reports } = await store.discover()
    const [found] = credentials
    if (found === undefined) throw new Error('no login was found')
    expect(found.secrets).toEqual({ accessToken: null, accessExpiresAt: null, refreshToken: null, apiKey: null })
    expect(reports[0]?.detail).toBe('An API-key login has no quota of a plan.')
    const context = { send: scriptedSend(testReply(200, {})).send, now: TEST_NOW, signal: new AbortController().signal }
    await expect(store.access(found, context)).rejects.toMatchObject({
      code: 'api_key_login',
      message: 'Codex uses an API key, and such a login has no quota.',
    })
  })

  it('may hold a personal access token', async () => {
    const { credentials } = await find({ personal_access_token: 'at-fake-token' })
    expect(credentials[0]?.secrets.accessToken?.reveal()).toBe('at-fake-token')
  })

  it.each(['', '{', '[]', '"x"'])('is told as unreadable: %j', async (content) => {
    const { credentials, reports } = await find(content)
    expect(credentials).toEqual([])
    expect(reports[0]?.state).toBe('unreadable')
  })

  it.each([{}, { tokens: null }, { tokens: { access_token: 7 } }, { tokens: { access_token: 'two words' } }])(
    'without a login is empty: %j',
    async (content) => {
      expect((await find(content)).reports[0]?.state).toBe('empty')
    },
  )
})

describe("the Codex CLI's places", () => {
  it('are the newer and the older one, and CODEX_HOME alone when it is set (C31)', async () => {
    const older = '/home/ada/.config/codex/auth.json'
    expect((await find({ tokens }, {}, older)).credentials).toHaveLength(1)
    const own = await find({ tokens }, { codexHome: '/own' }, '/own/auth.json')
    expect(own.credentials).toHaveLength(1)
    expect(own.reports.map((one) => one.place)).toEqual(['/own/auth.json'])
    expect((await find({ tokens }, { codexHome: '/own' })).credentials).toEqual([])
    expect((await find({ tokens }, { codexHome: 'own' }, '/project/own/auth.json')).credentials).toHaveLength(1)
  })
})

describe('a login that has expired', () => {
  it('is read again, never refreshed, and names the command of its owner', async () => {
    const spent = claims({ chatgpt_user_id: 'user-1' }, { exp: TEST_NOW / 1000 - 1 })
    const ports = memoryPorts({ [FILE]: JSON.stringify({ tokens: { ...tokens, access_token: spent } }) })
    const store = createCredentialStore({ environment: testEnvironment(), ports, sources: [codexCli] })
    const [found] = (await store.discover()).credentials
    if (found === undefined) throw new Error('no login was found')
    const { send, requests } = scriptedSend(testReply(200, {}))
    const context = { send, now: TEST_NOW, signal: new AbortController().signal }
    await expect(store.access(found, context)).rejects.toMatchObject({
      code: 'credential_expired',
      hint: expect.stringContaining('`codex login`'),
    })
    ports.files.set(FILE, JSON.stringify({ tokens: { ...tokens, refresh_token: 'rt_fake-next' } }))
    expect((await store.access(found, context)).reveal()).toBe(access)
    expect(requests).toEqual([])
  })
})
