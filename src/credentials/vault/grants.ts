import type { Credential } from '../../model/credential.ts'
import type { AccessContext } from '../../model/ports.ts'
import { type ProblemCode, QuotaError } from '../../model/problem.ts'
import type { HttpReply } from '../../model/provider.ts'
import type { Secret } from '../../model/secret.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, plusMs } from '../../model/time.ts'
import { labelOf, signInAgain } from '../credential.ts'
import { interpretTokenReply, TOKEN_ENDPOINT } from '../oauth/token-reply.ts'
import { asObject, field, parseJson, secretOf } from '../parse.ts'
import { createIntents, type Intents } from './intents.ts'
import { withLock } from './locked.ts'
import type { VaultPorts } from './ports.ts'
import { decodeRecord, encodeRecord, type SecretRecord } from './record.ts'
import type { SecretStore } from './store.ts'

/** How grants of one service are refreshed. */
export interface GrantPolicy {
  readonly tokenUrl: string
  /** A refresh token may be used once, and its reply brings the next one: then a lost reply is a lost grant. */
  readonly rotates: boolean
}

/** Google's refresh tokens do not rotate: a refresh that fails in any way may be sent again. */
const GOOGLE: GrantPolicy = { tokenUrl: 'https://oauth2.googleapis.com/token', rotates: false }
const POLICIES: Readonly<Record<string, GrantPolicy>> = { antigravity: GOOGLE, 'gemini-cli': GOOGLE }

type GrantRecord = Extract<SecretRecord, { kind: 'grant' }>

/** A grant as it stands in its store. */
export interface OwnGrant {
  readonly credential: Credential
  readonly record: GrantRecord
  readonly name: string
  readonly store: SecretStore
}

/** Refreshes grants of ours. One refresh at a time for a grant; access tokens live in memory only. */
export interface Grants {
  /** A token that can be sent now; null: it must be refreshed. Throws when refreshing is known to be of no use. */
  ready(credential: Credential, now: EpochMs): Secret | null
  /** The same after a 401; `too-soon`: it was refreshed a moment ago, and another one would be refused as well. */
  afterRejection(credential: Credential, rejected: Secret, now: EpochMs): Secret | 'too-soon' | null
  refresh(grant: OwnGrant, context: AccessContext): Promise<Secret>
  keepOnly(fingerprints: ReadonlySet<string>): void
}

export interface GrantsOptions {
  readonly ports: VaultPorts
  readonly stateFolder: string
  readonly policies?: Readonly<Record<string, GrantPolicy>>
}

const EXPIRY_MARGIN_MS = MINUTE_MS
const SHORTEST_REFRESH_GAP_MS = MINUTE_MS
const TOKEN_BODY_CAP = 64 * 1024

interface Memory {
  fresh: { readonly token: Secret; readonly useUntil: EpochMs; readonly obtainedAt: EpochMs } | null
  /** Refreshing is of no use until then; null: until another sign-in. */
  ended: { readonly error: () => QuotaError; readonly until: EpochMs | null } | null
  flight: { readonly promise: Promise<Secret>; readonly signal: AbortSignal } | null
  /** A rotated grant that its store would not take; saved at the next chance. */
  unsaved: { readonly record: GrantRecord; readonly replaces: string } | null
}

/** The lock and the note of one grant: by name, for whoever removes or renames the account as well. */
export function grantFiles(
  ports: Pick<VaultPorts, 'hash'>,
  stateFolder: string,
  name: string,
): { readonly lock: string; readonly intent: string } {
  const stem = `${stateFolder}/grants/${ports.hash('grant', name)}`
  return { lock: `${stem}.lock`, intent: `${stem}.json` }
}

interface Job {
  readonly grant: OwnGrant
  readonly memory: Memory
  readonly context: AccessContext
  readonly policy: GrantPolicy
  readonly options: GrantsOptions
  readonly intents: Intents
}

