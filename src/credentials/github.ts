import type { Credential } from '../model/credential.ts'
import { NO_IDENTITY } from './credential.ts'

/** Where a login of GitHub itself belongs; a company's own server has another host. */
export const GITHUB = 'github.com'

/**
 * The host that a login was stored for, from a host name or an address. Null for anything that is no plain host name
 * with a dot: a login whose home is not certain is not sent anywhere.
 */
export function gitHubHost(text: string): string | null {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/^(www|api)\.github\.com$/, GITHUB)
  return /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.[a-z]{2,}$/.test(host)
    ? host
    : null
}

/**
 * Whose a GitHub login is and where it may be sent. The login name is part of the identity, not the numeric user id:
 * it is what every place and every answer knows, so one person's logins are one account from the start.
 */
export function gitHubFacts(host: string, login: string | null): Pick<Credential, 'identity' | 'extra'> {
  const subject = login === null ? null : `${host}/${login.toLowerCase()}`
  return {
    identity: { ...NO_IDENTITY, subject, workspace: host, login },
    extra: host === GITHUB ? {} : { host },
  }
}
