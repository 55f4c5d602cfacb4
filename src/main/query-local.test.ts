import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startLanguageServer } from '../../test/helpers/fake-language-server.ts'
import { golden } from '../../test/helpers/golden.ts'
import { readEnvironment } from '../config/environment.ts'
import { loadConfig } from '../config/load.ts'
import { resolvePaths } from '../config/paths.ts'
import { fakeJwt, unifiedLogin, VECTOR } from '../credentials/antigravity-state/testing.ts'
import { AppError, type QueryAnswer, type QueryOptions } from '../model/app.ts'
import { systemClock } from '../platform/clock.ts'
import { memoryLog } from '../platform/testing.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { openLocalHost } from './local-host.ts'
import { openCredentialPorts } from './parts.ts'
import { queryAnswers } from './query.ts'

const ACCESS = 'ya29.fake-access-editor-abcd'
const REFRESH = '1//0fake-refresh-token-1234'
const STATE = '.config/Antigravity/User/globalStorage/state.vscdb'
const OPTIONS: QueryOptions = { source: 'antigravity-local', showSecrets: false, keychain: false }

interface Machine {
  readonly home: string
  /** The programs that run on it: those of other tests are not seen. */
  readonly pids: Set<number>
  path(name: string): string
  write(name: string, content: string): Promise<void>
  query(options?: Partial<QueryOptions>): Promise<readonly QueryAnswer[]>
}

