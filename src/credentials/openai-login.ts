import type { CredentialIdentity } from '../model/credential.ts'
import type { Secret } from '../model/secret.ts'
import { type EpochMs, fromUnixSeconds } from '../model/time.ts'
import { NO_IDENTITY } from './credential.ts'
import { asObject, field, firstLabel, type JsonObject, jwtClaims, labelText } from './parse.ts'

/** What the tokens of a ChatGPT login say about themselves. */
export interface OpenAiLogin {
  /** Account and user: a team shares the first, a person's workspaces the second. */
  readonly identity: CredentialIdentity
  /** The access token's own end. That of the id_token comes days earlier and means nothing here. */
  readonly accessExpiresAt: EpochMs | null
  /** Facts for `Credential.extra`. */
  readonly extra: Readonly<Record<string, string>>
}

const AUTH = 'https://api.openai.com/auth'
const PROFILE = 'https://api.openai.com/profile'

export interface OpenAiTokens {
  readonly accessToken: Secret
  /** As it stands in the file; null when there is none. */
  readonly idToken: unknown
  /** The account id the file names beside the tokens. */
  readonly storedAccount: string | null
}

/**
 * Reads the claims of both tokens; neither is verified, and neither has to be a JWT at all. The account that the file
 * names comes first, because its owner chose it; `org-…` names something else than an account.
 */
export function readOpenAiLogin({ accessToken, idToken, storedAccount }: OpenAiTokens): OpenAiLogin {
  const access = jwtClaims(accessToken.reveal()) ?? {}
  const claims = [jwtClaims(idToken) ?? {}, access]
  const auths = claims.map((one) => asObject(field(one, AUTH)) ?? {})
  const stored = storedAccount === null || storedAccount.startsWith('org-') ? null : storedAccount
  const plan = firstOf([...auths].reverse(), ['chatgpt_plan_type'])
  return {
    identity: {
      ...NO_IDENTITY,
      subject: firstOf([...auths].reverse(), ['chatgpt_user_id', 'user_id']),
      workspace: stored ?? firstOf(auths, ['chatgpt_account_id']),
      email:
        firstOf(claims, ['email']) ??
        firstOf(
          claims.map((one) => asObject(field(one, PROFILE)) ?? {}),
          ['email'],
        ),
    },
    accessExpiresAt: fromUnixSeconds(field(access, 'exp')),
    extra: plan === null ? {} : { plan },
  }
}

function firstOf(objects: readonly JsonObject[], names: readonly string[]): string | null {
  return objects.map((one) => labelText(firstLabel(one, names))).find((text) => text !== null) ?? null
}
