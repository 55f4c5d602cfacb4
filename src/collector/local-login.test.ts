import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { Credential } from '../model/credential.ts'
import { QuotaError } from '../model/problem.ts'
import type { LocalHost, Provider, ProviderHost } from '../model/provider.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../model/reading.ts'
import { HOUR_MS, MINUTE_MS, plusMs } from '../model/time.ts'
import { type AttemptTarget, runAttempt } from './attempt.ts'
import { createCooldowns } from './cooldowns.ts'
import { testEngine } from './engine-testing.ts'
import { buildRoster } from './roster.ts'
import { createClockSkew } from './skew.ts'
import { createSlots } from './slots.ts'
import {
  testCredential,
  testFile,
  testLog,
  testProvider,
  testReading,
  testSend,
  testSettings,
  testStore,
} from './testing.ts'

const identity = { ...UNKNOWN_IDENTITY, email: 'ada@example.com' }
const login = testCredential({
  provider: 'antigravity',
  source: 'antigravity-accounts',
  identity,
  fingerprint: 'f-login',
})
const cache: Credential = {
  ...testCredential({
    provider: 'antigravity',
    source: 'antigravity-ide',
    slot: 'cache',
    identity,
    fingerprint: 'f-cache',
  }),
  local: true,
}
const revoked = new QuotaError({ code: 'credential_revoked', message: 'The login was revoked.' })
const offline = new QuotaError({ code: 'network', message: 'No connection.' })

const noPrograms: LocalHost = {
  programs: async () => [],
  portsOf: async () => [],
  ask: async () => ({ status: 404, body: '' }),
  runOwner: async () => ({ kind: 'missing' }),
}

interface Facts {
  readonly login?: Reading | QuotaError
  readonly cache?: Reading | QuotaError
  readonly target?: Partial<AttemptTarget>
  readonly providerSettings?: Readonly<Record<string, unknown>>
  readonly credentials?: readonly Credential[]
}

function setUp(facts: Facts = {}) {
  const { clock } = fakeClock()
  const log = testLog()
  const settings = () => testSettings({ providerSettings: facts.providerSettings ?? {} })
  const asked: string[] = []
  const hosts: ProviderHost[] = []
  const store = testStore()
  const provider = testProvider({
    id: 'antigravity',
    read: async (credential: Credential, host: ProviderHost) => {
      asked.push(credential.slot)
      hosts.push(host)
      const answer = credential.local === true ? facts.cache : facts.login
      if (answer instanceof QuotaError) throw answer
      return answer ?? testReading()
    },
  })
  const deps = {
    ...{ clock, log, store, settings, tokenHosts: [], version: '0', local: noPrograms },
    send: testSend().send,
    cooldowns: createCooldowns({ clock, log, settings, file: testFile(), random: () => 0 }),
    hostSlots: createSlots({ total: () => 99, perKey: () => 8 }),
    skew: createClockSkew(log),
    platform: { os: 'linux', arch: 'x64' },
  }
  const credentials = facts.credentials ?? [login, cache]
  const target = { account: 'antigravity/ada@example.com', provider, credentials, ...facts.target }
  const run = (more: Partial<AttemptTarget> = {}) =>
    runAttempt(deps, { ...target, ...more }, new AbortController().signal)
  return { clock, asked, hosts, store, provider, run }
}

const NOW = fakeClock().clock.now()
const old = testReading({ via: 'cache', observedAt: plusMs(NOW, -HOUR_MS) })
const last = (ageMs: number) => ({ reading: testReading({ via: 'remote' }), observedAt: plusMs(NOW, -ageMs) })

describe('what can be read locally', () => {
  it('is not looked at while a login answers', async () => {
    const { run, asked } = setUp({ cache: old })
    expect(await run()).toMatchObject({ kind: 'read', credential: { slot: 'claude-code' } })
    expect(asked).toEqual(['claude-code'])
  })

  it('stands in for a login that needs its owner, dated as old as it is, with a remark', async () => {
    const { run } = setUp({ login: revoked, cache: old })
    const outcome = await run()
    expect(outcome).toMatchObject({ kind: 'read', observedAt: plusMs(NOW, -HOUR_MS), reading: { via: 'cache' } })
    expect(outcome.kind === 'read' && outcome.reading.notes).toEqual([
      { code: 'partial', message: 'The login itself could not be used: The login was revoked.' },
    ])
  })

  it('never takes the place of a newer reading: then the login’s trouble is told', async () => {
    const { run } = setUp({ login: revoked, cache: old, target: { last: last(MINUTE_MS) } })
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'credential_revoked' } })
  })

  it('takes the place of an older one', async () => {
    const { run } = setUp({ login: revoked, cache: old, target: { last: last(2 * HOUR_MS) } })
    expect(await run()).toMatchObject({ kind: 'read', reading: { via: 'cache' } })
  })

  it('keeps the last reading and its age where there is no login and the cache is older', async () => {
    const { run } = setUp({ cache: old, credentials: [cache], target: { last: last(MINUTE_MS) } })
    expect(await run()).toMatchObject({
      kind: 'read',
      observedAt: plusMs(NOW, -MINUTE_MS),
      reading: { via: 'remote', notes: [] },
    })
  })

  it('does not hide that the service cannot be reached', async () => {
    const { run, asked } = setUp({ login: offline, cache: old })
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'network' } })
    expect(asked).toEqual(['claude-code'])
  })

  it('tells the login’s trouble when the local place has none to offer', async () => {
    const empty = new QuotaError({ code: 'no_quota_reported', message: 'Nothing cached.' })
    expect(await setUp({ login: revoked, cache: empty }).run()).toMatchObject({ error: { code: 'credential_revoked' } })
    expect(await setUp({ cache: empty, credentials: [cache] }).run()).toMatchObject({
      error: { code: 'no_quota_reported' },
    })
  })

  it('is asked for without a token, after at most three logins', async () => {
    const logins = [1, 2, 3, 4].map((index) => ({ ...login, slot: `login ${index}`, fingerprint: `f${index}` }))
    const { run, asked, hosts, store } = setUp({ login: revoked, cache: old, credentials: [...logins, cache] })
    await run()
    expect(asked).toEqual(['login 1', 'login 2', 'login 3', 'cache'])
    expect(hosts.at(-1)?.access.reveal()).toBe('')
    expect(store.renewals).toBe(0)
  })

  it('is not read when its file cannot be', async () => {
    const { run, asked, store } = setUp({ credentials: [{ ...cache, unreadable: 'It could not be read.' }] })
    store.access = () => Promise.reject(new QuotaError({ code: 'credential_unreadable', message: 'Unreadable.' }))
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'credential_unreadable' } })
    expect(asked).toEqual([])
  })

  it('comes last among the logins of an account, which stays one account (same person)', () => {
    const [account, ...more] = buildRoster({
      credentials: [cache, login],
      providers: [{ id: 'antigravity', auth: 'google-oauth', sources: ['antigravity-ide', 'antigravity-accounts'] }],
      settings: { disabledProviders: new Set(), providerSettings: {} },
      known: () => null,
      now: NOW,
    })
    expect(more).toEqual([])
    expect(account?.credentials.map((one) => one.local ?? false)).toEqual([false, true])
    expect(account?.account.sources).toEqual(['antigravity-accounts', 'antigravity-ide'])
  })

  it('knows the labels of the last reading', async () => {
    const { run, hosts } = setUp({ target: { last: last(MINUTE_MS) } })
    await run()
    expect(hosts[0]?.known).toEqual(testReading().quotas)
  })
})

