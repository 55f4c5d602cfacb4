import type { Credential, ProviderId } from '../../model/credential.ts'
import { type EpochMs, fromAnyInstant, fromUnixMs } from '../../model/time.ts'
import { googleFingerprint, makeCredential, NO_IDENTITY, NO_SECRETS } from '../credential.ts'
import { GITHUB, gitHubFacts, gitHubHost } from '../github.ts'
import { readGoogleEntry } from '../google-entry.ts'
import { brokenEntries, type Interpreted, lookAtAll } from '../look.ts'
import { readOpenAiLogin } from '../openai-login.ts'
import { asObject, field, firstLabel, firstSecret, type JsonObject, parseJson, secretOf } from '../parse.ts'
import { openCodeAuthFiles, placesFor } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'opencode'
const SIGN_IN = 'opencode auth login'

/** OpenCode's `auth.json`: one entry a provider, of many shapes. */
export const opencode: Source = {
  id: SOURCE,
  places: (environment) => placesFor(openCodeAuthFiles(environment), 'logins of OpenCode and its plugins'),
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  return lookAtAll(ports, SOURCE, openCodeAuthFiles(environment), (place, read) =>
    interpret(read.text, { place, writtenAt: fromUnixMs(read.mtimeMs), environment, ports }),
  )
}

interface FileContext {
  readonly place: string
  readonly writtenAt: EpochMs | null
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
}

type EntryReader = (slot: string, entry: unknown, context: FileContext) => Credential | null

interface KnownEntry {
  readonly provider: ProviderId
  readonly read: EntryReader
}

/** OpenCode's own keys and those of its plugins; the names are theirs. */
const ENTRIES: ReadonlyMap<string, KnownEntry> = new Map([
  ...['google', 'google-agy', 'opencode-agy-auth', 'google-agy-auth'].map((key) => googleKey(key, 'antigravity')),
  ...['google-gemini-cli', 'gemini-cli', 'opencode-gemini-auth', 'gemini'].map((key) => googleKey(key, 'gemini-cli')),
  ['anthropic', { provider: 'claude', read: readClaude }],
  ...['openai', 'codex', 'chatgpt'].map((key): [string, KnownEntry] => [key, { provider: 'codex', read: readCodex }]),
  ...['github-copilot', 'copilot', 'github-copilot-chat', 'copilot-chat'].map((key): [string, KnownEntry] => [
    key,
    { provider: 'copilot', read: readCopilot },
  ]),
] satisfies [string, KnownEntry][])

/** The entry's reader: a login of its own shape, or the plain key of a provider that names this entry. */
function knownEntry(slot: string, environment: SourceEnvironment): KnownEntry | null {
  const known = ENTRIES.get(slot)
  if (known !== undefined) return known
  const provider = environment.openCodeKeys.get(slot)
  return provider === undefined ? null : { provider, read: keyReader(provider) }
}

function googleKey(key: string, provider: ProviderId): [string, KnownEntry] {
  return [key, { provider, read: (slot, entry, context) => readGoogle(provider, slot, entry, context) }]
}

function interpret(text: string, context: FileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const credentials: Credential[] = []
  let broken = 0
  for (const [slot, value] of Object.entries(file)) {
    const known = knownEntry(slot, context.environment)
    if (known === null || !context.environment.providers.has(known.provider)) continue
    if (isOtherLogin(known, value, context.environment)) continue
    const credential = known.read(slot, value, context)
    if (credential === null) broken += 1
    else credentials.push(credential)
  }
  return { kind: 'logins', credentials, detail: brokenEntries(broken) }
}

/** An API key where only an OAuth login has a quota: not broken, just not ours to ask with. */
function isOtherLogin(known: KnownEntry, value: unknown, environment: SourceEnvironment): boolean {
  const type = field(asObject(value) ?? {}, 'type')
  const oauthOnly = environment.providers.get(known.provider) !== 'api-key'
  return oauthOnly && typeof type === 'string' && type !== 'oauth'
}

