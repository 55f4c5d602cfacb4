import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../model/ports.ts'
import { Secret } from '../../model/secret.ts'
import { systemClock } from '../../platform/clock.ts'
import { privateFiles } from '../../platform/private-file.ts'
import { memoryLog } from '../../platform/testing.ts'
import { type AccountsFile, createAccountsFile } from './accounts.ts'
import { createStores, type Stores } from './choose.ts'
import type { VaultFileOptions } from './file.ts'
import type { VaultKeyOptions } from './key.ts'
import type { KeyringModule } from './keyring.ts'
import type { VaultPorts } from './ports.ts'

/** For tests: what this room keeps, in a folder that is made for one test, and a keyring in memory. */

export const NO_KEY: VaultKeyOptions = {
  keyFile: null,
  credentialsDirectory: null,
  passphrase: null,
  passphraseFile: null,
}

/** A passphrase that looks like what it is. */
export const WITH_PASSPHRASE: VaultKeyOptions = { ...NO_KEY, passphrase: new Secret('fake-passphrase-ada') }

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tokstat-vault-'))
}

export function vaultPorts(clock: Clock = systemClock(), credentialsDirectory: string | null = null): VaultPorts {
  return {
    files: privateFiles({ clock, credentialsDirectory }),
    clock,
    log: memoryLog().log,
    hash: (...parts) => createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16),
  }
}

export function vaultFileOptions(home: string, key: VaultKeyOptions, ports = vaultPorts()): VaultFileOptions {
  return {
    ports,
    key,
    path: join(home, 'config', 'vault.age'),
    sealedKeyPath: join(home, 'config', 'vault.key.age'),
    lockPath: join(home, 'state', 'vault.lock'),
  }
}

export interface FakeKeyring {
  readonly load: () => Promise<KeyringModule>
  readonly entries: Map<string, string>
  /** Every entry that was opened: service, user, pinned store. */
  readonly opened: string[]
  /** Set: what every call does instead. */
  fault: (() => Promise<never>) | null
}

export function fakeKeyring(): FakeKeyring {
  const keyring: FakeKeyring = {
    entries: new Map(),
    opened: [],
    fault: null,
    load: async () => ({
      AsyncEntry: class {
        readonly #user: string
        constructor(service: string, user: string, options: { readonly linux: { readonly store: string } }) {
          this.#user = user
          keyring.opened.push(`${service}/${user}@${options.linux.store}`)
        }
        getPassword = async () => (keyring.fault ? keyring.fault() : (keyring.entries.get(this.#user) ?? null))
        setPassword = async (password: string) => {
          if (keyring.fault) await keyring.fault()
          keyring.entries.set(this.#user, password)
        }
        deleteCredential = async () => (keyring.fault ? keyring.fault() : keyring.entries.delete(this.#user))
      },
    }),
  }
  return keyring
}

export interface TestVault {
  readonly home: string
  readonly ports: VaultPorts
  readonly stores: Stores
  readonly accounts: AccountsFile
  readonly keyring: FakeKeyring
  readonly stateFolder: string
  readonly accountsPath: string
}

export interface TestVaultOptions {
  readonly key?: VaultKeyOptions
  readonly ports?: VaultPorts
  readonly home?: string
}

export function testVault({
  key = NO_KEY,
  ports = vaultPorts(),
  home = temporaryFolder(),
}: TestVaultOptions = {}): TestVault {
  const keyring = fakeKeyring()
  const stateFolder = join(home, 'state')
  const accountsPath = join(home, 'config', 'accounts.json')
  return {
    home,
    ports,
    keyring,
    stateFolder,
    accountsPath,
    stores: createStores({ vaultFile: vaultFileOptions(home, key, ports), loadKeyring: keyring.load }),
    accounts: createAccountsFile({ ports, path: accountsPath, lockPath: join(stateFolder, 'accounts.lock') }),
  }
}

/** A keyring as it is on a server. */
export async function noKeyring(): Promise<never> {
  throw new Error('Platform secure storage failure: no D-Bus')
}
