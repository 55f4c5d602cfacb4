import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccessContext } from '../model/ports.ts'
import { Secret } from '../model/secret.ts'
import { SOURCES } from './sources/all.ts'
import { createCredentialStore } from './store.ts'
import { memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from './testing.ts'

/** Canaries: one text a secret, so that a leak names itself. */
const CANARIES = [
  '1//canary-refresh-AAAA',
  'ya29.canary-access-BBBB',
  'canary-api-key-CCCC',
  'canary-client-DDDD',
  'canary-answer-EEEE',
]
const [REFRESH, ACCESS, KEY, CLIENT_SECRET, ANSWER] = CANARIES as [string, string, string, string, string]

const FILES: Readonly<Record<string, string>> = {
  '/project/antigravity-accounts.json': JSON.stringify({
    accounts: [{ email: 'ada@example.com', refreshToken: `${REFRESH}|p|m`, access: ACCESS, expires: TEST_NOW - 1 }],
  }),
  '/home/ada/.local/share/opencode/auth.json': JSON.stringify({
    google: { type: 'oauth', refresh: REFRESH, access: ACCESS },
    anthropic: { type: 'oauth', refresh: REFRESH, access: ACCESS, expires: 1_600_000_000_000 },
    openrouter: { type: 'api', key: KEY },
    'github-copilot': { type: 'oauth', access: `${ACCESS}\nbroken` },
  }),
  '/home/ada/.claude/.credentials.json': JSON.stringify({
    claudeAiOauth: { accessToken: ACCESS, refreshToken: REFRESH, expiresAt: 1_600_000_000_000 },
    mcpOAuth: { server: { accessToken: KEY } },
  }),
  '/home/ada/.codex/auth.json': JSON.stringify({
    OPENAI_API_KEY: KEY,
    tokens: { access_token: ACCESS, refresh_token: REFRESH, id_token: `a.${ACCESS}.b` },
  }),
  '/home/ada/.config/codex/auth.json': JSON.stringify({ OPENAI_API_KEY: KEY }),
  '/home/ada/.gemini/oauth_creds.json': JSON.stringify({
    refresh_token: REFRESH,
    access_token: ACCESS,
    id_token: `a.${ACCESS}.b`,
  }),
  '/home/ada/.cli-proxy-api/antigravity-a.json': `{"refresh_token": "${REFRESH}", broken`,
  '/home/ada/.config/github-copilot/apps.json': JSON.stringify({
    'github.com:Iv1.fake': { user: 'ada', oauth_token: ACCESS },
    broken: { oauth_token: ACCESS },
  }),
  '/home/ada/.config/gh/hosts.yml': `github.com:\n    user: ada\n    oauth_token: ${ACCESS}\n`,
  '/home/ada/.cli-proxy-api/codex-a.json': JSON.stringify({
    type: 'codex',
    access_token: ACCESS,
    refresh_token: REFRESH,
  }),
}

/** Every way in which a value becomes text, of everything that hangs on it. */
function everyForm(value: unknown): string {
  const shown = inspect(value, { depth: 20, showHidden: true, getters: true })
  const error =
    value instanceof Error ? [value.message, value.stack ?? '', String(value.cause), JSON.stringify(value)] : []
  return [String(value), JSON.stringify(value) ?? '', shown, ...error].join('\n')
}

function leaksIn(text: string): readonly string[] {
  return CANARIES.filter((canary) => {
    const bytes = Buffer.from(canary)
    const forms = [
      canary,
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      encodeURIComponent(canary),
    ]
    return forms.some((form) => text.toLowerCase().includes(form.toLowerCase()))
  })
}

function context(send: AccessContext['send']): AccessContext {
  return { send, now: TEST_NOW, signal: new AbortController().signal }
}

describe('the canary itself', () => {
  it.each(CANARIES)('finds %s in plain, base64 and hex', (canary) => {
    expect(leaksIn(`x ${canary}`)).toEqual([canary])
    expect(leaksIn(Buffer.from(canary).toString('hex'))).toEqual([canary])
    expect(leaksIn(Buffer.from(canary).toString('base64'))).toEqual([canary])
    expect(leaksIn(everyForm(new Secret(canary)))).toEqual([])
  })
})

describe('no secret shows', () => {
  const clients = [
    {
      provider: 'antigravity',
      id: '1-a.apps.googleusercontent.com',
      secret: new Secret(CLIENT_SECRET),
      origin: 'environment',
    },
  ]
  const answers = [
    testReply(400, { error: 'invalid_grant', error_description: `${ANSWER} ${REFRESH}` }),
    testReply(401, { error: 'unauthorized_client', error_description: ANSWER }),
    testReply(400, { error: ANSWER }),
    testReply(429, { error: ANSWER }),
    testReply(502, `<html>${ANSWER}`),
    testReply(200, `{"access_token": "${ANSWER}`),
    testReply(200, { access_token: ANSWER }),
    new Error(`socket closed after ${REFRESH}`),
  ]

  it.each(answers.map((answer, index) => [index, answer] as const))(
    'in logins, reports, errors or the log (answer %i)',
    async (_index, answer) => {
      const ports = memoryPorts(FILES)
      const store = createCredentialStore({ environment: testEnvironment({ googleClients: clients }), ports })
      const found = await store.discover()
      expect(found.credentials.length).toBeGreaterThanOrEqual(11)
      const seen: unknown[] = [found, store, ports.lines]
      for (const credential of found.credentials) {
        // What the transport throws is its own; ours to judge is what is made here.
        const outcome = await store
          .access(credential, context(scriptedSend(answer).send))
          .catch((error: unknown) => error)
        if (outcome !== answer) seen.push(outcome)
      }
      for (const [path] of ports.files) ports.files.set(path, '{ torn')
      seen.push(await store.discover(), ports.lines)
      expect(seen.flatMap((value) => leaksIn(everyForm(value)))).toEqual([])
    },
  )
})

describe('any content of a login file', () => {
  const paths = [
    '/project/antigravity-accounts.json',
    '/home/ada/.local/share/opencode/auth.json',
    '/home/ada/.gemini/oauth_creds.json',
    '/home/ada/.gemini/settings.json',
    '/home/ada/.cli-proxy-api/antigravity-a.json',
    '/home/ada/.cli-proxy-api/claude-a.json',
    '/home/ada/.claude/.credentials.json',
    '/home/ada/.claude.json',
    '/home/ada/.codex/auth.json',
    '/home/ada/.config/github-copilot/apps.json',
    '/home/ada/.config/gh/hosts.yml',
  ]
  const keys = fc.constantFrom(
    ...[
      'accounts',
      'version',
      'activeIndex',
      'activeIndexByFamily',
      'refreshToken',
      'refresh',
      'refresh_token',
      'access',
    ],
    ...[
      'access_token',
      'id_token',
      'oauth_token',
      'github.com',
      'expires',
      'expiry_date',
      'type',
      'token',
      'google',
      'gemini',
      'anthropic',
      'openai',
    ],
    ...['claudeAiOauth', 'accessToken', 'expiresAt', 'scopes', 'mcpOAuth', 'oauthAccount', 'accountUuid', 'tokens'],
    ...[
      'github-copilot',
      'openrouter',
      'nano-gpt',
      'security',
      'auth',
      'selectedType',
      'rateLimitResetTimes',
      '__proto__',
    ],
  )
  const leaf = fc.oneof(
    fc.string(),
    fc.constantFrom('oauth', 'api', '1//fake|p|m', '||', 'a.b.c'),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 8 }),
    ),
  }))
  const text = fc.oneof(
    { weight: 5, arbitrary: value.map((one) => JSON.stringify(one) ?? '') },
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: value.map((one) => (JSON.stringify(one) ?? '').slice(0, -1)) },
  )

  it.each(paths)('never throws and never makes a secret of anything but a token: %s', async (path) => {
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        for (const source of SOURCES) {
          const ports = memoryPorts({ [path]: content })
          const { credentials, reports } = await source.find(testEnvironment(), ports)
          for (const { secrets, fingerprint, slot } of credentials) {
            expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
            expect(slot).not.toBe('')
            for (const secret of [secrets.accessToken, secrets.refreshToken, secrets.apiKey]) {
              if (secret !== null) expect(secret.reveal()).toMatch(/^[\x21-\x7e]+$/)
            }
            if (secrets.accessExpiresAt !== null) expect(Number.isSafeInteger(secrets.accessExpiresAt)).toBe(true)
          }
          const counted = reports.reduce((sum, report) => sum + report.count, 0)
          expect(counted).toBeGreaterThanOrEqual(credentials.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('finds logins at all in what is generated', async () => {
    const samples = fc.sample(text, { numRuns: 3000, seed: 7 })
    let logins = 0
    for (const content of samples) {
      for (const source of SOURCES) {
        for (const path of paths) {
          if (!source.places(testEnvironment()).some(({ place }) => path.startsWith(place))) continue
          logins += (await source.find(testEnvironment(), memoryPorts({ [path]: content }))).credentials.length
        }
      }
    }
    expect(logins).toBeGreaterThan(20)
  })
})
