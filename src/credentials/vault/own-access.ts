import type { Credential } from '../../model/credential.ts'
import type { AccessContext, Log } from '../../model/ports.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import { labelOf, signInAgain } from '../credential.ts'
import type { Stores } from './choose.ts'
import { createGrants, type GrantPolicy, needsLogin, type OwnGrant } from './grants.ts'
import type { VaultPorts } from './ports.ts'
import { decodeRecord, type SecretRecord } from './record.ts'
import { VaultError } from './store.ts'

/** Tokens of the accounts we own; the secret of one is fetched only when it is due. Throws QuotaError and nothing else. */
export interface OwnAccess {
  access(credential: Credential, context: AccessContext): Promise<Secret>
  /** After a 401 on `rejected`; null when there is nothing else to try. */
  renew(credential: Credential, rejected: Secret, context: AccessContext): Promise<Secret | null>
  /** Drops what is remembered of every login but these fingerprints. */
  keepOnly(fingerprints: ReadonlySet<string>): void
}

export interface OwnAccessOptions {
  readonly stores: Stores
  readonly ports: VaultPorts
  /** Where locks and notes about refreshes under way lie. */
  readonly stateFolder: string
  /** Default: those of the providers that can be signed in to. */
  readonly policies?: Readonly<Record<string, GrantPolicy>>
}

export function createOwnAccess(options: OwnAccessOptions): OwnAccess {
  const grants = createGrants(options)
  /** The grant of a credential, or its fixed secret. */
  async function resolve(credential: Credential): Promise<OwnGrant | Secret> {
    const record = await load(credential, options)
    if (record.kind === 'api-key') return record.apiKey
    if (record.kind === 'token') return record.accessToken
    return { credential, record, name: nameOf(credential), store: storeOf(credential, options.stores) }
  }
  return {
    async access(credential, context) {
      const ready = grants.ready(credential, context.now)
      if (ready !== null) return ready
      const found = await resolve(credential)
      return 'reveal' in found ? found : translated(grants.refresh(found, context), options.ports.log)
    },
    async renew(credential, rejected, context) {
      const ready = grants.afterRejection(credential, rejected, context.now)
      if (ready === 'too-soon') return null
      if (ready !== null) return ready
      const found = await resolve(credential)
      if (!('reveal' in found)) return translated(grants.refresh(found, context), options.ports.log)
      return found.reveal() === rejected.reveal() ? null : found
    },
    keepOnly: grants.keepOnly,
  }
}

async function load(credential: Credential, { stores, ports }: OwnAccessOptions): Promise<SecretRecord> {
  const store = storeOf(credential, stores)
  const text = await translated(store.get(nameOf(credential)), ports.log)
  if (text === null) {
    throw new QuotaError({
      code: 'signed_out',
      message: `There is no secret for ${labelOf(credential)} in ${store.describe()}.`,
      hint: signInAgain(credential),
    })
  }
  const record = decodeRecord(text)
  if (record !== null) return record
  throw new QuotaError({
    code: 'credential_unreadable',
    message: `What ${store.describe()} has for ${labelOf(credential)} is not a login of tokstat.`,
    hint: signInAgain(credential),
  })
}

async function translated<T>(work: Promise<T>, log: Log): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof QuotaError) throw error
    if (error instanceof VaultError) {
      throw new QuotaError({ code: 'credential_unreadable', message: error.message, hint: error.hint })
    }
    log.error('an account of our own could not be opened', {})
    throw new QuotaError({ code: 'internal', message: 'The account could not be opened.', cause: error })
  }
}

function nameOf(credential: Credential): string {
  if (credential.name !== null) return credential.name
  throw needsLogin(credential, 'The account has no name.')
}

function storeOf(credential: Credential, stores: Stores): ReturnType<Stores['of']> {
  return stores.of(credential.extra['store'] === 'vault-file' ? 'vault-file' : 'keyring')
}
