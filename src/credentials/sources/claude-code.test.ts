import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { GuardedRead, SourceEnvironment } from '../ports.ts'
import { createCredentialStore } from '../store.ts'
import { memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from '../testing.ts'
import { claudeCode } from './claude-code.ts'

const FILE = '/home/ada/.claude/.credentials.json'
const OWNER = '/home/ada/.claude.json'
const SERVICE = 'Claude Code-credentials'

function login(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    claudeAiOauth: {
      accessToken: 'sk-ant-oat01-fake-access',
      refreshToken: 'sk-ant-ort01-fake-refresh',
      expiresAt: TEST_NOW + 3_600_000,
      scopes: ['user:inference', 'user:profile'],
      subscriptionType: 'max',
      rateLimitTier: 'default_claude_max_20x',
      ...changes,
    },
  })
}

const owner = JSON.stringify({
  numStartups: 7,
  oauthAccount: { accountUuid: 'account-1', organizationUuid: 'org-1', emailAddress: 'user@example.com' },
})

const text = (value: string) => ({ kind: 'text', text: value }) as const

function setUp(files: Record<string, string | GuardedRead>, changes: Partial<SourceEnvironment> = {}) {
  const ports = memoryPorts(files)
  const environment = testEnvironment(changes)
  return { ports, environment, find: () => claudeCode.find(environment, ports) }
}

describe("Claude Code's file", () => {
  it('is a login with its owner, plan and scopes, and without its single-use refresh token', async () => {
    const { credentials, reports } = await setUp({ [FILE]: login(), [OWNER]: owner }).find()
    expect(credentials).toMatchObject([
      {
        provider: 'claude',
        source: 'claude-code',
        owner: 'other',
        origin: FILE,
        identity: { subject: 'account-1', workspace: 'org-1', email: 'user@example.com', login: null },
        signInHint: 'claude',
        secrets: { accessExpiresAt: TEST_NOW + 3_600_000, refreshToken: null, apiKey: null },
        extra: {
          scopes: 'user:inference user:profile',
          subscriptionType: 'max',
          rateLimitTier: 'default_claude_max_20x',
        },
      },
    ])
    expect(credentials[0]?.secrets.accessToken?.reveal()).toBe('sk-ant-oat01-fake-access')
    expect(reports).toMatchObject([{ place: FILE, state: 'found', count: 1 }])
  })

  it('is a login without anything but a token: its end is unknown, not over', async () => {
    const { find } = setUp({ [FILE]: '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-fake"}}' })
    const { credentials } = await find()
    expect(credentials).toMatchObject([{ secrets: { accessExpiresAt: null }, extra: {}, identity: { subject: null } }])
  })

  it('is another login to cooldowns once its owner has refreshed it', async () => {
    const [before] = (await setUp({ [FILE]: login() }).find()).credentials
    const [after] = (await setUp({ [FILE]: login({ refreshToken: 'sk-ant-ort01-fake-next' }) }).find()).credentials
    expect(before?.fingerprint).not.toBe(after?.fingerprint)
  })

  it('that holds only sign-ins of MCP servers is recognised, and no decode error', async () => {
    const { credentials, reports } = await setUp({ [FILE]: '{"mcpOAuth":{"a":{"accessToken":""}}}' }).find()
    expect(credentials).toEqual([])
    expect(reports).toMatchObject([
      { state: 'empty', detail: 'It holds only sign-ins of MCP servers, no Claude subscription.' },
    ])
  })

  it.each([
    ['a cut one', '{"claudeAiOauth":{"accessTo'],
    ['an empty one', ''],
    ['one that is no object', '[]'],
    ['one without a readable token', '{"claudeAiOauth":{"accessToken":"two words"}}'],
  ])('is told as unreadable when it is %s', async (_what, content) => {
    const { credentials, reports } = await setUp({ [FILE]: content }).find()
    expect(credentials).toEqual([])
    expect(reports[0]?.state).toBe('unreadable')
    expect(reports[0]?.detail).not.toContain('two words')
  })

  it('has no known owner when the file beside it is missing, damaged or too large', async () => {
    const tooLarge: GuardedRead = { kind: 'unreadable', reason: 'too_large', detail: '' }
    for (const beside of [undefined, '{', '{"oauthAccount":7}', tooLarge]) {
      const { find } = setUp(beside === undefined ? { [FILE]: login() } : { [FILE]: login(), [OWNER]: beside })
      expect((await find()).credentials).toMatchObject([{ identity: { subject: null, email: null } }])
    }
  })

  it.each<[string, Partial<SourceEnvironment>, string, string]>([
    ['CLAUDE_CONFIG_DIR', { claudeConfigDir: '/cfg' }, '/cfg/.credentials.json', '/cfg/.claude.json'],
    ['a relative one', { claudeConfigDir: 'cfg' }, '/project/cfg/.credentials.json', '/project/cfg/.claude.json'],
    ['a literal ~', { claudeConfigDir: '~/c' }, '/project/~/c/.credentials.json', '/project/~/c/.claude.json'],
    ['.config.json first', { claudeConfigDir: '/cfg' }, '/cfg/.credentials.json', '/cfg/.config.json'],
    [
      'a folder for the login alone',
      { claudeConfigDir: '/cfg', claudeSecureStorageConfigDir: '/safe' },
      '/safe/.credentials.json',
      '/cfg/.claude.json',
    ],
  ])('stands where its owner puts it: %s', async (_what, changes, file, beside) => {
    const files = { [file]: login(), [beside]: owner, [FILE]: login({ accessToken: 'sk-ant-oat01-fake-other' }) }
    const { credentials } = await setUp(files, changes).find()
    expect(credentials).toMatchObject([{ origin: file, identity: { subject: 'account-1' } }])
  })

  it('is left alone where there is no such provider', async () => {
    const { ports, find } = setUp({ [FILE]: login() }, { providers: new Map() })
    expect((await find()).credentials).toEqual([])
    expect(ports.touched).toEqual([])
  })
})

