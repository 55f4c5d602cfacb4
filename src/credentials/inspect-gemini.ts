import { type EpochMs, fromUnixMs } from '../model/time.ts'
import { asObject, field, jwtClaims, labelText, parseJson, secretOf } from './parse.ts'

/** What the Gemini CLI's login file says about itself. Texts named token are secrets. */
export interface OAuthCreds {
  readonly email: string | null
  readonly subject: string | null
  /** The client that the login was made for. */
  readonly audience: string | null
  readonly scopes: readonly string[]
  readonly expiresAt: EpochMs | null
  readonly accessToken: string | null
  readonly refreshToken: string | null
  readonly idToken: string | null
}

/** Reads `oauth_creds.json` for `query gemini-oauth-creds`; null when it is not such a file. Nothing is verified. */
export function inspectOAuthCreds(text: string): OAuthCreds | null {
  const parsed = parseJson(text)
  const file = parsed.ok ? asObject(parsed.value) : null
  if (file === null) return null
  const claims = jwtClaims(field(file, 'id_token')) ?? {}
  const secret = (name: string): string | null => secretOf(field(file, name))?.reveal() ?? null
  return {
    email: labelText(field(claims, 'email')),
    subject: labelText(field(claims, 'sub')),
    audience: labelText(field(claims, 'aud')),
    scopes: labelText(field(file, 'scope'))?.split(/\s+/) ?? [],
    expiresAt: fromUnixMs(field(file, 'expiry_date')),
    accessToken: secret('access_token'),
    refreshToken: secret('refresh_token'),
    idToken: secret('id_token'),
  }
}
