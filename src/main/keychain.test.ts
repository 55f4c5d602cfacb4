import { describe, expect, it } from 'vitest'
import type { LocalHost, OwnerRun } from '../model/provider.ts'
import { readKeychain } from './keychain.ts'

function keychainWith(entries: Readonly<Record<string, OwnerRun>>) {
  const asked: (readonly string[])[] = []
  const local: LocalHost = {
    programs: async () => [],
    portsOf: async () => [],
    ask: async () => ({ status: 404, body: '' }),
    runOwner: async (command, args) => {
      asked.push([command, ...args])
      return entries[args.at(-1) ?? ''] ?? { kind: 'done', exitCode: 44, stdout: '' }
    },
  }
  return { local, asked }
}

const found: OwnerRun = { kind: 'done', exitCode: 0, stdout: 'fake-storage-key\n' }

describe('the keychain of macOS', () => {
  it('is asked under the two names that the editor uses, in order', async () => {
    const { local, asked } = keychainWith({ 'Code Safe Storage': found })
    expect(await readKeychain(local, 'darwin', undefined)).toEqual({
      facts: { lookupRequested: true, service: 'Code Safe Storage', lookupError: null },
      token: 'fake-storage-key',
    })
    expect(asked.map((call) => call.at(-1))).toEqual(['Antigravity Safe Storage', 'Code Safe Storage'])
    expect(asked[0]?.slice(0, 3)).toEqual(['security', 'find-generic-password', '-w'])
  })

  it('is asked under the given name alone, and says when there is no such entry', async () => {
    const { local, asked } = keychainWith({ 'Code Safe Storage': found })
    expect(await readKeychain(local, 'darwin', 'Other')).toEqual({
      facts: { lookupRequested: true, service: 'Other', lookupError: 'No such entry.' },
      token: null,
    })
    expect(asked).toHaveLength(1)
  })

  it('does not exist elsewhere: nothing is run, and it is told only to who named one', async () => {
    const { local, asked } = keychainWith({})
    expect(await readKeychain(local, 'linux', undefined)).toBeNull()
    expect((await readKeychain(local, 'win32', 'X'))?.facts.lookupError).toBe('Only macOS has this keychain.')
    expect(asked).toEqual([])
  })
})
