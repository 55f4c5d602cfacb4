import type { Secret } from '../../model/secret.ts'
import type { PrivateFiles } from './ports.ts'
import { passphraseIdentity, passphraseRecipient } from './scrypt.ts'
import { VaultError } from './store.ts'

/** Where the key of the vault file may come from, strongest first. Null: not set. */
export interface VaultKeyOptions {
  /** `TOKSTAT_VAULT_KEY_FILE`: an age identity file. */
  readonly keyFile: string | null
  /** systemd's `$CREDENTIALS_DIRECTORY`; the credential is called `tokstat-vault-key`. */
  readonly credentialsDirectory: string | null
  /** `TOKSTAT_PASSPHRASE`. */
  readonly passphrase: Secret | null
  /** `TOKSTAT_PASSPHRASE_FILE`. */
  readonly passphraseFile: string | null
}

export interface VaultKeyContext {
  readonly options: VaultKeyOptions
  readonly files: PrivateFiles
  /** `vault.age`. */
  readonly vaultPath: string
  /** `vault.key.age`. */
  readonly sealedKeyPath: string
}

/** The name of the systemd credential that holds the key. */
export const SYSTEMD_CREDENTIAL = 'tokstat-vault-key'

/** Whether anything was given that could open a vault file. */
export function hasVaultKey({ keyFile, credentialsDirectory, passphrase, passphraseFile }: VaultKeyOptions): boolean {
  return keyFile !== null || credentialsDirectory !== null || passphrase !== null || passphraseFile !== null
}

/**
 * The X25519 identity (`AGE-SECRET-KEY-1…`) of the vault. With a passphrase it lies sealed in `vault.key.age`, which
 * `create` makes when there is neither that nor a vault; a vault whose key is gone never gets another one.
 */
export async function openVaultKey(context: VaultKeyContext, create: boolean): Promise<string> {
  const { options, files } = context
  if (options.keyFile !== null) return identityFrom(await textOf(files, options.keyFile), options.keyFile)
  const systemd = await systemdKey(context)
  if (systemd !== null) return systemd
  const passphrase = await passphraseOf(context)
  const sealed = await files.read(context.sealedKeyPath)
  if (sealed.kind === 'refused') throw new VaultError(sealed.detail, `Mend it: chmod 600 ${context.sealedKeyPath}`)
  if (sealed.kind === 'text') return unseal(sealed.text, passphrase, context)
  if (!create) throw keyIsGone(context)
  const vault = await files.read(context.vaultPath)
  if (vault.kind !== 'absent') throw keyIsGone(context)
  return makeKey(passphrase, context)
}

async function systemdKey({ options, files }: VaultKeyContext): Promise<string | null> {
  if (options.credentialsDirectory === null) return null
  const path = `${options.credentialsDirectory}/${SYSTEMD_CREDENTIAL}`
  const read = await files.read(path)
  if (read.kind === 'absent') return null
  if (read.kind === 'refused') throw new VaultError(read.detail, 'See LoadCredential in docs/accounts.md.')
  return identityFrom(read.text, path)
}

async function passphraseOf({ options, files }: VaultKeyContext): Promise<string> {
  const given = options.passphrase?.reveal() ?? null
  const text = given ?? (options.passphraseFile === null ? '' : await textOf(files, options.passphraseFile))
  // An editor ends a file with a line break; nobody types one.
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase !== '') return passphrase
  throw new VaultError(
    'There is nothing to open the vault file with.',
    'Set TOKSTAT_VAULT_KEY_FILE or TOKSTAT_PASSPHRASE_FILE (docs/accounts.md).',
  )
}

async function textOf(files: PrivateFiles, path: string): Promise<string> {
  const read = await files.read(path)
  if (read.kind === 'text') return read.text
  if (read.kind === 'refused') throw new VaultError(read.detail, `Mend it: chmod 600 ${path}`)
  throw new VaultError(`${path} is not there.`, 'Check the variable that names it.')
}

function identityFrom(text: string, path: string): string {
  const line = text
    .split(/\r?\n/)
    .map((one) => one.trim())
    .find((one) => one !== '' && !one.startsWith('#'))
  if (line !== undefined && /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(line)) return line
  throw new VaultError(`${path} holds no age identity.`, `Make one: age-keygen -o ${path}`)
}

async function makeKey(passphrase: string, { files, sealedKeyPath }: VaultKeyContext): Promise<string> {
  const age = await import('age-encryption')
  const identity = await age.generateX25519Identity()
  const encrypter = new age.Encrypter()
  encrypter.addRecipient(passphraseRecipient(passphrase, age))
  const sealed = await encrypter.encrypt(`${identity}\n`)
  try {
    await files.write(sealedKeyPath, age.armor.encode(sealed))
  } catch {
    throw new VaultError(`${sealedKeyPath} cannot be written.`, 'Check its folder and the free space.')
  }
  return identity
}

async function unseal(text: string, passphrase: string, { sealedKeyPath }: VaultKeyContext): Promise<string> {
  const age = await import('age-encryption')
  const decrypter = new age.Decrypter()
  decrypter.addIdentity(passphraseIdentity(passphrase))
  let opened: string
  try {
    opened = await decrypter.decrypt(age.armor.decode(text), 'text')
  } catch (error) {
    // age says "no identity matched" for another passphrase and everything else for a file that is not whole.
    const isWrong = error instanceof Error && /no identity matched/.test(error.message)
    throw isWrong
      ? new VaultError(`The passphrase does not open ${sealedKeyPath}.`, 'Check TOKSTAT_PASSPHRASE(_FILE).')
      : new VaultError(`${sealedKeyPath} is damaged.`, 'Put it back from a backup, or log in again.')
  }
  return identityFrom(opened, sealedKeyPath)
}

function keyIsGone({ vaultPath, sealedKeyPath }: VaultKeyContext): VaultError {
  return new VaultError(
    `${sealedKeyPath}, the key of ${vaultPath}, is not there.`,
    'Put it back from a backup. If it is lost, move the vault file away and log in again.',
  )
}