describe('the installed version', () => {
  const packed = '/usr/lib/node_modules/@anthropic-ai/claude-code'
  it.each([
    ['/home/ada/.local/share/claude/versions/2.1.120', {}, '2.1.120'],
    [`${packed}/cli.js`, { [`${packed}/package.json`]: '{"version":"2.2.3"}' }, '2.2.3'],
    [`${packed}/cli.js`, { [`${packed}/package.json`]: '{"version":"2.2.3\\r\\nx: y"}' }, undefined],
    [`${packed}/cli.js`, {}, undefined],
    ['/usr/bin/claude', {}, undefined],
  ])('is known by where the command really lies: %s', async (command, files, version) => {
    const { ports, find } = setUp({ [FILE]: login(), ...files })
    ports.commands.set('claude', command)
    expect((await find()).credentials[0]?.extra['clientVersion']).toBe(version)
  })
})

describe("Claude Code's entry in the keychain", () => {
  const mac = { platform: 'darwin' }

  it('comes before the file on macOS, which may be a leftover that ends later', async () => {
    const { ports, find } = setUp(
      { [FILE]: login({ expiresAt: TEST_NOW * 2, accessToken: 'sk-ant-oat01-fake-old' }) },
      mac,
    )
    ports.keychain.set(`${SERVICE}|ada`, text(login()))
    const { credentials, reports } = await find()
    expect(credentials.map((one) => [one.origin, one.secrets.accessToken?.reveal()])).toEqual([
      [`keychain: ${SERVICE}`, 'sk-ant-oat01-fake-access'],
    ])
    expect(reports.map((one) => [one.state, one.count])).toEqual([
      ['found', 1],
      ['empty', 0],
    ])
  })

  it('may be written in hex, and filed without an account', async () => {
    const { ports, find } = setUp({}, mac)
    ports.keychain.set(SERVICE, text(`${Buffer.from(login()).toString('hex')}\n`))
    expect((await find()).credentials).toHaveLength(1)
    expect(ports.keychainLooks).toEqual([`${SERVICE}|ada`, SERVICE])
  })

  it('has a name of its own with CLAUDE_CONFIG_DIR, the plain one second', async () => {
    const { ports, find } = setUp({}, { ...mac, claudeConfigDir: '/cfg' })
    const suffix = createHash('sha256').update('/cfg').digest('hex').slice(0, 8)
    await find()
    expect(ports.keychainLooks).toEqual([`${SERVICE}-${suffix}|ada`, `${SERVICE}-${suffix}`, `${SERVICE}|ada`, SERVICE])
    ports.keychain.set(`${SERVICE}-${suffix}`, text(login()))
    expect((await find()).credentials[0]?.origin).toBe(`keychain: ${SERVICE}-${suffix}`)
  })

  it('that holds something else is named, and the file is used', async () => {
    const { ports, find } = setUp({ [FILE]: login() }, mac)
    ports.keychain.set(`${SERVICE}|ada`, text('{"mcpOAuth":{}}'))
    const { credentials, reports } = await find()
    expect(credentials.map((one) => one.origin)).toEqual([FILE])
    expect(reports[0]).toMatchObject({ state: 'empty', detail: expect.stringContaining('MCP') })
  })

  it.each([
    ['denied', 'The keychain does not let tokstat read it: allow it there, or set CLAUDE_CODE_OAUTH_TOKEN.'],
    ['timeout', 'The keychain did not answer within 5 s: unlock it.'],
  ] as const)('that is %s is not the same as none', async (reason, detail) => {
    const { ports, find } = setUp({}, mac)
    ports.keychain.set(`${SERVICE}|ada`, { kind: 'unreadable', reason, detail: 'x' })
    expect((await find()).reports[0]).toMatchObject({ place: `keychain: ${SERVICE}`, state: 'unreadable', detail })
  })

  it('that never answers is given up after five seconds, and not asked again at once', async () => {
    const { ports, environment } = setUp({ [FILE]: login() }, { ...mac, claudeConfigDir: '/cfg' })
    let asked = 0
    const silent = {
      ...ports,
      readKeychain() {
        asked += 1
        return new Promise<never>(() => undefined)
      },
    }
    const finding = claudeCode.find(environment, silent)
    while (asked === 0) await new Promise(setImmediate)
    ports.clock.advance(5000)
    expect((await finding).reports[0]).toMatchObject({ state: 'unreadable', detail: expect.stringContaining('5 s') })
    expect(asked).toBe(1)
    expect(ports.clock.pending()).toBe(0)
  })

  it('is asked on Linux only when there is no file, and never on Windows', async () => {
    const withFile = setUp({ [FILE]: login() })
    await withFile.find()
    expect(withFile.ports.keychainLooks).toEqual([])
    const without = setUp({})
    without.ports.keychain.set(`${SERVICE}|ada`, text(login()))
    expect((await without.find()).credentials).toHaveLength(1)
    const windows = setUp({}, { platform: 'win32', home: 'C:\\ada' })
    expect((await windows.find()).reports.map((one) => one.place)).toEqual(['C:\\ada\\.claude\\.credentials.json'])
    expect(windows.ports.keychainLooks).toEqual([])
  })

  it('is described, but there is nothing to watch', async () => {
    const { ports, environment } = setUp({}, mac)
    const store = createCredentialStore({ environment, ports, sources: [claudeCode] })
    await store.discover()
    store.watch(() => undefined)
    expect([...ports.watches].flatMap((watch) => watch.paths)).toEqual([OWNER, FILE])
    expect(claudeCode.places(environment).map(({ place }) => place)).toContain(`keychain: ${SERVICE}`)
  })
})

describe('a login that has expired', () => {
  it('is read again, never refreshed, and names the command of its owner', async () => {
    const { ports, environment } = setUp({ [FILE]: login({ expiresAt: TEST_NOW - 1 }), [OWNER]: owner })
    const store = createCredentialStore({ environment, ports, sources: [claudeCode] })
    const [found] = (await store.discover()).credentials
    if (found === undefined) throw new Error('no login was found')
    const { send, requests } = scriptedSend(testReply(200, {}))
    const context = { send, now: TEST_NOW, signal: new AbortController().signal }
    await expect(store.access(found, context)).rejects.toMatchObject({
      code: 'credential_expired',
      hint: expect.stringContaining('`claude`'),
    })
    ports.files.set(FILE, login({ accessToken: 'sk-ant-oat01-fake-next', refreshToken: 'sk-ant-ort01-fake-next' }))
    expect((await store.access(found, context)).reveal()).toBe('sk-ant-oat01-fake-next')
    expect(requests).toEqual([])
  })
})
