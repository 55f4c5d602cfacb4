import type { Credential, CredentialSecrets, SourceReport } from '../../model/credential.ts'
import { fromIso } from '../../model/time.ts'
import {
  readOldLogin,
  readUnifiedLogin,
  readUnifiedStatus,
  type StoredLogin,
} from '../antigravity-state/unified-state.ts'
import { type CachedStatus, readUserStatus } from '../antigravity-state/user-status.ts'
import { googleFingerprint, makeCredential, NO_IDENTITY } from '../credential.ts'
import { type Interpreted, lookAt, reasonText, report, signInAnew } from '../look.ts'
import { asObject, field, firstLabel, jwtClaims, labelText, parseJson, secretOf } from '../parse.ts'
import { agyTokenFiles, antigravityStateFiles, placesFor } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'antigravity-ide'
const PROVIDER = 'antigravity'

/** Keys of the editor's state that say who is signed in and what is left. */
export const STATE_KEYS = {
  auth: 'antigravityAuthStatus',
  login: 'antigravityUnifiedStateSync.oauthToken',
  status: 'antigravityUnifiedStateSync.userStatus',
  oldLogin: 'jetskiStateSync.agentManagerInitState',
} as const

/** What to ask of `state.vscdb`. */
export const STATE_QUERY = {
  table: 'ItemTable',
  keyColumn: 'key',
  valueColumn: 'value',
  keys: Object.values(STATE_KEYS),
}

/** The Antigravity editor's own state (`state.vscdb`), and the login file of its command `agy`. */
export const antigravityIde: Source = {
  id: SOURCE,
  places: (environment) => [
    ...placesFor(antigravityStateFiles(environment), 'the login of the Antigravity editor, and what it cached').map(
      (place) => ({ ...place, isBusy: true }),
    ),
    ...placesFor(agyTokenFiles(environment), 'the login of Antigravity’s `agy`'),
  ],
  find,
}

interface Found {
  readonly credentials: readonly Credential[]
  readonly report: SourceReport
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  const states = antigravityStateFiles(environment)
  const files = agyTokenFiles(environment)
  const looks = await Promise.all([
    ...states.map((place) => lookAtState(place, ports)),
    ...files.map((place) => lookAt(ports, SOURCE, place, ({ text }) => interpretAgy(text, place, ports))),
  ])
  return {
    credentials: looks.flatMap((look) => look.credentials),
    reports: looks.map((look) => look.report),
    watched: files,
  }
}

async function lookAtState(place: string, ports: CredentialPorts): Promise<Found> {
  const read = await ports.readRows(place, STATE_QUERY)
  if (read.kind === 'absent') return { credentials: [], report: report(SOURCE, place, 'absent') }
  if (read.kind === 'unreadable') {
    const isDamaged = read.reason === 'malformed'
    const detail = isDamaged ? 'It is no database that can be read.' : reasonText(read.reason)
    const hint = isDamaged ? signInAnew(SOURCE) : null
    return { credentials: [], report: report(SOURCE, place, 'unreadable', { detail, hint }) }
  }
  const state = readState(read.rows)
  const credentials = [
    ...loginCredential(state, place, ports),
    ...cacheCredential(state, { place, mtimeMs: read.mtimeMs, ports }),
  ]
  const count = credentials.length
  return {
    credentials,
    report: report(SOURCE, place, count === 0 ? 'empty' : 'found', { count, detail: state.detail }),
  }
}

/** What the rows of `state.vscdb` mean. Texts named token or key are secrets. */
export interface EditorState {
  readonly email: string | null
  readonly name: string | null
  /** The short-lived access token that the editor calls its API key. */
  readonly apiKey: string | null
  readonly login: StoredLogin | null
  readonly status: CachedStatus | null
  /** What could not be understood; null: nothing. */
  readonly detail: string | null
}

/** Reads every row by itself: a broken one hides no other. */
export function readState(rows: ReadonlyMap<string, string>): EditorState {
  const auth = rows.get(STATE_KEYS.auth)
  const parsed = auth === undefined ? null : parseJson(auth)
  const root = parsed?.ok === true ? (asObject(parsed.value) ?? {}) : {}
  const login = readUnifiedLogin(rows.get(STATE_KEYS.login) ?? '') ?? readOldLogin(rows.get(STATE_KEYS.oldLogin) ?? '')
  const encoded = field(root, 'userStatusProtoBinaryBase64')
  const plain = typeof encoded === 'string' ? readUserStatus(encoded) : null
  const unified = readUserStatus(readUnifiedStatus(rows.get(STATE_KEYS.status) ?? '') ?? '')
  const status = newer(plain, unified)
  const isBroken = parsed?.ok === false || (typeof encoded === 'string' && plain === null)
  return {
    email: status?.email ?? firstLabel(root, ['email']) ?? login?.email ?? emailIn(login),
    name: firstLabel(root, ['name']),
    apiKey: secretOf(field(root, 'apiKey'))?.reveal() ?? null,
    login,
    status,
    detail: isBroken ? 'A part of what the editor keeps there could not be understood.' : null,
  }
}

