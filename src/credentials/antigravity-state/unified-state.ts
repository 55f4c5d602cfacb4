import { type EpochMs, fromUnixSeconds } from '../../model/time.ts'
import { labelText } from '../parse.ts'
import { bytesOf, fromBase64, readFields, secondsOf, textOf, type WireField } from './wire.ts'

/** The login that the editor keeps beside its other state. Texts are secrets. */
export interface StoredLogin {
  readonly accessToken: string | null
  readonly accessExpiresAt: EpochMs | null
  readonly refreshToken: string | null
  readonly idToken: string | null
  readonly email: string | null
}

const LOGIN_KEY = 'oauthTokenInfoSentinelKey'
const STATUS_KEY = 'userStatusSentinelKey'

/** `antigravityUnifiedStateSync.oauthToken` (app 1.16.5 and newer); null: no login in it. */
export function readUnifiedLogin(value: string): StoredLogin | null {
  const row = rowOf(value, LOGIN_KEY)
  if (row === null) return null
  const inner = fromBase64(textOf(row.fields, 1) ?? '')
  // One build wrote the message itself where the row belongs.
  return loginOf(inner === null ? row.fields : readFields(inner), null)
}

/** `antigravityUnifiedStateSync.userStatus`: base64 of a UserStatus message; null: none in it. */
export function readUnifiedStatus(value: string): string | null {
  const row = rowOf(value, STATUS_KEY)
  return row === null ? null : textOf(row.fields, 1)
}

/** `jetskiStateSync.agentManagerInitState` (before 1.16.5): the login as field 6, the e-mail as field 2. */
export function readOldLogin(value: string): StoredLogin | null {
  const bytes = fromBase64(value)
  const root = bytes === null ? null : readFields(bytes)
  const login = root === null ? undefined : bytesOf(root, 6).at(-1)
  if (root === null || login === undefined) return null
  return loginOf(readFields(login), labelText(textOf(root, 2)))
}

/** A topic is a list of entries, each a key and a row. */
function rowOf(value: string, key: string): { readonly fields: readonly WireField[] } | null {
  const bytes = fromBase64(value)
  const topic = bytes === null ? null : readFields(bytes)
  for (const entryBytes of bytesOf(topic ?? [], 1)) {
    const entry = readFields(entryBytes)
    if (entry === null || textOf(entry, 1) !== key) continue
    const row = bytesOf(entry, 2).at(-1)
    const fields = row === undefined ? null : readFields(row)
    if (fields !== null) return { fields }
  }
  return null
}

function loginOf(fields: readonly WireField[] | null, email: string | null): StoredLogin | null {
  if (fields === null) return null
  const accessToken = textOf(fields, 1)
  const refreshToken = textOf(fields, 3)
  if (accessToken === null && refreshToken === null) return null
  return {
    accessToken,
    refreshToken,
    accessExpiresAt: fromUnixSeconds(secondsOf(fields, 4)),
    idToken: textOf(fields, 5),
    email,
  }
}
