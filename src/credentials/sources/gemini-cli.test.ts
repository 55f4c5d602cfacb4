import { describe, expect, it } from 'vitest'
import type { GuardedRead } from '../ports.ts'
import { memoryPorts, TEST_NOW, testEnvironment } from '../testing.ts'
import { geminiCli } from './gemini-cli.ts'

const LOGIN = '/home/ada/.gemini/oauth_creds.json'
const SETTINGS = '/home/ada/.gemini/settings.json'

function jwt(claims: unknown): string {
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`
}

const login = {
  access_token: 'ya29.fake-access',
  refresh_token: '1//fake-refresh',
  id_token: jwt({ email: 'ada@example.com', sub: '123', exp: 1 }),
  expiry_date: TEST_NOW + 60_000,
}

async function find(files: Record<string, string | GuardedRead>, changes = {}) {
  return geminiCli.find(testEnvironment(changes), memoryPorts(files))
}

describe('the login file', () => {
  it('gives tokens, their end, and who it is', async () => {
    const found = await find({ [LOGIN]: JSON.stringify(login) })
    const [credential] = found.credentials
    expect(credential).toMatchObject({
      provider: 'gemini-cli',
      origin: LOGIN,
      identity: { email: 'ada@example.com', subject: '123' },
      signInHint: 'gemini',
      updatedAt: TEST_NOW - 1000,
    })
    expect(credential?.secrets.refreshToken?.reveal()).toBe('1//fake-refresh')
    expect(credential?.secrets.accessToken?.reveal()).toBe('ya29.fake-access')
    // The id token's own end says nothing about the access token.
    expect(credential?.secrets.accessExpiresAt).toBe(TEST_NOW + 60_000)
  })

  it.each(['', 'x', 'x.y', 'x.%%%.z', jwt(7), jwt({ email: 5, sub: {} })])(
    'reads a login with the id token %j',
    async (id_token) => {
      const found = await find({ [LOGIN]: JSON.stringify({ ...login, id_token }) })
      expect(found.credentials[0]?.identity).toMatchObject({ email: null, subject: null })
    },
  )

  it('is in the folder that GEMINI_CLI_HOME names (C31)', async () => {
    const found = await find({ '/other/.gemini/oauth_creds.json': JSON.stringify(login) }, { geminiCliHome: '/other' })
    expect(found.credentials).toHaveLength(1)
  })

  it('without a token holds no login', async () => {
    const found = await find({ [LOGIN]: '{}' })
    expect(found.credentials).toEqual([])
    expect(found.reports[0]?.state).toBe('empty')
  })
})

describe('an API key login', () => {
  it.each([
    ['{"security":{"auth":{"selectedType":"gemini-api-key"}}}', 'api-key'],
    ['{"security":{"auth":{"selectedType":"api-key"}}}', 'api-key'],
    ['{"security":{"auth":{"selectedType":"vertex-ai"}}}', 'vertex-ai'],
    ['{"selectedAuthType":"vertex-ai"}', 'vertex-ai'],
    ['// note\n{"theme": "a//b", /* x */ "security":{"auth":{"selectedType":"api-key"}}}', 'api-key'],
  ])('is listed and named: %s', async (settings, kind) => {
    const found = await find({ [SETTINGS]: settings })
    expect(found.credentials).toMatchObject([{ origin: SETTINGS, extra: { login: kind }, unreadable: null }])
    expect(found.reports[1]?.detail).toContain('login has no quota')
  })

  it('keeps the name of the Google login before it', async () => {
    const found = await find({
      [LOGIN]: JSON.stringify(login),
      [SETTINGS]: '{"security":{"auth":{"selectedType":"api-key"}}}',
    })
    expect(found.credentials).toMatchObject([
      { origin: LOGIN, identity: { email: 'ada@example.com' }, extra: { login: 'api-key' } },
    ])
  })

  it.each(['{"security":{"auth":{"selectedType":"oauth-personal"}}}', '{}', '{', '[]', '{"security":1}'])(
    'is not read out of %s',
    async (settings) => {
      const found = await find({ [LOGIN]: JSON.stringify(login), [SETTINGS]: settings })
      expect(found.credentials).toMatchObject([{ extra: {} }])
      expect(found.reports[1]).toMatchObject({ place: SETTINGS, state: 'found', count: 0, detail: null })
    },
  )

  it('settings that cannot be read are named and stop nothing', async () => {
    const found = await find({
      [LOGIN]: JSON.stringify(login),
      [SETTINGS]: { kind: 'unreadable', reason: 'permission', detail: 'EACCES' },
    })
    expect(found.credentials).toHaveLength(1)
    expect(found.reports[1]).toMatchObject({ state: 'unreadable' })
  })
})

describe('how the files are read', () => {
  it('the login as JSON that may be in mid-write, the settings as they are, for they may hold comments', async () => {
    const ports = memoryPorts()
    const asked: string[][] = []
    await geminiCli.find(testEnvironment(), {
      ...ports,
      readText: (path, form) => {
        asked.push([path, form])
        return ports.readText(path, form)
      },
    })
    expect(asked).toEqual([
      [LOGIN, 'json'],
      [SETTINGS, 'text'],
    ])
  })
})
