import type { ProviderId } from '../../model/credential.ts'
import { asObject, field, firstLabel, type JsonObject, labelText, parseJson } from '../parse.ts'
import { withLock } from './locked.ts'
import type { VaultPorts } from './ports.ts'
import { type StoreKind, VaultError } from './store.ts'

/** One account of ours, as accounts.json has it. No secret. */
export interface OwnAccount {
  /** Unique over all providers, whatever the case of its letters: it names the secret in the keyring. */
  readonly name: string
  readonly provider: ProviderId
  readonly email: string | null
  /** RFC 3339. */
  readonly createdAt: string
  readonly lastUpdated: string
  /** Which store has its secret; the older tokstat only knew the keyring. */
  readonly store: StoreKind
  /** The service's own id of the person, where it gave one. */
  readonly subject: string | null
  readonly login: string | null
  /** Names this sign-in: another one has another text, a rename keeps it. Null: written by the older tokstat. */
  readonly grant: string | null
}

export type AccountsText =
  | { readonly kind: 'accounts'; readonly accounts: readonly OwnAccount[]; readonly broken: number }
  | { readonly kind: 'not_understood'; readonly detail: string }

/** Reads the text of accounts.json, the older tokstat's too. An entry without a name or provider is counted, not fatal. */
export function readAccountsText(text: string): AccountsText {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const list = field(asObject(parsed.value) ?? {}, 'accounts')
  if (!Array.isArray(list)) return { kind: 'not_understood', detail: 'The file has no list of accounts.' }
  const found = list.map((entry) => readEntry(asObject(entry) ?? {}))
  const accounts = found.filter((entry) => entry !== null)
  return { kind: 'accounts', accounts, broken: found.length - accounts.length }
}

function readEntry(entry: JsonObject): OwnAccount | null {
  const name = labelText(field(entry, 'name'))
  const provider = labelText(field(entry, 'provider'))
  if (name === null || provider === null) return null
  return {
    name,
    provider,
    email: firstLabel(entry, ['email']),
    createdAt: firstLabel(entry, ['created_at']) ?? '',
    lastUpdated: firstLabel(entry, ['last_updated']) ?? '',
    store: field(entry, 'store') === 'vault-file' ? 'vault-file' : 'keyring',
    subject: firstLabel(entry, ['subject']),
    login: firstLabel(entry, ['login']),
    grant: firstLabel(entry, ['grant']),
  }
}

function writeEntry(account: OwnAccount, kept: JsonObject): JsonObject {
  return {
    ...kept,
    name: account.name,
    provider: account.provider,
    email: account.email,
    created_at: account.createdAt,
    last_updated: account.lastUpdated,
    store: account.store,
    subject: account.subject,
    login: account.login,
    grant: account.grant,
  }
}

/** The accounts we own. What else stands in the file, and in its entries, is kept. */
export interface AccountsFile {
  list(): Promise<readonly OwnAccount[]>
  /** Adds it, or replaces the one of the same name. */
  put(account: OwnAccount): Promise<void>
  /** Does nothing when `from` is not there any more. */
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
}

export interface AccountsFileOptions {
  readonly ports: VaultPorts
  /** `accounts.json`. */
  readonly path: string
  /** Taken while the file is read, changed and written. */
  readonly lockPath: string
}

/** Every method rejects with `VaultError` when the file cannot be used; a damaged one is never written over. */
export function createAccountsFile({ ports, path, lockPath }: AccountsFileOptions): AccountsFile {
  const change = (edit: (entries: readonly JsonObject[]) => readonly JsonObject[]): Promise<void> =>
    withLock(ports, lockPath, async () => {
      const root = await readRoot(ports, path)
      const next = { version: 1, ...root, accounts: edit(entriesOf(root)) }
      try {
        await ports.files.write(path, `${JSON.stringify(next, null, 2)}\n`)
      } catch {
        throw new VaultError(`${path} cannot be written.`, 'Check its folder and the free space.')
      }
    })

  return {
    async list() {
      const read = readAccountsText(JSON.stringify(await readRoot(ports, path)))
      return read.kind === 'accounts' ? read.accounts : []
    },
    put: (account) =>
      change((entries) => {
        const index = entries.findIndex((entry) => isNamed(entry, account.name))
        const written = writeEntry(account, entries[index] ?? {})
        return index < 0 ? [...entries, written] : entries.with(index, written)
      }),
    rename: (from, to) =>
      change((entries) => entries.map((entry) => (isNamed(entry, from) ? { ...entry, name: to } : entry))),
    remove: (name) => change((entries) => entries.filter((entry) => !isNamed(entry, name))),
  }
}

/** Two names that some keyring could not tell apart are one name. */
export function sameName(one: string, other: string): boolean {
  return one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase()
}

function isNamed(entry: JsonObject, name: string): boolean {
  const own = labelText(field(entry, 'name'))
  return own !== null && sameName(own, name)
}

/** Entries that are no object are somebody's mistake; they would only be in the way of ours. */
function entriesOf(root: JsonObject): readonly JsonObject[] {
  const list = field(root, 'accounts')
  return Array.isArray(list) ? list.map(asObject).filter((entry) => entry !== null) : []
}

async function readRoot(ports: VaultPorts, path: string): Promise<JsonObject> {
  // The older tokstat left this file as the umask had it; there is no secret in it.
  const read = await ports.files.read(path, 'may-be-open')
  if (read.kind === 'absent') return { accounts: [] }
  if (read.kind === 'refused') throw new VaultError(read.detail, 'Mend it, then try again.')
  const parsed = parseJson(read.text)
  const root = parsed.ok ? asObject(parsed.value) : null
  if (root !== null && Array.isArray(field(root, 'accounts'))) return root
  throw new VaultError(`${path} is damaged.`, 'Put it back from a backup, or move it away and log in again.')
}
