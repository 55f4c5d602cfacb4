import type { Credential } from '../model/credential.ts'
import type { AccessContext, Clock, CredentialStore, Log, SendHttp } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest, LocalHost, Provider, ProviderHost } from '../model/provider.ts'
import type { Reading } from '../model/reading.ts'
import { blockedModel, requestedDelayMs } from '../model/retry-after.ts'
import { Secret } from '../model/secret.ts'
import type { PollingSettings } from '../model/settings.ts'
import { type EpochMs, plusMs } from '../model/time.ts'
import type { Cooldowns } from './cooldowns.ts'
import { hostOf, internalError } from './faults.ts'
import { findHanded, type Handed, type HandedFacts, type LastReading, sparesRequest } from './handed.ts'
import type { FailedOutcome, Outcome } from './outcome.ts'
import { intervalOf } from './schedule.ts'
import type { ClockSkew } from './skew.ts'
import type { Slots } from './slots.ts'

export interface AttemptDeps {
  readonly clock: Clock
  readonly log: Log
  readonly send: SendHttp
  readonly store: CredentialStore
  readonly cooldowns: Cooldowns
  /** Requests under way, by host. */
  readonly hostSlots: Slots
  readonly skew: ClockSkew
  readonly settings: () => PollingSettings
  /** Hosts that a refresh of a login may ask beside the provider's own. */
  readonly tokenHosts: readonly string[]
  readonly version: string
  readonly platform: ProviderHost['platform']
  /** This machine's programs. Absent: nothing local is asked but caches. */
  readonly local?: LocalHost | undefined
  /** What owners' programs have handed over for a provider, as it was kept. Absent: nothing is. */
  readonly handed?: ((provider: Provider['id']) => Promise<unknown>) | undefined
}

export interface AttemptTarget {
  readonly account: string
  readonly provider: Provider
  /** Best first; the next one is asked only when the login before it is refused. */
  readonly credentials: readonly Credential[]
  /** Told when the service refuses a login for good. */
  readonly onRefused?: (credential: Credential) => void
  /** The last good reading and when it is from: what is read locally never takes the place of a newer one. */
  readonly last?: LastReading | null | undefined
  /** Milliseconds since the service itself last answered. Absent: it has not. */
  readonly sinceAskedMs?: number | undefined
  /** Somebody asked for this very attempt, so an owner's own command may be run for it. */
  readonly byHand?: boolean | undefined
}

/** The whole attempt may take this many times the deadline of one request. */
const WATCHDOG_FACTOR = 4
/** Logins of one account that one attempt tries; what is read locally costs no service anything, so it comes after. */
const MOST_LOGINS = 3
/** What is read locally needs no token. */
const NO_TOKEN = new Secret('')

/**
 * One bounded attempt: access, read, and after a 401 one renewal and one more read. Never throws, never hangs.
 * `stop` ends it from outside; then the outcome is `dropped`, whatever arrives later.
 */
export async function runAttempt(deps: AttemptDeps, target: AttemptTarget, stop: AbortSignal): Promise<Outcome> {
  const { clock } = deps
  const began = clock.monotonicMs()
  const now = clock.now()
  const watchdog = new AbortController()
  const signal = AbortSignal.any([stop, watchdog.signal])
  const timer = clock.after(WATCHDOG_FACTOR * deps.settings().timeoutMs, () => watchdog.abort())
  const attempt: Attempt = { deps, target, now, signal, seen: { block: null } }
  try {
    const asked = askOrTakeHanded(attempt)
    const { reading, credential, handed } = await Promise.race([asked, rejectionOf(signal)])
    if (stop.aborted) return { kind: 'dropped' }
    const observedAt = reading.observedAt ?? now
    const tookMs = clock.monotonicMs() - began
    return { kind: 'read', at: clock.now(), observedAt, tookMs, reading, credential, handed }
  } catch (thrown) {
    if (stop.aborted) return { kind: 'dropped' }
    const cause = watchdog.signal.aborted ? tookTooLong(target) : thrown
    return { ...failureOf(cause, attempt), at: clock.now(), tookMs: clock.monotonicMs() - began }
  } finally {
    timer.cancel()
    // Whatever of the attempt is still under way must end: nobody waits for it any more.
    watchdog.abort()
  }
}

interface Attempt {
  readonly deps: AttemptDeps
  readonly target: AttemptTarget
  readonly now: EpochMs
  readonly signal: AbortSignal
  /** What the answers said beside the reading. */
  readonly seen: { block: FailedOutcome['block'] }
}

interface Answered {
  readonly reading: Reading
  readonly credential: Credential
}

/** Thrown when the service said 401 and the one renewal did not help. */
class StillUnauthorized extends Error {
  readonly error: QuotaError

  constructor(error: QuotaError) {
    super(error.message)
    this.error = error
  }
}

/**
 * What the owner's program has handed over spares the request while it is recent, unless a person asked; and it stands
 * in for a service that does not answer.
 */
