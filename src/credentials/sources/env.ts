import type { Credential, SourceReport } from '../../model/credential.ts'
import { makeCredential, NO_IDENTITY, NO_SECRETS } from '../credential.ts'
import { GITHUB, gitHubFacts } from '../github.ts'
import { report } from '../look.ts'
import { secretOf } from '../parse.ts'
import type { CredentialPorts, EnvironmentKey, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'env'

/**
 * Keys and tokens in the environment (and the `.env` beside config.toml). The roster asks with them after every other
 * login of their account. Where a provider has several names, the first one that is set counts.
 */
export const env: Source = {
  id: SOURCE,
  // Variables are no paths.
  places: () => [],
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  const credentials: Credential[] = []
  const reports: SourceReport[] = []
  for (const key of environment.keys) {
    if (!environment.providers.has(key.provider)) continue
    const isFirst = !credentials.some((one) => one.provider === key.provider)
    const found = isFirst ? read(key, environment, ports) : null
    if (found !== null) credentials.push(found)
    reports.push(reportOf(key, found, isFirst))
  }
  return { credentials, reports, watched: [] }
}

function placeOf({ name, origin }: EnvironmentKey): string {
  return origin === 'environment' ? `$${name}` : `$${name} (${origin})`
}

function reportOf(key: EnvironmentKey, found: Credential | null, isFirst: boolean): SourceReport {
  if (found !== null) return report(SOURCE, placeOf(key), 'found', { count: 1 })
  if (!isFirst) return report(SOURCE, placeOf(key), 'empty', { detail: 'Not used: another variable comes first.' })
  return report(SOURCE, placeOf(key), 'unreadable', { detail: 'The value is not a key: set the variable anew.' })
}

function read(key: EnvironmentKey, environment: SourceEnvironment, ports: CredentialPorts): Credential | null {
  const secret = secretOf(key.secret.reveal())
  if (secret === null) return null
  const fingerprint = ports.hash(key.provider, secret.reveal())
  const isKey = environment.providers.get(key.provider) === 'api-key'
  return makeCredential({
    provider: key.provider,
    source: SOURCE,
    origin: placeOf(key),
    slot: key.name,
    fingerprint,
    signInHint: `export ${key.name}=<a new one>`,
    secrets: { ...NO_SECRETS, ...(isKey ? { apiKey: secret } : { accessToken: secret }) },
    // A key is its own account: nothing else about it is known here.
    ...(isKey ? { identity: { ...NO_IDENTITY, subject: fingerprint } } : {}),
    ...(key.provider === 'copilot' ? gitHubFacts(GITHUB, null) : {}),
  })
}
