import { describe, expect, it } from 'vitest'
import { fakeJwt, memoryPorts, TEST_NOW, testEnvironment } from '../testing.ts'
import { opencode } from './opencode.ts'

const AUTH = '/home/ada/.local/share/opencode/auth.json'

async function find(body: unknown, changes = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return opencode.find(testEnvironment(changes), memoryPorts({ [AUTH]: text }))
}

const google = {
  type: 'oauth',
  refresh: '1//fake-refresh|p-1|m-1',
  access: 'ya29.fake-access',
  expires: TEST_NOW + 60_000,
}

describe('Google entries', () => {
  it.each([
    ['google', 'antigravity'],
    ['google-agy', 'antigravity'],
    ['opencode-agy-auth', 'antigravity'],
    ['google-agy-auth', 'antigravity'],
    ['google-gemini-cli', 'gemini-cli'],
    ['gemini-cli', 'gemini-cli'],
    ['opencode-gemini-auth', 'gemini-cli'],
    ['gemini', 'gemini-cli'],
  ])('%s is a login of %s', async (key, provider) => {
    const found = await find({ [key]: { ...google, accountEmail: 'ada@example.com' } })
    const [credential] = found.credentials
    expect(credential).toMatchObject({
      provider,
      source: 'opencode',
      origin: AUTH,
      slot: key,
      extra: { project: 'm-1' },
    })
    expect(credential?.identity).toMatchObject({ email: 'ada@example.com', workspace: 'm-1' })
    expect(credential?.secrets.refreshToken?.reveal()).toBe('1//fake-refresh')
    expect(credential?.secrets.accessToken?.reveal()).toBe('ya29.fake-access')
    expect(credential?.secrets.accessExpiresAt).toBe(TEST_NOW + 60_000)
  })

  it('takes an end of 0 for unknown, not for 1970 (T15)', async () => {
    const found = await find({ google: { ...google, expires: 0 } })
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBeNull()
  })

  it('leaves an API key of Google alone, without a complaint', async () => {
    const found = await find({ google: { type: 'api', key: 'fake-key' } })
    expect(found.credentials).toEqual([])
    expect(found.reports[0]).toMatchObject({ state: 'empty', detail: null })
  })

  it('has one fingerprint while the access token changes', async () => {
    const one = await find({ google })
    const other = await find({ google: { ...google, access: 'ya29.fake-next' } })
    expect(other.credentials[0]?.fingerprint).toBe(one.credentials[0]?.fingerprint)
    expect(one.credentials[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/)
  })
})

describe('other entries', () => {
  it('reads Claude without keeping the refresh token that only OpenCode may spend', async () => {
    const found = await find({ anthropic: { type: 'oauth', access: 'fake-at', refresh: 'fake-rt', expires: TEST_NOW } })
    expect(found.credentials[0]).toMatchObject({ provider: 'claude', slot: 'anthropic' })
    expect(found.credentials[0]?.secrets.accessToken?.reveal()).toBe('fake-at')
    expect(found.credentials[0]?.secrets.refreshToken).toBeNull()
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBe(TEST_NOW)
  })

  it('starts Claude clean when its refresh token changed', async () => {
    const entry = { type: 'oauth', access: 'fake-at', refresh: 'fake-1' }
    const one = await find({ anthropic: entry })
    const other = await find({ anthropic: { ...entry, refresh: 'fake-2' } })
    expect(other.credentials[0]?.fingerprint).not.toBe(one.credentials[0]?.fingerprint)
  })

  it('takes the account id of Codex for its workspace', async () => {
    const found = await find({ openai: { type: 'oauth', access: 'fake-at', refresh: 'fake-rt', accountId: 'acc-1' } })
    expect(found.credentials[0]).toMatchObject({ provider: 'codex', identity: { workspace: 'acc-1' } })
    expect(found.credentials[0]?.secrets.refreshToken).toBeNull()
  })

  it("sends a company's Copilot token nowhere when its address cannot be read", async () => {
    const entry = { type: 'oauth', access: 'gho_fake', expires: 0, enterpriseUrl: 'localhost:8080' }
    const ports = memoryPorts({ [AUTH]: JSON.stringify({ 'github-copilot': entry }) })
    const found = await opencode.find(testEnvironment(), ports)
    expect(found.credentials).toEqual([])
    expect(found.reports[0]?.detail).toContain('1 entry could not be used')
  })

  it('reads the plain key of any provider that names its entry', async () => {
    const ports = memoryPorts({ [AUTH]: JSON.stringify({ uno: { type: 'api', key: 'fake-key' } }) })
    const changes = { openCodeKeys: new Map([['uno', 'one']]), providers: new Map([['one', 'api-key' as const]]) }
    const found = await opencode.find(testEnvironment(changes), ports)
    expect(found.credentials).toMatchObject([{ provider: 'one', slot: 'uno' }])
    expect(found.credentials[0]?.identity.subject).toBe(found.credentials[0]?.fingerprint)
  })

  it('reads Copilot: 0 is never, access before refresh, an enterprise host is kept', async () => {
    const found = await find({
      'github-copilot': {
        type: 'oauth',
        access: 'gho_fake',
        refresh: 'ghr_fake',
        expires: 0,
        enterpriseUrl: 'https://Company.ghe.com/x',
      },
    })
    expect(found.credentials[0]).toMatchObject({ provider: 'copilot', extra: { host: 'company.ghe.com' } })
    expect(found.credentials[0]?.secrets.accessToken?.reveal()).toBe('gho_fake')
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBeNull()
  })

  it('falls back to the refresh token of Copilot', async () => {
    const found = await find({ 'github-copilot': { type: 'oauth', refresh: 'gho_fake', expires: 0 } })
    expect(found.credentials[0]?.secrets.accessToken?.reveal()).toBe('gho_fake')
  })

  it.each(['key', 'access', 'token', 'apiKey', 'value'])('reads an API key under %s', async (name) => {
    const found = await find({
      openrouter: { type: 'api', [name]: 'sk-or-fake' },
      'nano-gpt': { [name]: 'sk-nano-fake' },
    })
    expect(found.credentials.map((one) => [one.provider, one.secrets.apiKey?.reveal()])).toEqual([
      ['openrouter', 'sk-or-fake'],
      ['nano-gpt', 'sk-nano-fake'],
    ])
  })

  it('reads an API key that is a bare string', async () => {
    const found = await find({ openrouter: 'sk-or-fake' })
    expect(found.credentials[0]?.secrets.apiKey?.reveal()).toBe('sk-or-fake')
  })
})

describe('the file', () => {
  it('hides no entry behind a broken one, and says how many were broken', async () => {
    const found = await find({ google: null, anthropic: { type: 'oauth' }, openrouter: 7, gemini: google, other: 'x' })
    expect(found.credentials.map((one) => one.slot)).toEqual(['gemini'])
    expect(found.reports[0]).toMatchObject({ state: 'found', count: 1 })
    expect(found.reports[0]?.detail).toContain('3 entries')
  })

  it('leaves alone the logins of providers that do not exist here', async () => {
    const found = await find(
      { google, anthropic: { type: 'oauth' } },
      { providers: new Map([['gemini-cli', 'google-oauth']]) },
    )
    expect(found.credentials).toEqual([])
    expect(found.reports[0]).toMatchObject({ state: 'empty', detail: null })
  })

  it.each(['', '{', '[]', '"x"', 'null'])('calls %j unreadable without quoting it', async (text) => {
    const found = await find(text)
    expect(found.reports[0]?.state).toBe('unreadable')
  })

  it('takes keys of the prototype for nothing special', async () => {
    const found = await find(
      '{"__proto__": {"type": "oauth"}, "constructor": 1, "google": {"type":"oauth","refresh":"1//fake-r"}}',
    )
    expect(found.credentials.map((one) => one.slot)).toEqual(['google'])
  })

  it.each([
    ['linux', { xdgDataHome: '/data' }, '/data/opencode/auth.json'],
    ['darwin', {}, '/home/ada/Library/Application Support/opencode/auth.json'],
    ['win32', { home: 'C:\\Users\\ada', appData: 'C:\\Roaming' }, 'C:\\Roaming\\opencode\\auth.json'],
    ['win32', { home: 'C:\\Users\\ada', localAppData: 'C:\\Local' }, 'C:\\Local\\opencode\\auth.json'],
  ])('is also looked for in the other places of %s', async (platform, changes, place) => {
    const ports = memoryPorts({ [place]: JSON.stringify({ google }) })
    const found = await opencode.find(testEnvironment({ platform, ...changes }), ports)
    expect(found.credentials.map((one) => one.origin)).toEqual([place])
  })

  it('knows account, user, plan and end of a Codex login by the claims of its tokens', async () => {
    const access = fakeJwt({
      exp: TEST_NOW / 1000 + 60,
      email: 'ada@example.com',
      'https://api.openai.com/auth': { chatgpt_account_id: 'account-1', user_id: 'user-1', chatgpt_plan_type: 'pro' },
    })
    const entry = { type: 'oauth', access, refresh: 'rt_fake', expires: TEST_NOW + 3_600_000, accountId: 'org-label' }
    const ports = memoryPorts({ '/home/ada/.local/share/opencode/auth.json': JSON.stringify({ chatgpt: entry }) })
    const { credentials } = await opencode.find(testEnvironment(), ports)
    expect(credentials).toMatchObject([
      {
        provider: 'codex',
        slot: 'chatgpt',
        identity: { subject: 'user-1', workspace: 'account-1', email: 'ada@example.com' },
        secrets: { refreshToken: null, accessExpiresAt: TEST_NOW + 60_000 },
        extra: { plan: 'pro' },
      },
    ])
  })
})
