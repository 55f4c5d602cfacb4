import type { Credential } from '../../model/credential.ts'
import { type EpochMs, fromUnixMs } from '../../model/time.ts'
import { makeCredential, NO_SECRETS } from '../credential.ts'
import { gitHubFacts, gitHubHost } from '../github.ts'
import { type Interpreted, lookAt } from '../look.ts'
import { labelText, secretOf } from '../parse.ts'
import { ghHostsFile } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'
import { parseYamlMap, type YamlMap, type YamlValue } from '../yaml-map.ts'

const SOURCE = 'gh'
const PROVIDER = 'copilot'

/** GitHub's own command line: `hosts.yml`. Its tokens can ask for the quota of Copilot. */
export const gh: Source = {
  id: SOURCE,
  places: (environment) => [{ place: ghHostsFile(environment), why: 'logins of the GitHub CLI' }],
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  const place = ghHostsFile(environment)
  // Not JSON, so it is taken as it stands; gh replaces the file as a whole.
  const asText = { ...ports, readText: (path: string) => ports.readText(path, 'text') }
  const look = await lookAt(asText, SOURCE, place, (read) =>
    interpret(read.text, { place, writtenAt: fromUnixMs(read.mtimeMs), hash: ports.hash }),
  )
  return { credentials: look.credentials, reports: [look.report], watched: [place] }
}

interface FileContext {
  readonly place: string
  readonly writtenAt: EpochMs | null
  readonly hash: CredentialPorts['hash']
}

interface Entry {
  readonly host: string
  readonly user: string | null
  readonly token: YamlValue
}

function interpret(text: string, context: FileContext): Interpreted {
  const file = parseYamlMap(text)
  if (file === null) return { kind: 'not_understood', detail: 'The file is not in the form that gh writes.' }
  const entries = [...file].flatMap(([host, value]) => entriesOf(host, value))
  const stored = entries.filter(({ token }) => typeof token === 'string')
  const credentials = unique(stored.flatMap((entry) => readEntry(entry, context)))
  return {
    kind: 'logins',
    credentials,
    detail: detailOf(entries.length - stored.length, stored.length - credentials.length),
  }
}

/** One entry a user; the token beside `user` is that user's once more, or the only one (gh before 2.40). */
function entriesOf(host: string, value: YamlValue): readonly Entry[] {
  if (!isMap(value)) return [{ host, user: null, token: '' }]
  const user = textOf(value.get('user'))
  const users = value.get('users')
  const named = isMap(users)
    ? [...users].map(
        ([name, one]): Entry => ({ host, user: name, token: (isMap(one) ? one.get('oauth_token') : null) ?? null }),
      )
    : []
  const own = value.get('oauth_token') ?? null
  const isRepeated = named.some((entry) => entry.user === user && (entry.token === own || own === null))
  if (isRepeated || (own === null && user === null && named.length > 0)) return named
  return [...named.filter((entry) => entry.user !== user), { host, user, token: own }]
}

function isMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null
}

function textOf(value: YamlValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function readEntry({ host: key, user, token }: Entry, context: FileContext): readonly Credential[] {
  const host = gitHubHost(key)
  const accessToken = secretOf(token)
  if (host === null || accessToken === null) return []
  return [
    makeCredential({
      provider: PROVIDER,
      source: SOURCE,
      origin: context.place,
      slot: user === null ? host : `${host}/${user}`,
      fingerprint: context.hash(PROVIDER, accessToken.reveal()),
      updatedAt: context.writtenAt,
      signInHint: `gh auth login --hostname ${host}`,
      secrets: { ...NO_SECRETS, accessToken },
      ...gitHubFacts(host, labelText(user)),
    }),
  ]
}

function unique(credentials: readonly Credential[]): readonly Credential[] {
  return [...new Map(credentials.map((one) => [one.slot, one])).values()]
}

function detailOf(inKeyring: number, broken: number): string | null {
  const parts = [
    inKeyring === 0
      ? null
      : `${inKeyring === 1 ? '1 login is' : `${inKeyring} logins are`} kept in the system keyring, which is not read: run \`tokstat login copilot\`, or set COPILOT_GITHUB_TOKEN.`,
    broken === 0 ? null : `${broken === 1 ? '1 entry' : `${broken} entries`} could not be used.`,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(' ')
}
