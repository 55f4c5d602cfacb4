import type { Credential, KnownLogin, ProviderId } from '../model/credential.ts'
import type { CredentialStore, Discovery } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { EpochMs } from '../model/time.ts'
import { labelOf, signInAgain } from './credential.ts'
import { createFinder, type Finder } from './finder.ts'
import { type ClientFinder, createClientFinder } from './oauth/clients.ts'
import { createGoogleTokens } from './oauth/google.ts'
import type { CredentialPorts, Source, SourceEnvironment } from './ports.ts'
import { SOURCES } from './sources/all.ts'
import type { OwnAccess } from './vault/own-access.ts'
import { createWatching } from './watching.ts'

export interface CredentialStoreOptions {
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
  /** Default: every source there is. */
  readonly sources?: readonly Source[]
  /** Default: the environment's clients, then those of installed tools. */
  readonly clients?: ClientFinder
  /** Opens the accounts we own (source `vault`). Absent: they are listed, but cannot be asked with. */
  readonly own?: OwnAccess
}

/**
 * All logins on this machine. Those of other tools are only read; what is refreshed of them lives in memory and is
 * never written.
 */
export function createCredentialStore(options: CredentialStoreOptions): CredentialStore {
  const { environment, ports } = options
  const finder = createFinder(options.sources ?? SOURCES, environment, ports)
  const google = createGoogleTokens({
    clients: options.clients ?? createClientFinder(environment, ports),
    hash: ports.hash,
    log: ports.log,
  })
  const isGoogle = (credential: Credential): boolean =>
    environment.providers.get(credential.provider) === 'google-oauth'
  const watching = createWatching(ports, finder.staticPlaces, finder.busyPlaces)
  // Looks run one after another: an absence is counted in looks, which must not overlap.
  let last: Promise<unknown> = Promise.resolve()

  async function look(known: readonly KnownLogin[]): Promise<Discovery> {
    const found = await finder.look(known)
    const fingerprints = new Set(found.credentials.map((credential) => credential.fingerprint))
    google.keepOnly(fingerprints)
    options.own?.keepOnly(fingerprints)
    watching.update(found.watched, found.waiting)
    return { credentials: found.credentials, reports: found.reports }
  }

  return {
    discover(known = []) {
      const next = last.then(() => look(known))
      last = next.catch(() => undefined)
      return next
    },
    async access(credential, context) {
      requireUsable(credential)
      if (credential.owner === 'tokstat' && options.own) return options.own.access(credential, context)
      if (!isGoogle(credential)) return storedAccess(credential, context.now, finder.again)
      try {
        return await google.access(credential, context)
      } catch (error) {
        // Its owner may have signed in again since the last look.
        if (!endsWithNewLogin(error)) throw error
        const fresh = await finder.again(credential, true)
        if (fresh === null || hasSameSecrets(fresh, credential)) throw error
        return google.access(fresh, context)
      }
    },
    async renew(credential, rejected, context) {
      if (credential.unreadable !== null || credential.extra['login'] !== undefined) return null
      if (credential.owner === 'tokstat' && options.own) return options.own.renew(credential, rejected, context)
      const fresh = await finder.again(credential, isGoogle(credential))
      if (isGoogle(credential)) return google.renew(fresh ?? credential, rejected, context)
      const token = fresh === null ? null : storedToken(fresh, context.now)
      return token === null || token.reveal() === rejected.reveal() ? null : token
    },
    watch: watching.watch,
  }
}

function endsWithNewLogin(error: unknown): boolean {
  return error instanceof QuotaError && (error.code === 'credential_revoked' || error.code === 'credential_expired')
}

function hasSameSecrets(one: Credential, other: Credential): boolean {
  return (
    one.fingerprint === other.fingerprint &&
    one.secrets.accessToken?.reveal() === other.secrets.accessToken?.reveal() &&
    one.secrets.accessExpiresAt === other.secrets.accessExpiresAt
  )
}

/** Throws for a login that cannot be asked with, whatever its tokens are. */
function requireUsable(credential: Credential): void {
  if (credential.unreadable !== null) {
    throw new QuotaError({
      code: 'credential_unreadable',
      message: `The login of ${labelOf(credential)} is there, but cannot be read. ${credential.unreadable}`,
      hint: 'Run `tokstat doctor`: it names the file.',
    })
  }
  const login = credential.extra['login']
  if (login !== undefined) {
    throw keyLogin(credential.provider, login)
  }
}

/** A login by key where only a login by account has a quota. */
function keyLogin(provider: ProviderId, login: string): QuotaError {
  const kind = login === 'vertex-ai' ? 'Vertex AI' : 'an API key'
  const isCodex = provider === 'codex'
  return new QuotaError({
    code: 'api_key_login',
    message: `${isCodex ? 'Codex' : 'The Gemini CLI'} uses ${kind}, and such a login has no quota.`,
    hint: isCodex
      ? 'Run `codex login` and sign in with ChatGPT to see a quota.'
      : 'Choose "Login with Google" in the Gemini CLI to see a quota.',
  })
}

/** The key, or the access token while it lasts; an unknown end is no reason not to try it. */
function storedToken(credential: Credential, now: EpochMs): Secret | null {
  const { apiKey, accessToken, accessExpiresAt } = credential.secrets
  if (apiKey !== null) return apiKey
  return accessExpiresAt === null || now < accessExpiresAt ? accessToken : null
}

/** For logins that only their owner may refresh: what is stored, else what its owner has stored meanwhile. */
async function storedAccess(credential: Credential, now: EpochMs, again: Finder['again']): Promise<Secret> {
  const stored = storedToken(credential, now)
  if (stored !== null) return stored
  const fresh = await again(credential, false)
  const other = fresh === null ? null : storedToken(fresh, now)
  if (other !== null) return other
  if (credential.secrets.accessToken === null) {
    throw new QuotaError({
      code: 'signed_out',
      message: `There is no token for ${labelOf(credential)}.`,
      hint: signInAgain(credential),
    })
  }
  throw new QuotaError({
    code: 'credential_expired',
    message: `The access token of ${labelOf(credential)} has expired. Only the tool it belongs to may refresh it.`,
    hint: `Run \`${credential.signInHint}\`, and tokstat reads the new token by itself.`,
  })
}
