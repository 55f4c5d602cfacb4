import type { CredentialSecrets } from '../model/credential.ts'
import { type EpochMs, fromAnyInstant } from '../model/time.ts'
import { field, firstLabel, firstSecret, type JsonObject, labelText, secretOf } from './parse.ts'

/** A Google login as the OpenCode plugins write it. */
export interface GoogleEntry {
  readonly secrets: CredentialSecrets
  readonly email: string | null
  /** The project that the login itself names; null when it names none. */
  readonly project: string | null
}

interface Packed {
  readonly token: string
  readonly project: string | null
  readonly managedProject: string | null
}

/** Splits `token|project|managed project`; parts 2 and 3 may be empty or missing. */
function unpackRefresh(packed: string): Packed {
  const parts = packed.split('|')
  return {
    token: (parts[0] ?? '').trim(),
    project: labelText(parts[1]),
    managedProject: labelText(parts.slice(2).join('|')),
  }
}

const REFRESH_NAMES = ['refreshToken', 'refresh_token', 'refresh']

function packedRefresh(entry: JsonObject): Packed | null {
  for (const name of REFRESH_NAMES) {
    const value = field(entry, name)
    if (typeof value !== 'string') continue
    const packed = unpackRefresh(value)
    if (packed.token !== '') return packed
  }
  return null
}

/** Null when there is neither a refresh token nor an access token in it. */
export function readGoogleEntry(entry: JsonObject): GoogleEntry | null {
  const packed = packedRefresh(entry)
  const refreshToken = secretOf(packed?.token)
  const accessToken = firstSecret(entry, ['accessToken', 'access_token', 'access'])
  if (refreshToken === null && accessToken === null) return null
  return {
    secrets: { refreshToken, accessToken, accessExpiresAt: expiryOf(entry), apiKey: null },
    email: firstLabel(entry, ['email', 'accountEmail', 'login']),
    // What the login's owner resolved beats what the user set; what stands in a field beats what is packed.
    project:
      firstLabel(entry, ['managedProjectId', 'managed_project_id', 'quotaProjectId']) ??
      packed?.managedProject ??
      firstLabel(entry, ['projectId', 'projectID', 'project_id']) ??
      packed?.project ??
      null,
  }
}

/** 0, a text that is no instant and nonsense all mean "not known", which is no reason not to try the token. */
function expiryOf(entry: JsonObject): EpochMs | null {
  for (const name of ['expires', 'expiresAt', 'expires_at', 'expiry_date', 'expiry']) {
    const at = fromAnyInstant(field(entry, name))
    if (at !== null) return at
  }
  return null
}
