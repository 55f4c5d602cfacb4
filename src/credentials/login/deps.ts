import type { HttpReply, HttpRequest } from '../../model/provider.ts'
import type { ClientFinder } from '../oauth/clients.ts'
import type { AccountsFile } from '../vault/accounts.ts'
import type { Stores } from '../vault/choose.ts'
import type { VaultPorts } from '../vault/ports.ts'
import type { SecretRecord } from '../vault/record.ts'

/** The desktop that the person sits at. */
interface Desktop {
  /** False: a browser opened here would be seen by nobody. */
  readonly hasDisplay: boolean
  /** Whether a browser was told to show the address. */
  openBrowser(url: string): Promise<boolean>
  /** Whether the text is on the clipboard. */
  copy(text: string): Promise<boolean>
}

export type Send = (request: HttpRequest, signal: AbortSignal) => Promise<HttpReply>

/** What logins need of the outside. */
export interface LoginDeps {
  readonly ports: VaultPorts
  readonly stores: Stores
  readonly accounts: AccountsFile
  /** Where locks lie. */
  readonly stateFolder: string
  /** Every request with its deadline; rejects with QuotaError only. */
  readonly send: Send
  readonly clients: ClientFinder
  /** Ids of the providers that exist. */
  readonly providers: readonly string[]
  /** `TOKSTAT_UPSTREAM`: addresses shown to the person are rewritten like requests are. */
  readonly upstream: URL | null
  readonly desktop: Desktop
  /** Deletes what history has of an account; false: there was nothing. */
  purgeHistory(accountId: string): Promise<boolean>
  /** What was recorded goes on under the new id. Throws AppError when that id has a history of its own. */
  renameHistory(accountId: string, to: { readonly id: string; readonly name: string }): Promise<void>
}

/** What a login brought. */
export interface Obtained {
  readonly record: SecretRecord
  readonly email: string | null
  readonly login: string | null
  readonly subject: string | null
}

/** An address as it is shown: with an upstream set, the one that answers in the service's place. */
export function shownAddress(url: string, upstream: URL | null): string {
  if (upstream === null) return url
  const { host, pathname, search } = new URL(url)
  return `${upstream.origin}/${host}${pathname}${search}`
}
