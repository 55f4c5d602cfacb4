import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccountsFile, type OwnAccount, readAccountsText } from './accounts.ts'
import { testVault } from './testing.ts'

/** As the older tokstat writes it. */
const OLDER = {
  accounts: [
    {
      name: 'work',
      provider: 'copilot',
      created_at: '2026-01-02T03:04:05.678901Z',
      last_updated: '2026-02-02T03:04:05Z',
    },
    { name: 'cloud', provider: 'azure', email: null, created_at: 'x', last_updated: 'y', resource_name: 'kept' },
    'not an account',
  ],
  theme: 'kept as well',
}

const ADA: OwnAccount = {
  name: 'ada',
  provider: 'antigravity',
  email: 'ada@example.com',
  createdAt: '2026-11-22T09:00:00Z',
  lastUpdated: '2026-11-22T09:00:00Z',
  store: 'vault-file',
  subject: '1234',
  login: null,
  grant: '0123456789abcdef',
}

async function withFile(text: string, mode = 0o644): Promise<ReturnType<typeof testVault>> {
  const vault = testVault()
  await mkdir(join(vault.home, 'config'), { mode: 0o700 })
  await writeFile(vault.accountsPath, text)
  await chmod(vault.accountsPath, mode)
  return vault
}

describe('accounts.json', () => {
  it('is read as the older tokstat left it, whose secrets are in the keyring', async () => {
    const vault = await withFile(JSON.stringify(OLDER))
    expect(await vault.accounts.list()).toEqual([
      {
        name: 'work',
        provider: 'copilot',
        email: null,
        createdAt: '2026-01-02T03:04:05.678901Z',
        lastUpdated: '2026-02-02T03:04:05Z',
        store: 'keyring',
        subject: null,
        login: null,
        grant: null,
      },
      expect.objectContaining({ name: 'cloud', provider: 'azure' }),
    ])
  })

  it('keeps what it does not know, says its version, and is 0600 afterwards (D15)', async () => {
    const vault = await withFile(JSON.stringify(OLDER))
    await vault.accounts.put(ADA)
    await vault.accounts.rename('cloud', 'sky')
    await vault.accounts.remove('work')
    const written = JSON.parse(await readFile(vault.accountsPath, 'utf8'))
    expect(written).toMatchObject({ version: 1, theme: 'kept as well' })
    expect(written.accounts).toEqual([
      { name: 'sky', provider: 'azure', email: null, created_at: 'x', last_updated: 'y', resource_name: 'kept' },
      {
        name: 'ada',
        provider: 'antigravity',
        email: 'ada@example.com',
        created_at: '2026-11-22T09:00:00Z',
        last_updated: '2026-11-22T09:00:00Z',
        store: 'vault-file',
        subject: '1234',
        login: null,
        grant: '0123456789abcdef',
      },
    ])
    expect((await stat(vault.accountsPath)).mode & 0o777).toBe(0o600)
  })

  it('replaces the entry of a name whatever its letters’ case, and keeps that entry’s unknown fields', async () => {
    const vault = await withFile(JSON.stringify({ accounts: [{ name: 'ADA', provider: 'copilot', note: 'mine' }] }))
    await vault.accounts.put(ADA)
    const { accounts } = JSON.parse(await readFile(vault.accountsPath, 'utf8'))
    expect(accounts).toHaveLength(1)
    expect(accounts[0]).toMatchObject({ name: 'ada', provider: 'antigravity', note: 'mine' })
  })

  it.each(['', '{', '[]', '{"accounts":{}}', '\u0000'])(
    'is never written over when it is damaged: %j',
    async (text) => {
      const vault = await withFile(text)
      await expect(vault.accounts.put(ADA)).rejects.toMatchObject({ name: 'VaultError' })
      await expect(vault.accounts.list()).rejects.toMatchObject({ name: 'VaultError' })
      expect(await readFile(vault.accountsPath, 'utf8')).toBe(text)
    },
  )

  it('starts empty, and loses nothing when many processes write at once', async () => {
    const { accounts, ports, accountsPath, stateFolder } = testVault()
    expect(await accounts.list()).toEqual([])
    const writers = Array.from({ length: 8 }, (_, index) =>
      createAccountsFile({ ports, path: accountsPath, lockPath: join(stateFolder, 'accounts.lock') }).put({
        ...ADA,
        name: `ada ${index}`,
      }),
    )
    await Promise.all(writers)
    expect(await accounts.list()).toHaveLength(8)
  })

  it('stays removed when another process writes meanwhile (C28)', async () => {
    const { accounts } = testVault()
    await accounts.put(ADA)
    await Promise.all([
      accounts.remove('ada'),
      accounts.put({ ...ADA, name: 'bob' }),
      accounts.rename('ada', 'eve').catch(() => undefined),
    ])
    const names = (await accounts.list()).map((account) => account.name)
    expect(names).toContain('bob')
    expect(names).not.toContain('ada')
  })

  it('never throws for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((list) => `{"accounts":[${list}]}`),
        ),
        (text) => {
          const read = readAccountsText(text)
          expect(['accounts', 'not_understood']).toContain(read.kind)
        },
      ),
    )
  })
})