/** A home of its own; the upstream is a port at which nobody listens. */
function makeMachine(searchPath = '/usr/bin:/bin'): Machine {
  const home = mkdtempSync(join(tmpdir(), 'tokstat-query-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const env = { HOME: home, PATH: searchPath, TOKSTAT_UPSTREAM: 'http://127.0.0.1:1' }
  const environment = readEnvironment({ env, cwd: home, platform: 'linux', home })
  const context: Context = { environment, paths: resolvePaths(environment), clock: systemClock() }
  const path = (name: string): string => join(home, name)
  const pids = new Set<number>()
  return {
    home,
    pids,
    path,
    async write(name, content) {
      await mkdir(dirname(path(name)), { recursive: true })
      writeFileSync(path(name), content)
    },
    async query(options = {}) {
      const { config } = await loadConfig({ paths: context.paths, environment, providers })
      const real = openLocalHost(context)
      const programs: typeof real.programs = async (name) =>
        (await real.programs(name)).filter(({ pid }) => pids.has(pid))
      const deps = { context, config, log: memoryLog().log, version: '0.0.0-test', local: { ...real, programs } }
      return queryAnswers(deps, { ...OPTIONS, ...options })
    },
  }
}

async function writeState(machine: Machine, rows: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(dirname(machine.path(STATE)), { recursive: true })
  const database = new DatabaseSync(machine.path(STATE))
  database.exec('CREATE TABLE ItemTable (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)')
  for (const [key, value] of Object.entries(rows)) {
    database.prepare('INSERT INTO ItemTable VALUES (?, ?)').run(key, Buffer.from(value))
  }
  database.close()
  await pause(15)
}

const ROWS = {
  antigravityAuthStatus: JSON.stringify({
    name: 'Ada',
    email: 'user@example.com',
    apiKey: ACCESS,
    userStatusProtoBinaryBase64: VECTOR,
  }),
  'antigravityUnifiedStateSync.oauthToken': unifiedLogin({ access: ACCESS, refresh: REFRESH }),
}

async function failureOf(asked: Promise<unknown>): Promise<AppError> {
  const failure: unknown = await asked.then(
    () => null,
    (error: unknown) => error,
  )
  if (!(failure instanceof AppError)) throw new Error('it did not fail as a command does')
  return failure
}

describe('query antigravity-local', () => {
  it('has the shape of the older script, secrets masked, and leaves the database as it was (F26)', async () => {
    const machine = makeMachine()
    await writeState(machine, ROWS)
    const before = [await readFile(machine.path(STATE)), (await stat(machine.path(STATE), { bigint: true })).mtimeNs]
    const answers = await machine.query()
    expect(answers).toHaveLength(1)
    expect(answers[0]).toMatchObject({
      source: 'antigravity-local',
      account: 'user@example.com',
      bare: true,
      problem: null,
    })
    const text = `${JSON.stringify(answers[0]?.answer, null, 2)}\n`
    expect(text).toBe(golden('query-antigravity-local.json', text))
    expect(text).not.toContain(ACCESS)
    expect(text).not.toContain(REFRESH)
    expect([await readFile(machine.path(STATE)), (await stat(machine.path(STATE), { bigint: true })).mtimeNs]).toEqual(
      before,
    )
  })

  it('adds the values when secrets are asked for (F27)', async () => {
    const machine = makeMachine()
    await writeState(machine, ROWS)
    const [answer] = await machine.query({ showSecrets: true })
    expect(answer?.answer).toMatchObject({
      auth: {
        cacheApiKey: { present: true, masked: 'ya29.f...abcd', value: ACCESS },
        refreshToken: { present: true, masked: '1//0fa...1234', value: REFRESH },
      },
    })
  })

  it('takes the refresh token of the same person from OpenCode, and of nobody else', async () => {
    const machine = makeMachine()
    await writeState(machine, { antigravityAuthStatus: ROWS.antigravityAuthStatus })
    const accounts = (email: string): string =>
      JSON.stringify({ version: 3, accounts: [{ email, refreshToken: REFRESH }], activeIndex: 0 })
    await machine.write('.config/opencode/antigravity-accounts.json', accounts('other@example.com'))
    expect((await machine.query())[0]?.answer).toMatchObject({ auth: { refreshToken: { present: false, masked: '' } } })
    await machine.write('.config/opencode/antigravity-accounts.json', accounts('user@example.com'))
    expect((await machine.query())[0]?.answer).toMatchObject({
      auth: {
        refreshToken: { present: true, masked: '1//0fa...1234' },
        oauthTokenBlob: { present: false, masked: '' },
      },
    })
  })

  it('says what came of a keychain that was named, and asks for none otherwise (F27)', async () => {
    const machine = makeMachine()
    await writeState(machine, ROWS)
    const [plain] = await machine.query({ keychain: true })
    expect(plain?.answer).not.toHaveProperty('auth.keychain')
    const [named] = await machine.query({ keychain: true, keychainService: 'Fake Storage' })
    expect(named?.answer).toMatchObject({
      auth: {
        keychain: { lookupRequested: true, service: 'Fake Storage', lookupError: 'Only macOS has this keychain.' },
      },
    })
    const [refused] = await machine.query({ keychain: false, keychainService: 'Fake Storage' })
    expect(refused?.answer).not.toHaveProperty('auth.keychain')
  })

  it('looks into no other tool’s keychain when it is to be left alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-tools-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const trace = join(folder, 'asked')
    writeFileSync(join(folder, 'secret-tool'), `#!/bin/sh\necho asked >> '${trace}'\nexit 1\n`)
    chmodSync(join(folder, 'secret-tool'), 0o755)
    const look = (keychain: boolean) => {
      const environment = readEnvironment({
        env: { HOME: folder, PATH: folder },
        cwd: folder,
        platform: 'linux',
        home: folder,
      })
      const context: Context = { environment, paths: resolvePaths(environment), clock: systemClock() }
      return openCredentialPorts(context, memoryLog().log, { keychain }).readKeychain('Fake Service', null)
    }
    expect(await look(false)).toEqual({ kind: 'absent' })
    expect(existsSync(trace)).toBe(false)
    await look(true)
    expect(existsSync(trace)).toBe(true)
  })

  it('names what is missing', async () => {
    const machine = makeMachine()
    expect(await failureOf(machine.query())).toMatchObject({ exitCode: 1, code: 'cache_not_found' })
    await writeState(machine, {})
    expect(await failureOf(machine.query())).toMatchObject({ exitCode: 1, code: 'cache_empty' })
    writeFileSync(machine.path(STATE), 'no database'.repeat(100))
    await pause(15)
    expect(await failureOf(machine.query())).toMatchObject({ exitCode: 1, code: 'cache_unreadable' })
  })
})

describe('query antigravity-server', () => {
  it('asks the running language server, past its own certificate, with its token (F29)', async () => {
    const server = await startLanguageServer({
      csrfToken: 'fake-csrf-token-value',
      answers: {
        GetUserStatus: {
          userStatus: {
            email: 'user@example.com',
            userTier: { id: 'g1-pro-tier', name: 'Google AI Pro' },
            echoed: { accessToken: ACCESS },
            cascadeModelConfigData: {
              clientModelConfigs: [
                { label: 'Gemini 3 Flash', quotaInfo: { remainingFraction: 0.29, resetTime: '2026-12-01T00:00:00Z' } },
                { label: 'GPT-OSS 120B (Medium)', quotaInfo: { resetTime: '2026-12-01T00:00:00Z' } },
              ],
            },
          },
        },
      },
    })
    onTestFinished(() => server.stop())
    const machine = makeMachine()
    machine.pids.add(server.pid)
    const [answer] = await machine.query({ source: 'antigravity-server' })
    expect(answer).toMatchObject({
      source: 'antigravity-server',
      account: 'user@example.com',
      answer: {
        email: 'user@example.com',
        plan: 'Google AI Pro',
        models: [
          { label: 'Gemini 3 Flash', model: 'gemini-3-flash', remaining: '29%', reset: '2026-12-01T00:00:00Z' },
          { label: 'GPT-OSS 120B (Medium)', model: 'gpt-oss-120b-medium', remaining: 'unknown' },
        ],
      },
    })
    expect(JSON.stringify(answer)).not.toContain(ACCESS)
  })

  it('says that none is running', async () => {
    const asked = makeMachine().query({ source: 'antigravity-server' })
    expect(await failureOf(asked)).toMatchObject({ exitCode: 1, code: 'not_running' })
  })
})

describe('query gemini-oauth-creds', () => {
  it('tells who, for which client, which scopes and until when; tokens masked (F31)', async () => {
    const machine = makeMachine()
    const idToken = fakeJwt({ email: 'user@example.com', sub: '1001', aud: 'fake-client.apps.googleusercontent.com' })
    const file = {
      access_token: ACCESS,
      refresh_token: REFRESH,
      id_token: idToken,
      scope: 'openid email',
      expiry_date: 1_700_000_000_000,
    }
    await machine.write('.gemini/oauth_creds.json', JSON.stringify(file))
    const [answer] = await machine.query({ source: 'gemini-oauth-creds' })
    expect(answer?.answer).toEqual({
      source: 'Gemini CLI (oauth_creds.json)',
      identity: { email: 'user@example.com', subject: '1001', audience: 'fake-client.apps.googleusercontent.com' },
      scopes: ['openid', 'email'],
      expiresAt: '2023-11-14T22:13:20Z',
      expired: true,
      auth: {
        accessToken: { present: true, masked: 'ya29.f...abcd' },
        refreshToken: { present: true, masked: '1//0fa...1234' },
        idToken: { present: true, masked: `${idToken.slice(0, 6)}...ture` },
      },
    })
  })

  it('says that there is no login, or none that can be read', async () => {
    const machine = makeMachine()
    const source = 'gemini-oauth-creds'
    expect(await failureOf(machine.query({ source }))).toMatchObject({ exitCode: 2, code: 'signed_out' })
    await machine.write('.gemini/oauth_creds.json', '[]')
    expect(await failureOf(machine.query({ source }))).toMatchObject({ exitCode: 1, code: 'credential_unreadable' })
  })
})

describe('query all', () => {
  it('goes on past everything that fails, and names each of it (F30)', async () => {
    const machine = makeMachine()
    await writeState(machine, ROWS)
    const answers = await machine.query({ source: 'all' })
    const words = answers.map(({ source }) => source)
    for (const { id } of providers) expect(words).toContain(id)
    const bySource = new Map(answers.map((answer) => [answer.source, answer]))
    expect(bySource.get('antigravity-local')?.problem).toBeNull()
    expect(bySource.get('antigravity-server')?.problem?.code).toBe('not_running')
    expect(bySource.get('gemini-oauth-creds')?.problem?.code).toBe('signed_out')
    expect(bySource.get('claude')?.problem?.code).toBe('signed_out')
    expect(JSON.stringify(answers)).not.toContain('fake-refresh')
  })
})

describe('query antigravity', () => {
  it('asks agy too where it is installed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-agy-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const usage = JSON.stringify({ status: 'SUCCESS', access_token: ACCESS })
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo 1.1.27; else echo '${usage}'; fi\n`
    writeFileSync(join(folder, 'agy'), script)
    chmodSync(join(folder, 'agy'), 0o755)
    const answers = await makeMachine(folder).query({ source: 'antigravity' })
    expect(answers).toEqual([
      {
        source: 'antigravity',
        account: null,
        answer: { agy: { status: 'SUCCESS', access_token: 'ya29.f...abcd' } },
        problem: null,
      },
    ])
  })
})