export function createGrants(options: GrantsOptions): Grants {
  const memories = new Map<string, Memory>()
  const intents = createIntents(options.ports)
  const memoryOf = (credential: Credential): Memory => {
    const known = memories.get(credential.fingerprint)
    if (known !== undefined) return known
    const memory: Memory = { fresh: null, ended: null, flight: null, unsaved: null }
    memories.set(credential.fingerprint, memory)
    return memory
  }
  const ready = (memory: Memory, now: EpochMs): Secret | null => {
    const { fresh, ended } = memory
    if (fresh !== null && now < fresh.useUntil) return fresh.token
    if (ended !== null && (ended.until === null || now < ended.until)) throw ended.error()
    return null
  }
  return {
    ready: (credential, now) => ready(memoryOf(credential), now),
    afterRejection(credential, rejected, now) {
      const memory = memoryOf(credential)
      const { fresh } = memory
      if (fresh !== null && fresh.token.reveal() === rejected.reveal()) {
        if (now - fresh.obtainedAt < SHORTEST_REFRESH_GAP_MS) return 'too-soon'
        memory.fresh = null
      }
      return ready(memory, now)
    },
    refresh(grant, context) {
      const policy = (options.policies ?? POLICIES)[grant.credential.provider]
      if (policy === undefined) throw needsLogin(grant.credential, 'tokstat cannot refresh a login of this service.')
      return inFlight({ grant, memory: memoryOf(grant.credential), context, policy, options, intents })
    },
    keepOnly(fingerprints) {
      for (const fingerprint of memories.keys()) if (!fingerprints.has(fingerprint)) memories.delete(fingerprint)
    },
  }
}

async function inFlight(job: Job): Promise<Secret> {
  const { memory, context } = job
  while (memory.flight !== null) {
    const { promise, signal } = memory.flight
    try {
      return await promise
    } catch (error) {
      // The one who asked gave up: that says nothing about the grant, so the next in line asks.
      if (!signal.aborted || context.signal.aborted) throw error
    }
    if (memory.ended !== null) throw memory.ended.error()
  }
  const flight = { promise: start(job), signal: context.signal }
  memory.flight = flight
  try {
    return await flight.promise
  } finally {
    if (memory.flight === flight) memory.flight = null
  }
}

function start(job: Job): Promise<Secret> {
  const { policy, grant, options } = job
  if (!policy.rotates) return spend(job, grant.record)
  const { lock } = grantFiles(options.ports, options.stateFolder, grant.name)
  return withLock(options.ports, lock, () => spendCarefully(job))
}

/**
 * For a token that may be used once. Under the lock the store is read again (another process may have refreshed), the
 * store must take a write before the token is spent, and a note on disk says that it is being spent: whoever finds
 * the note with the same token still in the store knows that its reply was lost, and never sends it again.
 */
async function spendCarefully(job: Job): Promise<Secret> {
  const { grant, intents, options, memory } = job
  const { intent } = grantFiles(options.ports, options.stateFolder, grant.name)
  await saveLate(job)
  const record = await current(grant)
  const generation = options.ports.hash(record.refreshToken.reveal())
  if ((await intents.read(intent)) === generation) {
    memory.ended = { error: () => lostReply(grant.credential), until: null }
    throw lostReply(grant.credential)
  }
  await grant.store.set(grant.name, encodeRecord(record))
  await intents.write(intent, generation)
  try {
    const token = await spend(job, record)
    if (memory.unsaved === null) await intents.clear(intent)
    return token
  } catch (error) {
    // No answer of any kind: the service may have taken the token.
    if (isAmbiguous(error)) memory.ended = { error: () => lostReply(grant.credential), until: null }
    else await intents.clear(intent)
    throw error
  }
}

/** Failures without an answer in which the request never left this machine. */
const UNSENT: ReadonlySet<ProblemCode> = new Set(['offline', 'rate_limited', 'client_missing'])

/** A refusal is an answer: the token was not taken. A 2xx that could not be read means that it was. */
function isAmbiguous(error: unknown): boolean {
  if (!(error instanceof QuotaError)) return true
  return error.httpStatus === null ? !UNSENT.has(error.code) : error.httpStatus < 400
}

async function current(grant: OwnGrant): Promise<GrantRecord> {
  const text = await grant.store.get(grant.name)
  const record = text === null ? null : decodeRecord(text)
  if (record?.kind === 'grant') return record
  throw needsLogin(grant.credential, `The login of ${labelOf(grant.credential)} was removed.`)
}

