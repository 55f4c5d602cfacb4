import type { ProviderId } from '../../model/credential.ts'
import { Secret } from '../../model/secret.ts'
import { HOUR_MS } from '../../model/time.ts'
import type { ConfiguredClient, CredentialPorts, SourceEnvironment } from '../ports.ts'
import { type ClientFile, clientFiles } from './client-places.ts'

/** An OAuth client that may fit a login. Its id and secret come from the machine, never from this program. */
export interface ClientCandidate {
  readonly id: string
  readonly secret: Secret
  /** Where it was found: a word or a path, for the log and `doctor`. */
  readonly origin: string
}

export interface ClientFinder {
  /** From the environment and `.env`: costs nothing. */
  configured(provider: ProviderId): readonly ClientCandidate[]
  /** From installed tools; looked for the first time it is asked, then remembered. */
  installed(provider: ProviderId): Promise<readonly ClientCandidate[]>
  /** Looks again when the last look is an hour old (a tool may have been installed); else what is remembered. */
  lookAgain(provider: ProviderId): Promise<readonly ClientCandidate[]>
}

interface Found {
  readonly candidates: Promise<readonly ClientCandidate[]>
  readonly lookedAtMs: number
}

export function createClientFinder(environment: SourceEnvironment, ports: CredentialPorts): ClientFinder {
  const found = new Map<ProviderId, Found>()

  function look(provider: ProviderId): Promise<readonly ClientCandidate[]> {
    const candidates = scan(provider, environment, ports)
    found.set(provider, { candidates, lookedAtMs: ports.clock.monotonicMs() })
    return candidates
  }

  return {
    configured: (provider) => distinct(environment.googleClients.filter((client) => client.provider === provider)),
    installed: (provider) => found.get(provider)?.candidates ?? look(provider),
    lookAgain: (provider) => {
      const last = found.get(provider)
      const isOld = last === undefined || ports.clock.monotonicMs() - last.lookedAtMs >= HOUR_MS
      return isOld ? look(provider) : last.candidates
    },
  }
}

/** Bundles of command line tools have several MB, the app's script some more. */
const MOST_BYTES = 32 * 1024 * 1024

async function scan(
  provider: ProviderId,
  environment: SourceEnvironment,
  ports: CredentialPorts,
): Promise<readonly ClientCandidate[]> {
  const candidates: ClientCandidate[] = []
  try {
    for (const file of await clientFiles(provider, environment, ports)) {
      const matches = await ports.scanFile(file.path, patternOf(file), MOST_BYTES)
      candidates.push(...pairs(file, matches))
    }
  } catch {
    // A tool that cannot be searched is the same as one that is not there; the message would only name our ports.
    ports.log.warn('installed tools could not be searched for an oauth client', { provider })
  }
  return distinct(candidates)
}

const ID_FORM = /^\d+-[a-z0-9]+\.apps\.googleusercontent\.com$/

function patternOf(file: ClientFile): RegExp {
  if (file.names === null) {
    // Every repetition is bounded: the script is one line of many MB. A client id and, close behind it, a text that has the form of Google's installed-app secrets.
    return /(\d{6,20}-[a-z0-9]{1,64}\.apps\.googleusercontent\.com)[^\n]{0,300}?["'`](GOCSPX-[\w-]{10,60})["'`]/g
  }
  const { id, secret } = file.names
  return new RegExp(`\\b(${id}|${secret})\\s*(?::\\s*string\\s*)?=\\s*["'\`]([\\x21-\\x7e]{6,200}?)["'\`]`, 'g')
}

function pairs(file: ClientFile, matches: readonly (readonly string[])[]): readonly ClientCandidate[] {
  const pair = (id: string | undefined, secret: string | undefined): readonly ClientCandidate[] =>
    id !== undefined && secret !== undefined && ID_FORM.test(id)
      ? [{ id, secret: new Secret(secret), origin: file.path }]
      : []
  const { names } = file
  if (names === null) return matches.flatMap(([, id, secret]) => pair(id, secret))
  const values = (name: string): readonly (string | undefined)[] => [
    ...new Set(matches.filter(([, matched]) => matched === name).map(([, , value]) => value)),
  ]
  const secrets = values(names.secret)
  return values(names.id).flatMap((id, index) => pair(id, secrets[index]))
}

/** The same client found twice is one candidate, from the first place. */
function distinct(candidates: readonly (ClientCandidate | ConfiguredClient)[]): readonly ClientCandidate[] {
  const seen = new Map<string, ClientCandidate>()
  for (const { id, secret, origin } of candidates) {
    const key = `${id}\n${secret.reveal()}`
    if (!seen.has(key)) seen.set(key, { id, secret, origin })
  }
  return [...seen.values()]
}