/** The state is kept in two rows, by age of the app; the one with the later resets was heard later. */
function newer(one: CachedStatus | null, other: CachedStatus | null): CachedStatus | null {
  if (one === null || other === null) return one ?? other
  const latest = ({ models }: CachedStatus): number => Math.max(0, ...models.map(({ resetsAt }) => resetsAt ?? 0))
  return latest(other) > latest(one) ? other : one
}

function emailIn(login: StoredLogin | null): string | null {
  return labelText(field(jwtClaims(login?.idToken) ?? {}, 'email'))
}

function loginCredential(state: EditorState, place: string, ports: CredentialPorts): readonly Credential[] {
  const { login, apiKey, email } = state
  const accessToken = secretOf(login?.accessToken) ?? secretOf(apiKey)
  const secrets: CredentialSecrets = {
    accessToken,
    accessExpiresAt: secretOf(login?.accessToken) === null ? null : (login?.accessExpiresAt ?? null),
    refreshToken: secretOf(login?.refreshToken),
    apiKey: null,
  }
  if (secrets.accessToken === null && secrets.refreshToken === null) return []
  return [
    makeCredential({
      provider: PROVIDER,
      source: SOURCE,
      origin: place,
      slot: 'login',
      fingerprint: googleFingerprint(ports.hash, PROVIDER, secrets),
      identity: { ...NO_IDENTITY, subject: labelText(field(jwtClaims(login?.idToken) ?? {}, 'sub')), email },
      // The file changes with every click in the editor: its time says nothing about the login.
      updatedAt: null,
      signInHint: 'antigravity',
      secrets,
    }),
  ]
}

interface CacheContext {
  readonly place: string
  readonly mtimeMs: number
  readonly ports: CredentialPorts
}

/** What the editor cached, as a credential that needs no token. Without an e-mail nobody can say whose it is. */
function cacheCredential(
  { email, status }: EditorState,
  { place, mtimeMs, ports }: CacheContext,
): readonly Credential[] {
  if (email === null || status === null || status.models.length === 0) return []
  const cache = {
    models: status.models.map(({ label, left, resetsAt }) => ({ label, left, reset: resetsAt })),
    dropped: status.dropped,
    writtenAt: Math.trunc(mtimeMs),
  }
  return [
    makeCredential({
      provider: PROVIDER,
      source: SOURCE,
      origin: place,
      slot: 'cache',
      fingerprint: ports.hash(PROVIDER, 'cache', place, email.toLowerCase()),
      identity: { ...NO_IDENTITY, email },
      signInHint: 'antigravity',
      local: true,
      extra: { local: 'cache', cache: JSON.stringify(cache) },
    }),
  ]
}

/** `{token: {access_token, refresh_token, expiry}, id_token?}`; the expiry has nanoseconds and a local offset. */
function interpretAgy(text: string, place: string, ports: CredentialPorts): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const root = asObject(parsed.value)
  const token = root === null ? null : asObject(field(root, 'token'))
  if (root === null || token === null) return { kind: 'not_understood', detail: 'The file holds no token.' }
  const claims = jwtClaims(field(root, 'id_token')) ?? jwtClaims(field(token, 'id_token')) ?? {}
  const secrets: CredentialSecrets = {
    accessToken: secretOf(field(token, 'access_token')),
    accessExpiresAt: fromIso(field(token, 'expiry')),
    refreshToken: secretOf(field(token, 'refresh_token')),
    apiKey: null,
  }
  if (secrets.accessToken === null && secrets.refreshToken === null) {
    return { kind: 'logins', credentials: [], detail: null }
  }
  const login = makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: place,
    slot: 'agy',
    fingerprint: googleFingerprint(ports.hash, PROVIDER, secrets),
    identity: { ...NO_IDENTITY, subject: labelText(field(claims, 'sub')), email: labelText(field(claims, 'email')) },
    signInHint: 'agy',
    secrets,
  })
  const command = makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: place,
    slot: 'agy command',
    // Without an e-mail the two are known to be one by their secret alone.
    fingerprint: login.identity.email === null ? login.fingerprint : ports.hash(login.fingerprint, 'command'),
    identity: login.identity,
    signInHint: 'agy',
    local: true,
    extra: { local: 'agy' },
  })
  return { kind: 'logins', credentials: [login, command], detail: null }
}