async function askOrTakeHanded(attempt: Attempt): Promise<Answered & { readonly handed: boolean }> {
  const facts = handedFacts(attempt)
  const handed = await handedTo(attempt, facts)
  const { byHand, sinceAskedMs = Number.POSITIVE_INFINITY } = attempt.target
  if (handed !== null && byHand !== true && sparesRequest(handed, facts, sinceAskedMs))
    return { ...handed, handed: true }
  try {
    return { ...(await askLogins(attempt)), handed: false }
  } catch (thrown) {
    attempt.signal.throwIfAborted()
    if (handed === null || !(thrown instanceof QuotaError || thrown instanceof StillUnauthorized)) throw thrown
    const { reading, credential } = handed
    return { reading: asStandIn(attempt, reading, thrown), credential, handed: true }
  }
}

function handedFacts({ deps, target, now }: Attempt): HandedFacts {
  const { provider, credentials, last = null } = target
  return { provider, credentials, last, now, intervalMs: intervalOf(provider.id, deps.settings()) }
}

async function handedTo({ deps, target }: Attempt, facts: HandedFacts): Promise<Handed | null> {
  if (deps.handed === undefined || target.provider.handed === undefined) return null
  // A file that cannot be read is as good as none: the service is asked as ever.
  const content = await deps.handed(target.provider.id).catch(() => null)
  return findHanded(content, facts)
}

async function askLogins(attempt: Attempt): Promise<Answered> {
  const { credentials, onRefused } = attempt.target
  const usable = credentials.filter((credential) => credential.enabled)
  const wanted = usable.length > 0 ? usable : credentials
  const logins = wanted.filter((credential) => credential.local !== true).slice(0, MOST_LOGINS)
  let failure: unknown = null
  for (const credential of [...logins, ...wanted.filter((one) => one.local === true)]) {
    try {
      const reading = await askLogin(attempt, credential)
      return { reading: credential.local === true ? asStandIn(attempt, reading, failure) : reading, credential }
    } catch (thrown) {
      attempt.signal.throwIfAborted()
      if (thrown instanceof StillUnauthorized) onRefused?.(credential)
      // What is read locally only stands in for a login: its own trouble is told when there is no login at all.
      else if (credential.local === true && thrown instanceof QuotaError) failure ??= thrown
      else if (!(thrown instanceof QuotaError) || thrown.status !== 'auth_required') throw thrown
      // The best login's own trouble is the one to tell: it is the one its owner would mend.
      failure ??= thrown
    }
  }
  throw failure ?? new QuotaError({ code: 'signed_out', message: 'No login was found for this account.' })
}

/**
 * A local reading in place of a login's. An older one than what is known is no news: then the login's failure stands,
 * or, where there is no login that could fail, the last reading with its age. Beside a failure it carries a remark.
 */
function asStandIn({ target, now }: Attempt, reading: Reading, failure: unknown): Reading {
  const { last } = target
  if (last && (reading.observedAt ?? now) < last.observedAt) {
    if (failure !== null) throw failure
    return { ...last.reading, observedAt: last.observedAt }
  }
  const cause = failure instanceof StillUnauthorized ? failure.error : failure
  if (!(cause instanceof QuotaError)) return reading
  const message = `The login itself could not be used: ${cause.message}`
  return { ...reading, notes: [...reading.notes, { code: 'partial', message }] }
}

async function askLogin(attempt: Attempt, credential: Credential): Promise<Reading> {
  if (credential.local === true && credential.unreadable === null) return read(attempt, credential, NO_TOKEN)
  try {
    return await askWithAccess(attempt, credential)
  } catch (ended) {
    const owners = hasExpired(ended) ? await askOwner(attempt, credential) : null
    if (owners === null) throw ended
    return owners
  }
}

function hasExpired(thrown: unknown): boolean {
  const cause = thrown instanceof StillUnauthorized ? thrown.error : thrown
  return cause instanceof QuotaError && cause.code === 'credential_expired'
}

/** Null where there is no program to ask, or it was no help: then the login's own trouble is the one to tell. */
async function askOwner(attempt: Attempt, credential: Credential): Promise<Reading | null> {
  const { owner } = attempt.target.provider
  const runOwner = localFor(attempt)?.runOwner ?? null
  if (owner === undefined || runOwner === null || attempt.signal.aborted) return null
  try {
    const answers = await owner.ask(credential, { ...hostFacts(attempt), runOwner })
    return answers === null ? null : owner.parse(answers, credential, attempt.deps.clock.now())
  } catch (thrown) {
    attempt.signal.throwIfAborted()
    if (thrown instanceof QuotaError) return null
    throw thrown
  }
}

async function askWithAccess(attempt: Attempt, credential: Credential): Promise<Reading> {
  const { store } = attempt.deps
  const login = loginOf(credential)
  const context: AccessContext = {
    now: plusMs(attempt.now, attempt.deps.skew.skewMs()),
    signal: attempt.signal,
    send: (request) => ask(attempt, credential, request, attempt.deps.tokenHosts),
  }
  const access = await store.access(login, context)
  try {
    return await read(attempt, credential, access)
  } catch (first) {
    if (!isUnauthorized(first) || attempt.signal.aborted) throw first
    const renewed = await store.renew(login, access, context)
    if (renewed === null) throw new StillUnauthorized(first)
    try {
      return await read(attempt, credential, renewed)
    } catch (second) {
      throw isUnauthorized(second) ? new StillUnauthorized(second) : second
    }
  }
}

