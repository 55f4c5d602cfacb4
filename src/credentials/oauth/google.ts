import type { Credential } from '../../model/credential.ts'
import type { AccessContext, Log } from '../../model/ports.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, plusMs } from '../../model/time.ts'
import { labelOf, signInAgain } from '../credential.ts'
import type { ClientCandidate, ClientFinder } from './clients.ts'
import { interpretTokenReply, TOKEN_ENDPOINT, type TokenReply } from './token-reply.ts'

const TOKEN_URL = 'https://oauth2.googleapis.com/token'
const TOKEN_BODY_CAP = 64 * 1024
/** A token this close to its end could end on the way. */
const EXPIRY_MARGIN_MS = MINUTE_MS
/** After a fresh token was refused, another one so soon would be refused as well. */
const SHORTEST_REFRESH_GAP_MS = MINUTE_MS

/** Access tokens for Google logins of other tools: the stored one while it lasts, else one refreshed in memory. */
export interface GoogleTokens {
  access(credential: Credential, context: AccessContext): Promise<Secret>
  /** After a 401 on `rejected`; null when there is nothing else to try. Throws QuotaError when the refresh fails. */
  renew(credential: Credential, rejected: Secret, context: AccessContext): Promise<Secret | null>
  /** Drops what is remembered of every login but these fingerprints. */
  keepOnly(fingerprints: ReadonlySet<string>): void
}

export interface GoogleTokensOptions {
  readonly clients: ClientFinder
  readonly hash: (...parts: string[]) => string
  readonly log: Log
}

interface Refreshed {
  readonly token: Secret
  readonly useUntil: EpochMs
  readonly obtainedAt: EpochMs
}

interface Ended {
  readonly error: () => QuotaError
  /** Null: only another login ends it. */
  readonly until: EpochMs | null
}

interface Flight {
  readonly promise: Promise<Secret>
  readonly signal: AbortSignal
}

/** All that is remembered of one login, in memory only. */
interface Memory {
  refreshed: Refreshed | null
  /** Set when the endpoint said that asking again is of no use. */
  ended: Ended | null
  /** Hash of a stored access token that a service refused, and until when it is not tried again. */
  refused: { readonly hash: string; readonly until: EpochMs } | null
  /** Keys of clients that do not fit, and of the one that does. */
  readonly unfit: Set<string>
  fit: ClientCandidate | null
  flight: Flight | null
}

export function createGoogleTokens(options: GoogleTokensOptions): GoogleTokens {
  const memories = new Map<string, Memory>()

  function memoryOf(credential: Credential): Memory {
    const known = memories.get(credential.fingerprint)
    if (known !== undefined) return known
    const memory: Memory = { refreshed: null, ended: null, refused: null, unfit: new Set(), fit: null, flight: null }
    memories.set(credential.fingerprint, memory)
    return memory
  }

  return {
    async access(credential, context) {
      const memory = memoryOf(credential)
      const ready = readyToken(credential, memory, context.now, options.hash)
      return ready ?? refreshOnce({ credential, memory, context, options })
    },
    async renew(credential, rejected, context) {
      const memory = memoryOf(credential)
      const { refreshToken } = credential.secrets
      if (refreshToken !== null && isSame(credential.secrets.accessToken, rejected)) {
        memory.refused = { hash: options.hash(rejected.reveal()), until: plusMs(context.now, HOUR_MS) }
      }
      const { refreshed } = memory
      if (refreshed !== null && isSame(refreshed.token, rejected)) {
        if (context.now - refreshed.obtainedAt < SHORTEST_REFRESH_GAP_MS) return null
        memory.refreshed = null
      }
      // Another request may have met the same 401 first: then its new token is there already.
      const ready = readyToken(credential, memory, context.now, options.hash)
      if (ready !== null && !isSame(ready, rejected)) return ready
      return refreshToken === null ? null : refreshOnce({ credential, memory, context, options })
    },
    keepOnly(fingerprints) {
      for (const fingerprint of memories.keys()) if (!fingerprints.has(fingerprint)) memories.delete(fingerprint)
    },
  }
}

function isSame(one: Secret | null, other: Secret): boolean {
  return one !== null && one.reveal() === other.reveal()
}

/** A token that can be sent now without asking for one; null when there is none. */
function readyToken(
  credential: Credential,
  memory: Memory,
  now: EpochMs,
  hash: GoogleTokensOptions['hash'],
): Secret | null {
  const { refreshed } = memory
  if (refreshed !== null && now < refreshed.useUntil) return refreshed.token
  const { accessToken, accessExpiresAt, refreshToken } = credential.secrets
  if (accessToken === null) return null
  // Without a refresh token there is nothing better to change to, so it is used to its very end.
  const margin = refreshToken === null ? 0 : EXPIRY_MARGIN_MS
  if (accessExpiresAt !== null && now >= accessExpiresAt - margin) return null
  const { refused } = memory
  return refused !== null && now < refused.until && refused.hash === hash(accessToken.reveal()) ? null : accessToken
}

interface RefreshJob {
  readonly credential: Credential
  readonly memory: Memory
  readonly context: AccessContext
  readonly options: GoogleTokensOptions
}

