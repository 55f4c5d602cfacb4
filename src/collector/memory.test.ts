import { describe, expect, it } from 'vitest'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { createMemory } from './memory.ts'
import { testAccount, testCredential, testFile, testLog } from './testing.ts'

const ADA = { ...UNKNOWN_IDENTITY, subject: 'ada', email: 'ada@example.com' }
const nobody: ReadonlySet<string> = new Set()

describe('what is remembered about logins', () => {
  it('is who answered, by the secret itself, over a restart', async () => {
    const file = testFile()
    const memory = createMemory(file, testLog())
    expect(memory.learn(testCredential(), ADA)).toBe(true)
    expect(memory.learn(testCredential(), ADA)).toBe(false)
    await memory.save()
    const next = createMemory(file, testLog())
    await next.load()
    expect(next.known(testCredential(), nobody)).toEqual({ identity: ADA, word: null, exact: true })
  })

  it('is, for a new secret, who was in that place before, unless that one has only moved', async () => {
    const memory = createMemory(testFile(), testLog())
    memory.learn(testCredential({ fingerprint: 'old' }), ADA)
    const renewed = testCredential({ fingerprint: 'new' })
    expect(memory.known(renewed, nobody)).toEqual({ identity: ADA, word: null, exact: false })
    expect(memory.known(renewed, new Set(['old']))).toBeNull()
    expect(memory.known(testCredential({ fingerprint: 'new', slot: 'elsewhere' }), nobody)).toBeNull()
  })

  it('forgets the e-mail of a person who turned out to be another', () => {
    const memory = createMemory(testFile(), testLog())
    memory.learn(testCredential(), ADA)
    memory.learn(testCredential(), { ...UNKNOWN_IDENTITY, subject: 'grace' })
    expect(memory.known(testCredential(), nobody)?.identity).toEqual({ ...UNKNOWN_IDENTITY, subject: 'grace' })
  })

  it('keeps the word that stood for an unknown login when its place in the file changes', () => {
    const memory = createMemory(testFile(), testLog())
    const account = testAccount({ name: 'opencode-one', nameFrom: 'place' })
    memory.noteRoster([{ account, identity: UNKNOWN_IDENTITY, credentials: [testCredential({ slot: 'one' })] }])
    expect(memory.known(testCredential({ slot: 'two' }), nobody)?.word).toBe('opencode-one')
  })

  it('is written only when something is new', async () => {
    const file = testFile()
    const memory = createMemory(file, testLog())
    memory.noteAccount('claude/ada', { refusals: 1 })
    await memory.save()
    memory.noteAccount('claude/ada', { refusals: 1 })
    await memory.save()
    expect(file.writes).toBe(1)
  })

  it('is nothing after a damaged file, and the usable part of a half damaged one', async () => {
    for (const content of ['x', 3, [], { logins: 'x', accounts: 7 }, { logins: [null, { provider: 1 }] }]) {
      const memory = createMemory(testFile(content), testLog())
      await memory.load()
      expect(memory.size()).toBe(0)
    }
    const accounts = { 'claude/ada': { subject: 4, refusals: -3, fingerprints: [1, 'f'], blocks: [{ model: 'm' }] } }
    const memory = createMemory(testFile({ logins: [], accounts }), testLog())
    await memory.load()
    expect(memory.account('claude/ada')).toEqual({
      ...{ subject: null, workspace: null, fingerprints: ['f'], logins: [], refusals: 0, blocks: [] },
    })
  })

  it('stays bounded however many logins come and go (P12)', () => {
    const memory = createMemory(testFile(), testLog())
    for (let index = 0; index < 5_000; index += 1) {
      memory.learn(testCredential({ fingerprint: `f${index}`, slot: `s${index}` }), ADA)
      memory.noteAccount(`claude/a${index}`, { refusals: 1 })
    }
    expect(memory.size()).toBeLessThanOrEqual(6_000)
    expect(memory.account('claude/a4999')).not.toBeNull()
  })

  it('goes on in memory when it cannot be written, and says so', async () => {
    const log = testLog()
    const memory = createMemory({ read: async () => null, write: () => Promise.reject(new Error('full')) }, log)
    memory.learn(testCredential(), ADA)
    await memory.save()
    expect(memory.known(testCredential(), nobody)?.exact).toBe(true)
    expect(log.lines.map((line) => line.level)).toEqual(['warn'])
  })
})