/** An Antigravity login that is shown under another provider is still authorised as what it is. */
function loginOf(credential: Credential): Credential {
  return credential.source === 'antigravity-accounts' ? { ...credential, provider: 'antigravity' } : credential
}

function isUnauthorized(thrown: unknown): thrown is QuotaError {
  return thrown instanceof QuotaError && (thrown.code === 'credential_expired' || thrown.httpStatus === 401)
}

function read(attempt: Attempt, credential: Credential, access: Secret): Promise<Reading> {
  return attempt.target.provider.read(credential, {
    ...hostFacts(attempt),
    access,
    local: localFor(attempt),
    request: (request) => ask(attempt, credential, request, []),
  })
}

function hostFacts({ deps, target, now, signal }: Attempt): Omit<ProviderHost, 'access' | 'request' | 'local'> {
  const { provider } = target
  const own = deps.settings().providerSettings[provider.id]
  return {
    now,
    signal,
    settings: own ?? provider.settings.parse({}),
    platform: deps.platform,
    version: deps.version,
    known: target.last?.reading.quotas,
  }
}

/** An owner's command is run for a person who asked, or where the settings allow it in the background. */
function localFor({ deps, target }: Attempt): LocalHost | undefined {
  const { local } = deps
  if (local === undefined) return undefined
  const own = deps.settings().providerSettings[target.provider.id]
  const isSet = typeof own === 'object' && own !== null && 'run_owner_cli' in own && own.run_owner_cli === true
  const isAllowed = target.byHand === true || isSet
  return isAllowed ? local : { ...local, runOwner: null }
}

/** The one door to the network: allowed hosts only, never inside a cooldown, a bounded number at each host. */
async function ask(
  attempt: Attempt,
  credential: Credential,
  request: HttpRequest,
  moreHosts: readonly string[],
): Promise<HttpReply> {
  const { deps, target, signal } = attempt
  const host = hostOf(request.url)
  const allowed = target.provider.hostsFor?.(credential) ?? target.provider.hosts
  if (host === null || ![...allowed, ...moreHosts].includes(host)) {
    throw new Error('a host that the provider does not declare')
  }
  const key = {
    provider: target.provider.id,
    account: target.account,
    endpoint: request.endpoint,
    fingerprint: credential.fingerprint,
  }
  await deps.cooldowns.sync()
  refuseInsideCooldown(deps.cooldowns.remainingMs(key), request.endpoint)
  const giveBack = await deps.hostSlots.acquire(host, signal)
  try {
    // Another request of this account may have been refused while this one waited for its turn.
    refuseInsideCooldown(deps.cooldowns.remainingMs(key), request.endpoint)
    const reply = await deps.send({ ...request, timeoutMs: deps.settings().timeoutMs }, signal)
    deps.skew.observe(reply)
    if (reply.status === 429) noteRefusal(attempt, key, reply)
    else if (reply.status >= 200 && reply.status < 300) deps.cooldowns.clear(key)
    return reply
  } finally {
    giveBack()
  }
}

/** A 429 that names a model is that model's end, not the endpoint's: the account's other models go on. */
function noteRefusal(attempt: Attempt, key: Parameters<Cooldowns['refuse']>[0], reply: HttpReply): void {
  const blocked = blockedModel(reply)
  if (blocked === null) attempt.deps.cooldowns.refuse(key, requestedDelayMs(reply))
  else attempt.seen.block = { model: blocked.model, until: blocked.untilMs }
}

function refuseInsideCooldown(remainingMs: number, endpoint: string): void {
  if (remainingMs <= 0) return
  throw new QuotaError({
    code: 'rate_limited',
    message: 'The service asked for a pause; nothing is sent before it is over.',
    retryAfterMs: Math.ceil(remainingMs),
    endpoint,
  })
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

function tookTooLong(target: AttemptTarget): QuotaError {
  return new QuotaError({ code: 'timeout', message: `${target.provider.title} took too long to answer.` })
}

function failureOf(thrown: unknown, attempt: Attempt): Omit<FailedOutcome, 'at' | 'tookMs'> {
  const unauthorized = thrown instanceof StillUnauthorized
  const cause = unauthorized ? thrown.error : thrown
  const { deps, target } = attempt
  const error = cause instanceof QuotaError ? cause : internalError(cause, target, deps.log)
  return { kind: 'failed', error, unauthorized, block: blockOf(error, attempt) }
}

function blockOf(error: QuotaError, attempt: Attempt): FailedOutcome['block'] {
  if (error.code !== 'rate_limited' || error.model === null) return attempt.seen.block
  if (attempt.seen.block?.model === error.model) return attempt.seen.block
  const wait = error.retryAfterMs ?? attempt.deps.settings().backoffFloorMs
  return { model: error.model, until: plusMs(attempt.deps.clock.now(), wait) }
}
