import { describe, expect, it } from 'vitest'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { vault } from './vault.ts'

const PLACE = '/home/ada/.config/tokstat/accounts.json'

const FILE = {
  version: 1,
  accounts: [
    {
      name: 'ada@example.com',
      provider: 'antigravity',
      email: 'ada@example.com',
      created_at: '2026-11-22T08:00:00Z',
      last_updated: '2026-11-22T08:30:00Z',
      store: 'vault-file',
      subject: '42',
      grant: 'aaaa',
    },
    { name: "bob's work", provider: 'copilot', login: 'Bob', created_at: 'x', last_updated: 'y' },
    { name: 'cloud', provider: 'azure' },
    { provider: 'copilot' },
  ],
}

describe('accounts of our own', () => {
  it('are found without their secrets', async () => {
    const ports = memoryPorts({ [PLACE]: JSON.stringify(FILE) })
    const { credentials, reports, watched } = await vault.find(testEnvironment(), ports)
    const [ada, bob, ...others] = credentials
    expect(others).toEqual([])
    expect(ada).toMatchObject({
      provider: 'antigravity',
      source: 'vault',
      owner: 'tokstat',
      name: 'ada@example.com',
      slot: 'ada@example.com',
      identity: { subject: '42', email: 'ada@example.com' },
      updatedAt: Date.UTC(2026, 10, 22, 8, 30),
      signInHint: 'tokstat login antigravity --name ada@example.com --replace',
      extra: { store: 'vault-file' },
      secrets: { accessToken: null, refreshToken: null, apiKey: null },
    })
    expect(bob).toMatchObject({
      identity: { subject: 'github.com/bob', workspace: 'github.com', login: 'Bob' },
      signInHint: "tokstat login copilot --name 'bob'\\''s work' --replace",
      extra: { store: 'keyring' },
    })
    expect(reports).toEqual([
      {
        source: 'vault',
        place: PLACE,
        state: 'found',
        count: 2,
        detail: expect.stringContaining('1 entry'),
        hint: null,
      },
    ])
    expect(watched).toEqual([PLACE])
    expect(ports.touched).toEqual([PLACE])
  })

  it('have a fingerprint that a new sign-in changes and a new name does not', async () => {
    const fingerprint = async (change: object): Promise<string | undefined> => {
      const text = JSON.stringify({ accounts: [{ ...FILE.accounts[0], ...change }] })
      return (await vault.find(testEnvironment(), memoryPorts({ [PLACE]: text }))).credentials[0]?.fingerprint
    }
    const first = await fingerprint({})
    expect(await fingerprint({ name: 'other', last_updated: '2027-01-01T00:00:00Z' })).toBe(first)
    expect(await fingerprint({ grant: 'bbbb' })).not.toBe(first)
    const older = await fingerprint({ grant: undefined })
    expect(await fingerprint({ grant: undefined, last_updated: '2027-01-01T00:00:00Z' })).not.toBe(older)
  })

  it('lie where contracts section 3 says, on each system', () => {
    const place = (changes: Parameters<typeof testEnvironment>[0]) => vault.places(testEnvironment(changes))[0]?.place
    expect(place({})).toBe(PLACE)
    expect(place({ xdgConfigHome: '/elsewhere' })).toBe('/elsewhere/tokstat/accounts.json')
    expect(place({ platform: 'win32', home: 'C:\\Users\\ada', appData: 'C:\\Roaming' })).toBe(
      'C:\\Roaming\\tokstat\\accounts.json',
    )
  })

  it('are a report when the file is absent, empty or broken', async () => {
    const state = async (text?: string) => {
      const ports = memoryPorts(text === undefined ? {} : { [PLACE]: text })
      return (await vault.find(testEnvironment(), ports)).reports.map((one) => one.state)
    }
    expect(await state()).toEqual(['absent'])
    expect(await state('{"accounts":[]}')).toEqual(['empty'])
    expect(await state('{"accounts":')).toEqual(['unreadable'])
    expect(await state('[]')).toEqual(['unreadable'])
  })
})
