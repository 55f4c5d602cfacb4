import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../model/secret.ts'
import { NO_KEY, noKeyring, testVault, WITH_PASSPHRASE } from './testing.ts'

describe('the choice of a store', () => {
  it('is the keyring when it gives back what was put in, and leaves nothing in it', async () => {
    const vault = testVault({ key: WITH_PASSPHRASE })
    const { store, note } = await vault.stores.choose()
    expect([store.kind, note]).toEqual(['keyring', null])
    expect(vault.keyring.entries.size).toBe(0)
    expect(await vault.stores.check()).toMatchObject({ state: 'ok', detail: expect.stringContaining('keyring') })
  })

  it('is the vault file when there is no keyring and it has a key, and a person is told', async () => {
    const vault = testVault({ key: WITH_PASSPHRASE })
    vault.keyring.fault = noKeyring
    const { store, note } = await vault.stores.choose()
    expect(store.kind).toBe('vault-file')
    expect(note).toContain('There is no keyring that works here.')
    expect(note).toContain('vault.age')
    expect(await vault.stores.check()).toMatchObject({ state: 'ok', detail: expect.stringContaining('vault.age') })
  })

  it('is an error without either: never plain text, and nothing is written (L11)', async () => {
    const vault = testVault({ key: NO_KEY })
    vault.keyring.fault = noKeyring
    await expect(vault.stores.choose()).rejects.toThrow('writes none in plain text')
    await expect(vault.stores.choose()).rejects.toMatchObject({
      hint: expect.stringContaining('TOKSTAT_PASSPHRASE_FILE'),
    })
    expect(await vault.stores.check()).toMatchObject({ state: 'info', hint: expect.stringContaining('vault file') })
    expect(await readdir(vault.home)).toEqual([])
  })

  it('is not the keyring when that swallows what it is given', async () => {
    const vault = testVault({ key: WITH_PASSPHRASE })
    vault.keyring.entries.set = () => vault.keyring.entries
    expect((await vault.stores.choose()).store.kind).toBe('vault-file')
  })

  it('tells of a wrong passphrase before anybody signs in', async () => {
    const vault = testVault({ key: WITH_PASSPHRASE })
    vault.keyring.fault = noKeyring
    await (await vault.stores.choose()).store.set('ada', new Secret('x'))
    const other = testVault({ key: { ...NO_KEY, passphrase: new Secret('other') }, home: vault.home })
    other.keyring.fault = noKeyring
    await expect(other.stores.choose()).rejects.toThrow('does not open')
    expect((await readdir(join(vault.home, 'config'))).sort()).toEqual(['vault.age', 'vault.key.age'])
  })
})
