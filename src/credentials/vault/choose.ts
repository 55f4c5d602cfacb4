import { randomBytes } from 'node:crypto'
import type { DoctorCheck } from '../../model/app.ts'
import { Secret } from '../../model/secret.ts'
import { createVaultFile, type VaultFileOptions } from './file.ts'
import { hasVaultKey } from './key.ts'
import { createKeyring, type KeyringOptions } from './keyring.ts'
import { type SecretStore, type StoreKind, VaultError } from './store.ts'

interface ChosenStore {
  readonly store: SecretStore
  /** Why it is not the keyring; null when it is. A person must be told. */
  readonly note: string | null
}

/** The places that secrets of ours may be in. Nothing is opened before it is used. */
export interface Stores {
  /** The store that a known account is in. */
  of(kind: StoreKind): SecretStore
  /** For a new account: the keyring if it works, else the vault file if it can be opened, else VaultError. */
  choose(): Promise<ChosenStore>
  /** For `doctor`: the store that a new account would go to. */
  check(): Promise<DoctorCheck>
}

export interface StoresOptions {
  readonly vaultFile: VaultFileOptions
  readonly loadKeyring?: KeyringOptions['load']
}

export function createStores({ vaultFile, loadKeyring }: StoresOptions): Stores {
  const { clock } = vaultFile.ports
  const keyring = createKeyring(loadKeyring === undefined ? { clock } : { clock, load: loadKeyring })
  const file = createVaultFile(vaultFile)

  async function choose(): Promise<ChosenStore> {
    try {
      await probe(keyring)
      return { store: keyring, note: null }
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      if (!hasVaultKey(vaultFile.key)) throw noStore(error)
      // Opens it, so that a wrong passphrase is said before anybody signs in.
      await file.get('')
      return { store: file, note: `${error.message} The secret goes into ${file.describe()}.` }
    }
  }

  return {
    of: (kind) => (kind === 'keyring' ? keyring : file),
    choose,
    async check() {
      const title = 'Secrets of our own accounts'
      try {
        const { store } = await choose()
        return { title, state: 'ok', detail: `Kept in ${store.describe()}.`, hint: null }
      } catch (error) {
        if (!(error instanceof VaultError)) throw error
        return { title, state: 'info', detail: error.message, hint: error.hint }
      }
    },
  }
}

/** A keyring works when it gives back what was put in: one that is locked answers a look with "nothing there". */
async function probe(keyring: SecretStore): Promise<void> {
  const name = `probe-${randomBytes(8).toString('hex')}`
  const value = new Secret(randomBytes(8).toString('hex'))
  await keyring.set(name, value)
  const back = await keyring.get(name)
  await keyring.delete(name)
  if (back?.reveal() !== value.reveal()) {
    throw new VaultError('The keyring of this system does not give back what it is given.', 'Look at its settings.')
  }
}

function noStore(error: VaultError): VaultError {
  return new VaultError(
    `${error.message} There is no safe place for a secret, and tokstat writes none in plain text.`,
    `${error.hint} Or give the vault file a key: TOKSTAT_VAULT_KEY_FILE or TOKSTAT_PASSPHRASE_FILE (docs/accounts.md).`,
  )
}
