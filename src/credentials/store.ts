import type { Credential, SourceId, SourceReport } from '../model/credential.ts'
import type { AccessContext, CredentialStore, Discovery, Timer } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { EpochMs } from '../model/time.ts'
import { labelOf, signInAgain } from './credential.ts'
import { report } from './look.ts'
import { type ClientFinder, createClientFinder } from './oauth/clients.ts'
import { createGoogleTokens } from './oauth/google.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from './ports.ts'
import { ABSENCE_MS, type Memory, retain } from './retention.ts'
import { SOURCES } from './sources/all.ts'

export interface CredentialStoreOptions {
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
  /** Default: every source there is. */
  readonly sources?: readonly Source[]
  /** Default: the environment's clients, then those of installed tools. */
  readonly clients?: ClientFinder
}

/** All logins of other tools on this machine. Reads only; what it refreshes lives in memory and is never written. */
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
  const watching = createWatching(ports, finder.staticPlaces)
  // Looks run one after another: an absence is counted in looks, which must not overlap.
  let last: Promise<unknown> = Promise.resolve()

  async function look(): Promise<Discovery> {
    const found = await finder.look()
    google.keepOnly(new Set(found.credentials.map((credential) => credential.fingerprint)))
    watching.update(found.watched, found.waiting)
    return { credentials: found.credentials, reports: found.reports }
  }

  return {
    discover() {
      const next = last.then(look)
      last = next.catch(() => undefined)
      return next
    },
    async access(credential, context) {
      requireUsable(credential)
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
    throw new QuotaError({
      code: 'api_key_login',
      message: `The Gemini CLI uses ${login === 'vertex-ai' ? 'Vertex AI' : 'an API key'}, and such a login has no quota.`,
      hint: 'Choose "Login with Google" in the Gemini CLI to see a quota.',
    })
  }
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

interface Finder {
  readonly staticPlaces: readonly string[]
  look(): Promise<Look>
  /** The same login as it stands in its file now; null when it is not there any more, or not surely the same. */
  again(credential: Credential, isGoogle: boolean): Promise<Credential | null>
}

interface Look extends Discovery {
  readonly watched: readonly string[]
  readonly waiting: boolean
}

function createFinder(sources: readonly Source[], environment: SourceEnvironment, ports: CredentialPorts): Finder {
  const memories = new Map<SourceId, Memory>()
  const troubles = new Map<string, string>()

  async function findIn(source: Source): Promise<SourceFinding> {
    try {
      return await source.find(environment, ports)
    } catch {
      // A fault of ours in one source must not blind the others. Its known logins stay, as for a file that is unreadable.
      ports.log.error('a source of logins failed', { source: source.id })
      const places = [...(memories.get(source.id)?.keys() ?? [source.id])]
      const detail = 'tokstat failed to read it. Please report this.'
      return {
        credentials: [],
        reports: places.map((place) => report(source.id, place, 'unreadable', 0, detail)),
        watched: [],
      }
    }
  }

  function nameTroubles(reports: readonly SourceReport[]): void {
    for (const one of reports) {
      const detail = one.state === 'unreadable' ? (one.detail ?? '') : ''
      if ((troubles.get(one.place) ?? '') === detail) continue
      troubles.set(one.place, detail)
      const fields = { source: one.source, place: one.place, detail }
      if (detail === '') ports.log.info('login file can be read again', fields)
      else ports.log.warn('login file cannot be read', fields)
    }
  }

  return {
    staticPlaces: sources.flatMap((source) => source.places(environment).map(({ place }) => place)),
    async look() {
      const findings = await Promise.all(sources.map(findIn))
      const nowMs = ports.clock.monotonicMs()
      const looks = findings.map((finding, index) => {
        const id = sources[index]?.id ?? 'env'
        const retained = retain(memories.get(id) ?? new Map(), finding, nowMs)
        memories.set(id, retained.memory)
        return retained
      })
      const reports = looks.flatMap((one) => one.reports)
      nameTroubles(reports)
      return {
        credentials: looks.flatMap((one) => one.credentials),
        reports,
        watched: findings.flatMap((finding) => finding.watched),
        waiting: looks.some((one) => one.waiting),
      }
    },
    async again(credential, isGoogle) {
      const source = sources.find((one) => one.id === credential.source)
      if (source === undefined) return null
      const { credentials } = await findIn(source)
      return (
        credentials.find((one) => one.fingerprint === credential.fingerprint && one.provider === credential.provider) ??
        credentials.find((one) => isSameLogin(one, credential, isGoogle)) ??
        null
      )
    },
  }
}

/**
 * Whether a changed entry is still the same person's login. A Google refresh token does not change while a login
 * lasts, so a new one is only believed under the same e-mail; other tokens rotate, so only a contradiction counts.
 */
function isSameLogin(fresh: Credential, known: Credential, isGoogle: boolean): boolean {
  if (fresh.provider !== known.provider || fresh.origin !== known.origin || fresh.slot !== known.slot) return false
  if (isGoogle) return known.identity.email !== null && fresh.identity.email === known.identity.email
  const agrees = (one: string | null, other: string | null): boolean => one === null || other === null || one === other
  return (
    agrees(fresh.identity.subject, known.identity.subject) &&
    agrees(fresh.identity.workspace, known.identity.workspace) &&
    agrees(fresh.identity.email, known.identity.email)
  )
}

interface Watching {
  watch(onChange: () => void): () => void
  update(places: readonly string[], waiting: boolean): void
}

/** Watches the places of all sources, and files inside them as they become known. */
function createWatching(ports: CredentialPorts, staticPlaces: readonly string[]): Watching {
  const listeners = new Set<() => void>()
  let places = [...new Set(staticPlaces)].sort()
  let stop: (() => void) | null = null
  let timer: Timer | null = null

  function notify(): void {
    for (const listener of [...listeners]) listener()
  }

  function arm(): void {
    stop?.()
    stop = listeners.size === 0 ? null : ports.watchPlaces(places, notify)
  }

  return {
    watch(onChange) {
      const listener = (): void => onChange()
      listeners.add(listener)
      if (stop === null) arm()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        timer?.cancel()
        timer = null
        arm()
      }
    },
    update(found, waiting) {
      const next = [...new Set([...staticPlaces, ...found])].sort()
      const isChanged = next.join('\n') !== places.join('\n')
      places = next
      if (isChanged && stop !== null) arm()
      // Nothing changes on disk when an absence becomes certain, so the second look is asked for by time.
      if (!waiting || timer !== null || listeners.size === 0) return
      timer = ports.clock.after(ABSENCE_MS, () => {
        timer = null
        notify()
      })
    },
  }
}
