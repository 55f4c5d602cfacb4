import { describe, expect, it } from 'vitest'
import { Secret } from '../../model/secret.ts'
import { createCredentialStore } from '../store.ts'
import { memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from '../testing.ts'
import { createOwnAccess } from './own-access.ts'
import { testVault } from './testing.ts'

const PLACE = '/home/ada/.config/tokstat/accounts.json'

describe('the store of credentials', () => {
  it('opens an account of ours with the vault, and remembers nothing of one that is gone', async () => {
    const ports = memoryPorts({
      [PLACE]: JSON.stringify({
        accounts: [
          { name: 'ada', provider: 'openrouter' },
          { name: 'g', provider: 'antigravity' },
        ],
      }),
    })
    const vault = testVault()
    vault.keyring.entries.set('ada', '{"api_key":"sk-or-v1-fake-key"}')
    vault.keyring.entries.set('g', '{"refresh_token":"1//fake-refresh","client_id":"c","client_secret":"s"}')
    const own = createOwnAccess({ stores: vault.stores, ports: vault.ports, stateFolder: vault.stateFolder })
    const store = createCredentialStore({ environment: testEnvironment(), ports, own })
    const { credentials } = await store.discover()
    expect(credentials.map((one) => [one.provider, one.name, one.owner])).toEqual([
      ['openrouter', 'ada', 'tokstat'],
      ['antigravity', 'g', 'tokstat'],
    ])
    expect(vault.keyring.opened).toEqual([])
    const [ada, google] = credentials
    if (!ada || !google) throw new Error('not found')
    const { send, requests } = scriptedSend(testReply(200, { access_token: 'ya29.fake-access', expires_in: 3600 }))
    const context = { send, now: TEST_NOW, signal: new AbortController().signal }
    const key = await store.access(ada, context)
    expect(key.reveal()).toBe('sk-or-v1-fake-key')
    expect(await store.renew(ada, key, context)).toBeNull()
    expect((await store.renew(ada, new Secret('older'), context))?.reveal()).toBe('sk-or-v1-fake-key')
    expect((await store.access(google, context)).reveal()).toBe('ya29.fake-access')
    await store.access(google, context)
    expect(requests).toHaveLength(1)
    ports.files.set(PLACE, '{"accounts":[]}')
    await store.discover()
    await store.access(google, context)
    expect(requests).toHaveLength(2)
  })

  it('says that an account of ours has no token where nobody opens the vault', async () => {
    const ports = memoryPorts({ [PLACE]: JSON.stringify({ accounts: [{ name: 'ada', provider: 'openrouter' }] }) })
    const store = createCredentialStore({ environment: testEnvironment(), ports })
    const [ada] = (await store.discover()).credentials
    if (!ada) throw new Error('not found')
    const { send } = scriptedSend()
    const context = { send, now: TEST_NOW, signal: new AbortController().signal }
    await expect(store.access(ada, context)).rejects.toMatchObject({ code: 'signed_out' })
  })
})
