import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Credential } from '../model/credential.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { epochMs } from '../model/time.ts'
import { buildRoster, type RosterInput, type RosterProvider, type TaughtLogin } from './roster.ts'
import { testCredential } from './testing.ts'

const ANTIGRAVITY: RosterProvider = {
  id: 'antigravity',
  auth: 'google-oauth',
  sources: ['antigravity-accounts', 'opencode', 'vault'],
}
const GEMINI: RosterProvider = { id: 'gemini-cli', auth: 'google-oauth', sources: ['gemini-cli', 'opencode'] }
const CLAUDE: RosterProvider = { id: 'claude', auth: 'bearer', sources: ['claude-code', 'opencode', 'env'] }

function roster(credentials: readonly Credential[], facts: Partial<RosterInput> = {}) {
  return buildRoster({
    credentials,
    providers: [ANTIGRAVITY, GEMINI, CLAUDE],
    settings: { disabledProviders: new Set(), providerSettings: {} },
    known: () => null,
    now: epochMs(1_000_000),
    ...facts,
  })
}

function google(fingerprint: string, email: string | null, facts: Partial<Credential> = {}): Credential {
  return testCredential({
    provider: 'antigravity',
    source: 'antigravity-accounts',
    slot: `account ${fingerprint}`,
    fingerprint,
    identity: { ...UNKNOWN_IDENTITY, email },
    ...facts,
  })
}

const ids = (credentials: readonly Credential[], facts?: Partial<RosterInput>) =>
  roster(credentials, facts).map(({ account }) => account.id)

