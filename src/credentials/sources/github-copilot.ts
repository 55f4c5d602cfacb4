import type { Credential } from '../../model/credential.ts'
import { type EpochMs, fromUnixMs } from '../../model/time.ts'
import { makeCredential, NO_SECRETS } from '../credential.ts'
import { gitHubFacts, gitHubHost } from '../github.ts'
import { brokenEntries, type Interpreted, lookAtAll } from '../look.ts'
import { asObject, field, labelText, parseJson, secretOf } from '../parse.ts'
import { gitHubCopilotFiles, placesFor } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'github-copilot'
const PROVIDER = 'copilot'

/** The logins of the Copilot plugins of VS Code, JetBrains, Neovim: `apps.json`, before it `hosts.json`. */
export const githubCopilot: Source = {
  id: SOURCE,
  places: (environment) => placesFor(gitHubCopilotFiles(environment), "logins of the editors' GitHub Copilot plugins"),
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  return lookAtAll(ports, SOURCE, gitHubCopilotFiles(environment), (place, read) =>
    interpret(read.text, { place, writtenAt: fromUnixMs(read.mtimeMs), hash: ports.hash }),
  )
}

interface FileContext {
  readonly place: string
  readonly writtenAt: EpochMs | null
  readonly hash: CredentialPorts['hash']
}

function interpret(text: string, context: FileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const entries = Object.entries(file).map(([key, value]) => readEntry(key, value, context))
  const credentials = entries.filter((entry) => entry !== null)
  return { kind: 'logins', credentials, detail: brokenEntries(entries.length - credentials.length) }
}

/** The key is `host`, or `host:<id of the app that signed in>`. */
function readEntry(key: string, value: unknown, context: FileContext): Credential | null {
  const entry = asObject(value)
  const host = gitHubHost(key.replace(/:[^:]*$/, ''))
  const accessToken = entry === null ? null : secretOf(field(entry, 'oauth_token'))
  if (entry === null || host === null || accessToken === null) return null
  return makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: context.place,
    slot: key,
    fingerprint: context.hash(PROVIDER, accessToken.reveal()),
    updatedAt: context.writtenAt,
    signInHint: 'tokstat login copilot',
    secrets: { ...NO_SECRETS, accessToken },
    ...gitHubFacts(host, labelText(field(entry, 'user'))),
  })
}
