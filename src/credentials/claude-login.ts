import type { Credential, CredentialIdentity } from '../model/credential.ts'
import { type EpochMs, fromUnixMs } from '../model/time.ts'
import { makeCredential, NO_SECRETS } from './credential.ts'
import type { Interpreted } from './look.ts'
import { asObject, field, firstLabel, type JsonObject, labelText, parseJson, secretOf } from './parse.ts'
import type { CredentialPorts } from './ports.ts'

export interface ClaudeFileContext {
  readonly place: string
  readonly writtenAt: EpochMs | null
  readonly owner: CredentialIdentity
  /** Of the installed Claude Code; null when it is not known. */
  readonly clientVersion: string | null
  readonly hash: CredentialPorts['hash']
}

/** The document that Claude Code keeps in its file and in its keychain entry alike. */
export function interpretClaudeLogin(text: string, context: ClaudeFileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const entry = asObject(field(file, 'claudeAiOauth'))
  if (entry === null) return { kind: 'logins', credentials: [], detail: withoutLogin(file) }
  const credential = toCredential(entry, context)
  if (credential === null) return { kind: 'not_understood', detail: 'The login in it has no readable token.' }
  return { kind: 'logins', credentials: [credential], detail: null }
}

/** Claude Code keeps the sign-ins of MCP servers in the same place; without a login beside them nothing is wrong. */
function withoutLogin(file: JsonObject): string | null {
  if (asObject(field(file, 'mcpOAuth')) === null) return null
  return 'It holds only sign-ins of MCP servers, no Claude subscription.'
}

/**
 * The refresh token is single-use and Claude Code's own: it only marks the login in its fingerprint and is not kept,
 * so that nothing here can ever spend it. A missing end of the access token means that it is not known.
 */
function toCredential(entry: JsonObject, context: ClaudeFileContext): Credential | null {
  const accessToken = secretOf(field(entry, 'accessToken'))
  if (accessToken === null) return null
  const refresh = secretOf(field(entry, 'refreshToken'))
  return makeCredential({
    provider: 'claude',
    source: 'claude-code',
    origin: context.place,
    slot: 'claude.ai',
    fingerprint: context.hash('claude', accessToken.reveal(), refresh?.reveal() ?? ''),
    identity: context.owner,
    updatedAt: context.writtenAt,
    signInHint: 'claude',
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: fromUnixMs(field(entry, 'expiresAt')) },
    extra: Object.fromEntries(
      [
        ['scopes', scopesOf(entry)],
        ['subscriptionType', firstLabel(entry, ['subscriptionType'])],
        ['rateLimitTier', firstLabel(entry, ['rateLimitTier'])],
        ['clientVersion', context.clientVersion],
      ].filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== undefined),
    ),
  })
}

function scopesOf(entry: JsonObject): string | null {
  const scopes = field(entry, 'scopes')
  if (!Array.isArray(scopes)) return null
  return labelText(scopes.filter((scope) => typeof scope === 'string').join(' '))
}