function readGoogle(provider: ProviderId, slot: string, value: unknown, context: FileContext): Credential | null {
  const entry = asObject(value)
  if (entry === null || field(entry, 'type') !== 'oauth') return null
  const google = readGoogleEntry(entry)
  if (google === null) return null
  const project = google.project ?? context.environment.fallbackProjects[provider] ?? null
  return make(provider, slot, context, {
    fingerprint: googleFingerprint(context.ports.hash, provider, google.secrets),
    identity: { ...NO_IDENTITY, workspace: google.project, email: google.email },
    secrets: google.secrets,
    extra: project === null ? {} : { project },
  })
}

/**
 * Anthropic's and OpenAI's refresh tokens are single-use and belong to OpenCode: they only mark the login in its
 * fingerprint and are not kept, so that nothing here can ever spend one.
 */
function readRotating(provider: ProviderId, slot: string, value: unknown, context: FileContext): Credential | null {
  const entry = asObject(value)
  const accessToken = entry === null ? null : secretOf(field(entry, 'access'))
  if (entry === null || accessToken === null) return null
  const refresh = secretOf(field(entry, 'refresh'))
  return make(provider, slot, context, {
    fingerprint: context.ports.hash(provider, accessToken.reveal(), refresh?.reveal() ?? ''),
    identity: {
      ...NO_IDENTITY,
      workspace: firstLabel(entry, ['accountId', 'account_id']),
      email: firstLabel(entry, ['email', 'accountEmail']),
    },
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: fromAnyInstant(field(entry, 'expires')) },
  })
}

function readClaude(slot: string, entry: unknown, context: FileContext): Credential | null {
  return readRotating('claude', slot, entry, context)
}

function readCodex(slot: string, value: unknown, context: FileContext): Credential | null {
  const credential = readRotating('codex', slot, value, context)
  const { accessToken = null, accessExpiresAt = null } = credential?.secrets ?? {}
  if (credential === null || accessToken === null) return credential
  const idToken = field(asObject(value) ?? {}, 'idToken')
  const login = readOpenAiLogin({ accessToken, idToken, storedAccount: credential.identity.workspace })
  return {
    ...credential,
    identity: { ...login.identity, email: credential.identity.email ?? login.identity.email },
    secrets: { ...credential.secrets, accessExpiresAt: login.accessExpiresAt ?? accessExpiresAt },
    extra: login.extra,
  }
}

function readCopilot(slot: string, value: unknown, context: FileContext): Credential | null {
  const entry = asObject(value)
  const accessToken = entry === null ? null : firstSecret(entry, ['access', 'refresh'])
  if (entry === null || accessToken === null) return null
  const url = firstLabel(entry, ['enterpriseUrl'])
  const host = url === null ? GITHUB : gitHubHost(url)
  // An address that cannot be read must not send the company's token to github.com.
  if (host === null) return null
  return make('copilot', slot, context, {
    fingerprint: context.ports.hash('copilot', accessToken.reveal()),
    // `expires: 0` is how OpenCode says "never"; it is no instant and so comes out as null.
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: fromAnyInstant(field(entry, 'expires')) },
    ...gitHubFacts(host, null),
  })
}

/** An API key as an object under any of the usual names, or as a bare string. */
function keyReader(provider: ProviderId): EntryReader {
  return (slot, value, context) => {
    const entry: JsonObject = asObject(value) ?? { key: value }
    const apiKey = firstSecret(entry, ['key', 'access', 'token', 'apiKey', 'value'])
    if (apiKey === null) return null
    const fingerprint = context.ports.hash(provider, apiKey.reveal())
    return make(provider, slot, context, {
      fingerprint,
      // A key is its own account: nothing else about it is known here.
      identity: { ...NO_IDENTITY, subject: fingerprint },
      secrets: { ...NO_SECRETS, apiKey },
    })
  }
}

type EntryFacts = Pick<Credential, 'fingerprint' | 'secrets'> & Partial<Pick<Credential, 'identity' | 'extra'>>

function make(provider: ProviderId, slot: string, context: FileContext, facts: EntryFacts): Credential {
  return makeCredential({
    provider,
    source: SOURCE,
    origin: context.place,
    slot,
    updatedAt: context.writtenAt,
    signInHint: SIGN_IN,
    ...facts,
  })
}