async function spend(job: Job, record: GrantRecord): Promise<Secret> {
  const { grant, context, policy, memory, options } = job
  const { credential } = grant
  if (record.client === null) throw clientMissing(credential)
  const form = new URLSearchParams({
    client_id: record.client.id,
    ...(record.client.secret === null ? {} : { client_secret: record.client.secret.reveal() }),
    refresh_token: record.refreshToken.reveal(),
    grant_type: 'refresh_token',
  })
  const reply = await context.send({
    method: 'POST',
    url: policy.tokenUrl,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    endpoint: TOKEN_ENDPOINT,
    maxBytes: TOKEN_BODY_CAP,
  })
  const meaning = interpretTokenReply(reply)
  if (meaning.kind === 'token') {
    const margin = Math.min(EXPIRY_MARGIN_MS, (meaning.expiresAt - reply.at) / 2)
    memory.fresh = { token: meaning.accessToken, useUntil: plusMs(meaning.expiresAt, -margin), obtainedAt: reply.at }
    memory.ended = null
    await keepNext(job, record, reply)
    return meaning.accessToken
  }
  if (meaning.kind === 'transient') throw meaning.error
  if (meaning.kind === 'other_client') throw clientMismatch(credential)
  if (meaning.kind === 'revoked') {
    options.ports.log.warn('Token Expired', { account: labelOf(credential), provider: credential.provider })
    memory.ended = { error: () => revoked(credential), until: null }
    throw revoked(credential)
  }
  const { status } = meaning
  memory.ended = { error: () => refused(credential, status), until: plusMs(context.now, HOUR_MS) }
  throw refused(credential, status)
}

/** Keeps the refresh token that came with a reply; none, or an empty one, means that the old one stays good. */
async function keepNext(job: Job, record: GrantRecord, reply: HttpReply): Promise<void> {
  const parsed = parseJson(reply.body)
  const next = parsed.ok ? secretOf(field(asObject(parsed.value) ?? {}, 'refresh_token')) : null
  if (next === null || next.reveal() === record.refreshToken.reveal()) return
  job.memory.unsaved = { record: { ...record, refreshToken: next }, replaces: record.refreshToken.reveal() }
  await saveLate(job)
}

/**
 * Writes a rotated grant to its store, if one waits for that. Only over the token it came from: an account that was
 * removed meanwhile stays removed, and a newer sign-in stays (C12, C28).
 */
async function saveLate({ grant, memory, options, intents }: Job): Promise<void> {
  const { unsaved } = memory
  if (unsaved === null) return
  try {
    const text = await grant.store.get(grant.name)
    const present = text === null ? null : decodeRecord(text)
    if (present?.kind === 'grant' && present.refreshToken.reveal() === unsaved.replaces) {
      await grant.store.set(grant.name, encodeRecord(unsaved.record))
    }
    memory.unsaved = null
    await intents.clear(grantFiles(options.ports, options.stateFolder, grant.name).intent)
  } catch {
    // The access token is good for its life, and the note on disk keeps others from the spent token.
    options.ports.log.error('a renewed login could not be saved', { account: labelOf(grant.credential) })
  }
}

export function needsLogin(credential: Credential, message: string): QuotaError {
  return new QuotaError({ code: 'signed_out', message, hint: signInAgain(credential) })
}

function lostReply(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'credential_expired',
    message: `The last refresh of ${labelOf(credential)} got no answer; sending it again could end the login for good.`,
    hint: signInAgain(credential),
    endpoint: TOKEN_ENDPOINT,
  })
}

function revoked(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'credential_revoked',
    message: `Token Expired: the service no longer accepts the login of ${labelOf(credential)}.`,
    hint: signInAgain(credential),
    endpoint: TOKEN_ENDPOINT,
    httpStatus: 400,
  })
}

function refused(credential: Credential, status: number): QuotaError {
  return new QuotaError({
    code: 'rejected',
    message: `The service refused to refresh the login of ${labelOf(credential)} (HTTP ${status}).`,
    hint: `${signInAgain(credential)} It is tried again in an hour.`,
    httpStatus: status,
    endpoint: TOKEN_ENDPOINT,
  })
}

function clientMissing(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'client_missing',
    message: 'The OAuth client of this login was not kept with it.',
    hint: signInAgain(credential),
  })
}

function clientMismatch(credential: Credential): QuotaError {
  return new QuotaError({
    code: 'client_mismatch',
    message: 'The service does not know the OAuth client of this login any more.',
    hint: signInAgain(credential),
    endpoint: TOKEN_ENDPOINT,
    httpStatus: 401,
  })
}
