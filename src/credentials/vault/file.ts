import { Secret } from '../../model/secret.ts'
import { asObject, parseJson } from '../parse.ts'
import { openVaultKey, type VaultKeyOptions } from './key.ts'
import { withLock } from './locked.ts'
import type { VaultPorts } from './ports.ts'
import { type SecretStore, VaultError } from './store.ts'

export interface VaultFileOptions {
  readonly ports: VaultPorts
  readonly key: VaultKeyOptions
  /** `vault.age`. */
  readonly path: string
  /** `vault.key.age`. */
  readonly sealedKeyPath: string
  /** Taken while the file is read, changed and written. */
  readonly lockPath: string
}

type Content = Readonly<Record<string, string>>

/**
 * All secrets in one age file, encrypted to an X25519 key: `{"version":1,"secrets":{name: text}}`, armored. Nothing is
 * opened before the first use; the key then stays in memory, the secrets do not.
 */
export function createVaultFile(options: VaultFileOptions): SecretStore {
  const { ports, path } = options
  const { read, write } = contentOf(options)
  return {
    kind: 'vault-file',
    get: async (name) => {
      const content = await read()
      const found = Object.hasOwn(content, name) ? content[name] : undefined
      return found === undefined ? null : new Secret(found)
    },
    set: (name, secret) =>
      withLock(ports, options.lockPath, async () => write({ ...(await read()), [name]: secret.reveal() })),
    delete: (name) =>
      withLock(ports, options.lockPath, async () => {
        const content = await read()
        if (!Object.hasOwn(content, name)) return false
        await write(Object.fromEntries(Object.entries(content).filter(([other]) => other !== name)))
        return true
      }),
    describe: () => `the encrypted vault file ${path}`,
  }
}

interface VaultContent {
  read(): Promise<Content>
  write(content: Content): Promise<void>
}

function contentOf(options: VaultFileOptions): VaultContent {
  const { ports, path } = options
  let key: Promise<string> | null = null

  /** A key that could not be opened is asked for again: the file may have been mended meanwhile. */
  async function keyFor(create: boolean): Promise<string> {
    const context = { options: options.key, files: ports.files, vaultPath: path, sealedKeyPath: options.sealedKeyPath }
    key ??= openVaultKey(context, create)
    try {
      return await key
    } catch (error) {
      key = null
      throw error
    }
  }

  return {
    async read() {
      const found = await ports.files.read(path)
      if (found.kind === 'absent') return {}
      if (found.kind === 'refused') throw new VaultError(found.detail, `Mend it: chmod 600 ${path}`)
      const opened = await decrypt(found.text, await keyFor(false), path)
      const parsed = parseJson(opened)
      const secrets = asObject(parsed.ok ? asObject(parsed.value)?.['secrets'] : null)
      if (secrets === null) throw damaged(path)
      return Object.fromEntries(
        Object.entries(secrets).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    },
    async write(content) {
      const age = await import('age-encryption')
      const encrypter = new age.Encrypter()
      encrypter.addRecipient(await age.identityToRecipient(await keyFor(true)))
      const sealed = await encrypter.encrypt(JSON.stringify({ version: 1, secrets: content }))
      try {
        await ports.files.write(path, age.armor.encode(sealed))
      } catch {
        throw new VaultError(`${path} cannot be written.`, 'Check its folder and the free space.')
      }
    },
  }
}

async function decrypt(text: string, identity: string, path: string): Promise<string> {
  const age = await import('age-encryption')
  const decrypter = new age.Decrypter()
  decrypter.addIdentity(identity)
  try {
    return await decrypter.decrypt(age.armor.decode(text), 'text')
  } catch (error) {
    const isWrong = error instanceof Error && /no identity matched/.test(error.message)
    throw isWrong
      ? new VaultError(
          `The key does not open ${path}.`,
          'It was encrypted with another one: check TOKSTAT_VAULT_KEY_FILE.',
        )
      : damaged(path)
  }
}

function damaged(path: string): VaultError {
  return new VaultError(`${path} is damaged.`, 'Put it back from a backup, or move it away and log in again.')
}