describe('which logins are one account', () => {
  it('are those with the same secret', () => {
    const [one, ...more] = roster([
      testCredential({ fingerprint: 'f1', source: 'opencode', slot: 'anthropic' }),
      testCredential({ fingerprint: 'f1' }),
    ])
    expect(more).toEqual([])
    expect(one?.account.sources).toEqual(['claude-code', 'opencode'])
  })

  it('are those with the same subject and workspace, and not those of another workspace', () => {
    const identity = { ...UNKNOWN_IDENTITY, subject: 'user-1', email: 'ada@example.com' }
    const names = ids([
      testCredential({ fingerprint: 'f1', identity: { ...identity, workspace: 'home' } }),
      testCredential({ fingerprint: 'f2', identity: { ...identity, workspace: 'home' }, source: 'opencode' }),
      testCredential({ fingerprint: 'f3', identity: { ...identity, workspace: 'work' }, source: 'opencode' }),
    ])
    expect(names).toEqual(['claude/ada@example.com#home', 'claude/ada@example.com#work'])
  })

  it('are, for Google, those with the same e-mail and project, or one project unknown', () => {
    const one = google('f1', 'Ada@Example.com', { extra: { project: 'p1' } })
    const loose = google('f2', 'ada@example.com', { source: 'opencode' })
    const other = google('f3', 'ada@example.com', { extra: { project: 'p2' } })
    expect(roster([one, loose])).toHaveLength(1)
    expect(roster([one, loose, other])).toHaveLength(2)
  })

  it('are never those of different subjects, same e-mail or not', () => {
    const mail = (fingerprint: string, subject: string) =>
      google(fingerprint, 'ada@example.com', { identity: { ...UNKNOWN_IDENTITY, subject, email: 'ada@example.com' } })
    expect(roster([mail('f1', 's1'), mail('f2', 's2')])).toHaveLength(2)
  })

  it('are not those that merely share an e-mail at another service: it is a label there', () => {
    const identity = { ...UNKNOWN_IDENTITY, email: 'ada@example.com' }
    const found = roster([
      testCredential({ fingerprint: 'f1', identity }),
      testCredential({ fingerprint: 'f2', identity, source: 'opencode' }),
    ])
    expect(found).toHaveLength(2)
    expect(found.every(({ account }) => /^ada@example\.com#[0-9a-f]{4}$/.test(account.name))).toBe(true)
  })
})

describe('the login that is used', () => {
  it('is a usable one before a spent, an unreadable or a switched-off one', () => {
    const identity = { ...UNKNOWN_IDENTITY, subject: 'u' }
    const base = { identity, slot: 's' }
    const spent = testCredential({ ...base, fingerprint: 'f1', updatedAt: epochMs(900_000) })
    const [found] = roster([
      { ...spent, secrets: { ...spent.secrets, accessExpiresAt: epochMs(5) } },
      testCredential({ ...base, fingerprint: 'f2', unreadable: 'broken', updatedAt: epochMs(950_000) }),
      testCredential({ ...base, fingerprint: 'f3', enabled: false, updatedAt: epochMs(960_000) }),
      testCredential({ ...base, fingerprint: 'f4', source: 'opencode', updatedAt: epochMs(5) }),
      testCredential({ ...base, fingerprint: 'f5', source: 'env', updatedAt: epochMs(970_000) }),
    ])
    expect(found?.credentials.map((credential) => credential.fingerprint)).toEqual(['f4', 'f5', 'f1', 'f2', 'f3'])
    expect(found?.account.source).toBe('opencode')
    expect(found?.account.sources).toEqual(['opencode', 'claude-code', 'env'])
    expect(found?.account.enabled).toBe(true)
  })

  it('is the freshest of two usable ones', () => {
    const identity = { ...UNKNOWN_IDENTITY, subject: 'u' }
    const [found] = roster([
      testCredential({ identity, fingerprint: 'f1', updatedAt: epochMs(1) }),
      testCredential({ identity, fingerprint: 'f2', source: 'opencode', updatedAt: epochMs(2) }),
    ])
    expect(found?.credentials[0]?.fingerprint).toBe('f2')
  })
})

describe('names', () => {
  it('are the user’s own, else e-mail, else login, else a word for the place', () => {
    expect(
      ids([testCredential({ name: 'work', identity: { ...UNKNOWN_IDENTITY, email: 'ada@example.com' } })]),
    ).toEqual(['claude/work'])
    expect(ids([testCredential({ identity: { ...UNKNOWN_IDENTITY, login: 'ada' } })])).toEqual(['claude/ada'])
    expect(ids([testCredential({ source: 'opencode', slot: 'Anthropic Key' })])).toEqual([
      'claude/opencode-anthropic-key',
    ])
    expect(ids([testCredential()])).toEqual(['claude/claude-code'])
  })

  it('say where they come from', () => {
    const from = (credential: Credential) => roster([credential])[0]?.account.nameFrom
    expect(from(testCredential({ name: 'work' }))).toBe('user')
    expect(from(testCredential({ identity: { ...UNKNOWN_IDENTITY, login: 'ada' } }))).toBe('identity')
    expect(from(testCredential())).toBe('place')
  })

  it('use what an earlier reading has learned', () => {
    const known: TaughtLogin = { identity: { ...UNKNOWN_IDENTITY, email: 'ada@example.com' }, word: null, exact: true }
    expect(ids([testCredential()], { known: () => known })).toEqual(['claude/ada@example.com'])
  })

  it('do not take over a memory of the place once the file names somebody else (C24)', () => {
    const known: TaughtLogin = {
      identity: { subject: 's-ada', workspace: null, email: 'ada@example.com', login: null },
      word: null,
      exact: false,
    }
    const identity = { ...UNKNOWN_IDENTITY, subject: 's-grace' }
    expect(ids([testCredential({ identity })], { known: () => known })).toEqual(['claude/claude-code'])
  })

  it('carry no control characters and no direction tricks', () => {
    expect(ids([testCredential({ name: ' wo\u0007r\u202ek\n' })])).toEqual(['claude/work'])
  })

  it('mark each namesake with its project', () => {
    const two = [
      google('f1', 'ada@example.com', { extra: { project: 'p1' } }),
      google('f2', 'ada@example.com', { extra: { project: 'p2' } }),
    ]
    expect(ids(two)).toEqual(['antigravity/ada@example.com#p1', 'antigravity/ada@example.com#p2'])
  })

  it('are unique and the same in any order', () => {
    const login = fc.record({
      fingerprint: fc.constantFrom('f1', 'f2', 'f3', 'f4', 'f5', 'f6'),
      email: fc.constantFrom(null, 'ada@example.com', 'grace@example.com'),
      project: fc.constantFrom(null, 'p1', 'p2'),
      name: fc.constantFrom(null, null, 'work', 'ada@example.com'),
    })
    const logins = fc.uniqueArray(login, { selector: (one) => one.fingerprint, maxLength: 6 })
    fc.assert(
      fc.property(logins, fc.infiniteStream(fc.nat()), (facts, stream) => {
        const credentials = facts.map(({ fingerprint, email, project, name }) =>
          google(fingerprint, email, { name, extra: project === null ? {} : { project } }),
        )
        const shuffled = credentials
          .map((credential) => ({ credential, rank: stream.next().value }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ credential }) => credential)
        const names = ids(credentials)
        expect(new Set(names).size).toBe(names.length)
        expect(ids(shuffled)).toEqual(names)
        const described = (found: ReturnType<typeof roster>) =>
          found.map((entry) => entry.credentials.map((credential) => credential.fingerprint))
        expect(described(roster(shuffled))).toEqual(described(roster(credentials)))
      }),
    )
  })
})

describe('which accounts appear', () => {
  it('leaves out switched-off providers and unknown ones', () => {
    const credentials = [testCredential(), testCredential({ provider: 'nobody', fingerprint: 'f9' })]
    expect(ids(credentials)).toEqual(['claude/claude-code'])
    expect(ids(credentials, { settings: { disabledProviders: new Set(['claude']), providerSettings: {} } })).toEqual([])
  })

  it('lists an account that its owner has switched off, as not enabled', () => {
    expect(roster([testCredential({ enabled: false })])[0]?.account.enabled).toBe(false)
  })

  it('shows Antigravity accounts as Gemini CLI ones only where that is asked for', () => {
    const one = google('f1', 'ada@example.com', { active: true, activeFor: ['claude'] })
    expect(ids([one])).toEqual(['antigravity/ada@example.com'])
    const found = roster([one], {
      settings: { disabledProviders: new Set(), providerSettings: { 'gemini-cli': { antigravity_accounts: true } } },
    })
    expect(found.map(({ account }) => account.id)).toEqual([
      'antigravity/ada@example.com',
      'gemini-cli/ada@example.com',
    ])
    expect(found[0]?.account.activeFor).toEqual(['claude'])
    expect(found[1]?.account.active).toBe(false)
  })
})