describe('an owner’s command (P14)', () => {
  const mayRun = (host: ProviderHost | undefined): boolean => host?.local != null && host.local.runOwner !== null

  it('is not run in the background, but by hand, or where the settings allow it', async () => {
    const background = setUp()
    await background.run()
    expect(mayRun(background.hosts[0])).toBe(false)
    const byHand = setUp({ target: { byHand: true } })
    await byHand.run()
    expect(mayRun(byHand.hosts[0])).toBe(true)
    const allowed = setUp({ providerSettings: { antigravity: { run_owner_cli: true } } })
    await allowed.run()
    expect(mayRun(allowed.hosts[0])).toBe(true)
    const other = setUp({ providerSettings: { codex: { run_owner_cli: true }, antigravity: { run_owner_cli: false } } })
    await other.run()
    expect(mayRun(other.hosts[0])).toBe(false)
  })

  it('is run for a refresh that somebody asked for, and for no other poll of the engine', async () => {
    const time = fakeClock()
    const seen: boolean[] = []
    const provider = testProvider({
      read: async (_credential: Credential, host: ProviderHost) => {
        seen.push(mayRun(host))
        return testReading()
      },
    })
    const setup = { clock: time.clock, credentials: [testCredential()], providers: [provider], local: noPrograms }
    const { engine } = testEngine(setup)
    await engine.openOnce()
    await engine.refresh(null, { onlyDue: true })
    await time.advance(2 * MINUTE_MS)
    await engine.refresh(null)
    await engine.stop()
    expect(seen).toEqual([false, true])
  })
})

describe('a login that has expired', () => {
  const expired = new QuotaError({ code: 'credential_expired', message: 'The access token has expired.' })
  const forbidden = new QuotaError({ code: 'forbidden', message: 'Refused.' })
  const theirs = testReading({ via: 'the owner' })

  function ownerThat(answers: object | null | Error, more: Facts = {}) {
    const asked: Credential[] = []
    const setting = setUp({ login: expired, credentials: [login], ...more })
    const owner: NonNullable<Provider['owner']> = {
      ask: async (credential) => {
        asked.push(credential)
        if (answers instanceof Error) throw answers
        return answers
      },
      parse: () => theirs,
    }
    return { asked, run: (byHand = true) => setting.run({ byHand, provider: { ...setting.provider, owner } }) }
  }

  it('is asked of its owner’s program by hand, and in the background only where the settings allow it', async () => {
    const byHand = ownerThat({ some: 'answer' })
    expect(await byHand.run()).toMatchObject({ kind: 'read', reading: { via: 'the owner' } })
    expect(byHand.asked).toEqual([login])
    const background = ownerThat({ some: 'answer' })
    expect(await background.run(false)).toMatchObject({ kind: 'failed', error: { code: 'credential_expired' } })
    expect(background.asked).toEqual([])
    const allowed = ownerThat({ some: 'answer' }, { providerSettings: { antigravity: { run_owner_cli: true } } })
    expect(await allowed.run(false)).toMatchObject({ kind: 'read', reading: { via: 'the owner' } })
  })

  it.each([
    ['is not the program of this login', null],
    ['is no help', new QuotaError({ code: 'timeout', message: 'It took too long.' })],
  ])('tells its own trouble where that program %s', async (_what, answers) => {
    const { run } = ownerThat(answers)
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'credential_expired' } })
  })

  it('is a fault of ours where that program’s reader breaks', async () => {
    expect(await ownerThat(new TypeError('broken')).run()).toMatchObject({ error: { code: 'internal' } })
  })

  it('is the only one for which a program is run', async () => {
    const { run, asked } = ownerThat({ some: 'answer' }, { login: forbidden })
    expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'forbidden' } })
    expect(asked).toEqual([])
  })
})