/** One refresh at a time for a login; whoever comes meanwhile gets the same token. */
async function refreshOnce(job: RefreshJob): Promise<Secret> {
  const { credential, memory, context } = job
  if (credential.secrets.refreshToken === null) throw expired(credential)
  for (;;) {
    const { ended, flight } = memory
    if (ended !== null && (ended.until === null || context.now < ended.until)) throw ended.error()
    if (flight === null) break
    try {
      return await flight.promise
    } catch (error) {
      // The one who asked gave up; that says nothing about the login, so the next in line asks.
      if (!flight.signal.aborted || context.signal.aborted) throw error
    }
  }
  const flight: Flight = { promise: refresh(job), signal: context.signal }
  memory.flight = flight
  try {
    return await flight.promise
  } finally {
    if (memory.flight === flight) memory.flight = null
  }
}

/** Each client that was not yet found unfit is asked once, until one fits. */
async function refresh(job: RefreshJob): Promise<Secret> {
  const { credential, memory, options } = job
  let tried: ClientCandidate | null = null
  for (;;) {
    const client = await nextClient(job)
    if (client === null) break
    tried = client
    const reply = await ask(job, client)
    if (reply.kind === 'other_client') {
      memory.unfit.add(keyOf(client, options.hash))
      memory.fit = null
      options.log.info('oauth client does not fit this login', {
        account: labelOf(credential),
        provider: credential.provider,
        client: client.origin,
      })
      continue
    }
    memory.fit = client
    return settle(job, reply)
  }
  throw tried === null && memory.unfit.size === 0 ? clientMissing(credential) : clientMismatch(credential)
}

async function nextClient({ credential, memory, options }: RefreshJob): Promise<ClientCandidate | null> {
  if (memory.fit !== null) return memory.fit
  const { provider } = credential
  const { clients, hash } = options
  const untried = (list: readonly ClientCandidate[]): ClientCandidate | undefined =>
    list.find((client) => !memory.unfit.has(keyOf(client, hash)))
  return (
    untried(clients.configured(provider)) ??
    untried(await clients.installed(provider)) ??
    untried(await clients.lookAgain(provider)) ??
    null
  )
}

/** Two clients may share an id after its secret was replaced. */
function keyOf(client: ClientCandidate, hash: GoogleTokensOptions['hash']): string {
  return hash(client.id, client.secret.reveal())
}

async function ask(job: RefreshJob, client: ClientCandidate): Promise<TokenReply> {
  const form = new URLSearchParams({
    client_id: client.id,
    client_secret: client.secret.reveal(),
    refresh_token: job.credential.secrets.refreshToken?.reveal() ?? '',
    grant_type: 'refresh_token',
  })
  const reply = await job.context.send({
    method: 'POST',
    url: TOKEN_URL,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    endpoint: TOKEN_ENDPOINT,
    maxBytes: TOKEN_BODY_CAP,
  })
  const meaning = interpretTokenReply(reply)
  if (meaning.kind === 'token') {
    // A token with a life shorter than two margins would else be asked for again at once.
    const margin = Math.min(EXPIRY_MARGIN_MS, (meaning.expiresAt - reply.at) / 2)
    const useUntil = plusMs(meaning.expiresAt, -margin)
    job.memory.refreshed = { token: meaning.accessToken, useUntil, obtainedAt: reply.at }
    job.memory.ended = null
  }
  return meaning
}

function settle(job: RefreshJob, reply: Exclude<TokenReply, { kind: 'other_client' }>): Secret {
  const { credential, memory, context, options } = job
  switch (reply.kind) {
    case 'token':
      return reply.accessToken
    case 'transient':
      throw reply.error
    case 'revoked': {
      options.log.warn('Token Expired', { account: labelOf(credential), provider: credential.provider })
      memory.ended = { error: () => revoked(credential), until: null }
      throw revoked(credential)
    }
    case 'refused': {
      const { status } = reply
      memory.ended = { error: () => refused(credential, status), until: plusMs(context.now, HOUR_MS) }
      throw refused(credential, status)
    }
  }
}

function expired(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'credential_expired',
    message: `The access token of ${labelOf(credential)} has expired, and there is no refresh token beside it.`,
    hint: signInAgain(credential),
  })
}

function revoked(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'credential_revoked',
    message: `Token Expired: Google no longer accepts the login of ${labelOf(credential)}.`,
    hint: signInAgain(credential),
    endpoint: TOKEN_ENDPOINT,
  })
}

function refused(credential: Credential, status: number): QuotaError {
  return new QuotaError({
    code: 'rejected',
    message: `Google refused to refresh the login of ${labelOf(credential)} (HTTP ${status}).`,
    hint: `${signInAgain(credential)} It is tried again in an hour.`,
    httpStatus: status,
    endpoint: TOKEN_ENDPOINT,
  })
}

/** The names that a person sets for a provider. */
function clientVariables(provider: string): string {
  const prefix = provider === 'gemini-cli' ? 'GEMINI' : 'GOOGLE'
  return `${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET`
}

function clientMissing(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'client_missing',
    message: 'There is no OAuth client to refresh this login with.',
    hint: `Set ${clientVariables(credential.provider)} in the environment or in .env, or use the tool that signed in once more.`,
    endpoint: TOKEN_ENDPOINT,
  })
}

function clientMismatch(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'client_mismatch',
    message: 'The OAuth client id and secret do not match the ones this login was created with (unauthorized_client).',
    hint: `Set ${clientVariables(credential.provider)} to those of the tool that signed in, or sign in again with \`${credential.signInHint}\`.`,
    endpoint: TOKEN_ENDPOINT,
  })
}
