import type { Credential, ProviderId } from '../../model/credential.ts'
import { type EpochMs, fromAnyInstant, fromUnixMs } from '../../model/time.ts'
import { googleFingerprint, makeCredential, NO_IDENTITY, NO_SECRETS } from '../credential.ts'
import { readGoogleEntry } from '../google-entry.ts'
import { brokenEntries, type Interpreted, lookAt } from '../look.ts'
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
  const places = openCodeAuthFiles(environment)
  const looks = await Promise.all(
    places.map((place) =>
      lookAt(ports, SOURCE, place, (read) =>
        interpret(read.text, { place, writtenAt: fromUnixMs(read.mtimeMs), environment, ports }),
      ),
    ),
  )
  return {
    credentials: looks.flatMap((look) => look.credentials),
    reports: looks.map((look) => look.report),
    watched: places,
  }
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
  ['openai', { provider: 'codex', read: readCodex }],
  ['github-copilot', { provider: 'copilot', read: readCopilot }],
  ['openrouter', { provider: 'openrouter', read: keyReader('openrouter') }],
  ['nano-gpt', { provider: 'nano-gpt', read: keyReader('nano-gpt') }],
  ['nanogpt', { provider: 'nano-gpt', read: keyReader('nano-gpt') }],
] satisfies [string, KnownEntry][])

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
    const known = ENTRIES.get(slot)
    if (known === undefined || !context.environment.providers.has(known.provider)) continue
    if (isOtherLogin(known, value)) continue
    const credential = known.read(slot, value, context)
    if (credential === null) broken += 1
    else credentials.push(credential)
  }
  return { kind: 'logins', credentials, detail: brokenEntries(broken) }
}

/** An API key where only an OAuth login has a quota: not broken, just not ours to ask with. */
function isOtherLogin(known: KnownEntry, value: unknown): boolean {
  const type = field(asObject(value) ?? {}, 'type')
  const oauthOnly = !['openrouter', 'nano-gpt'].includes(known.provider)
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

function readCodex(slot: string, entry: unknown, context: FileContext): Credential | null {
  return readRotating('codex', slot, entry, context)
}

function readCopilot(slot: string, value: unknown, context: FileContext): Credential | null {
  const entry = asObject(value)
  const accessToken = entry === null ? null : firstSecret(entry, ['access', 'refresh'])
  if (entry === null || accessToken === null) return null
  const host = hostOf(firstLabel(entry, ['enterpriseUrl']))
  return make('copilot', slot, context, {
    fingerprint: context.ports.hash('copilot', accessToken.reveal()),
    // `expires: 0` is how OpenCode says "never"; it is no instant and so comes out as null.
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: fromAnyInstant(field(entry, 'expires')) },
    extra: host === null ? {} : { host },
  })
}

function hostOf(url: string | null): string | null {
  const host = url?.replace(/^[a-z]+:\/\//i, '').replace(/[/?#].*$/, '')
  return host === undefined || host === '' ? null : host.toLowerCase()
}

/** An API key as an object under any of the usual names, or as a bare string. */
function keyReader(provider: ProviderId): EntryReader {
  return (slot, value, context) => {
    const entry: JsonObject = asObject(value) ?? { key: value }
    const apiKey = firstSecret(entry, ['key', 'access', 'token', 'apiKey', 'value'])
    if (apiKey === null) return null
    return make(provider, slot, context, {
      fingerprint: context.ports.hash(provider, apiKey.reveal()),
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
