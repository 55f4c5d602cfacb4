import type { Credential, CredentialIdentity, CredentialSecrets } from '../model/credential.ts'
import type { CredentialPorts } from './ports.ts'

export const NO_IDENTITY: CredentialIdentity = { subject: null, workspace: null, email: null, login: null }

export const NO_SECRETS: CredentialSecrets = {
  accessToken: null,
  accessExpiresAt: null,
  refreshToken: null,
  apiKey: null,
}

type Facts = Pick<Credential, 'provider' | 'source' | 'origin' | 'slot' | 'fingerprint' | 'signInHint'> &
  Partial<Omit<Credential, 'provider' | 'source' | 'origin' | 'slot' | 'fingerprint' | 'signInHint'>>

/** A credential of another tool, with every field that is not given set to "not said". */
export function makeCredential(facts: Facts): Credential {
  return {
    owner: 'other',
    identity: NO_IDENTITY,
    enabled: true,
    name: null,
    active: false,
    activeFor: [],
    updatedAt: null,
    secrets: NO_SECRETS,
    extra: {},
    unreadable: null,
    ...facts,
  }
}

/**
 * The fingerprint of a Google login is that of its refresh token alone: the access token beside it changes every
 * hour, and with it would go the cooldowns that are bound to the login.
 */
export function googleFingerprint(
  hash: CredentialPorts['hash'],
  provider: string,
  secrets: Pick<CredentialSecrets, 'accessToken' | 'refreshToken'>,
): string {
  const secret = secrets.refreshToken ?? secrets.accessToken
  return hash(provider, secret?.reveal() ?? '')
}

/** How a person would name it: for messages and the log. Never an identity. */
export function labelOf(credential: Credential): string {
  return credential.name ?? credential.identity.email ?? credential.identity.login ?? credential.slot
}

/** The hint of every state that a new sign-in ends. */
export function signInAgain(credential: Credential): string {
  return `Sign in again: run \`${credential.signInHint}\`.`
}
