import type { Credential, CredentialSecrets, ProviderId } from '../../model/credential.ts'
import { type EpochMs, fromAnyInstant, fromUnixMs, plusMs, SECOND_MS } from '../../model/time.ts'
import { googleFingerprint, makeCredential, NO_IDENTITY, NO_SECRETS } from '../credential.ts'
import { type Interpreted, lookAt, reasonText, report } from '../look.ts'
import { readOpenAiLogin } from '../openai-login.ts'
import { asObject, field, firstLabel, type JsonObject, labelText, parseJson, secretOf } from '../parse.ts'
import { cliProxyApiFolder, pathsOf } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'cli-proxy-api'

interface Kind {
  readonly provider: ProviderId
  readonly google: boolean
  readonly signIn: string
}

/** By the file's `type`, which is also how its name begins. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['antigravity', { provider: 'antigravity', google: true, signIn: 'cli-proxy-api --antigravity-login' }],
  ['gemini', { provider: 'gemini-cli', google: true, signIn: 'cli-proxy-api --login' }],
  ['gemini-cli', { provider: 'gemini-cli', google: true, signIn: 'cli-proxy-api --login' }],
  ['claude', { provider: 'claude', google: false, signIn: 'cli-proxy-api --claude-login' }],
  ['codex', { provider: 'codex', google: false, signIn: 'cli-proxy-api --codex-login' }],
])

/** CLIProxyAPI's folder: one JSON file a login. */
export const cliProxyApi: Source = {
  id: SOURCE,
  places: (environment) => [{ place: cliProxyApiFolder(environment), why: 'login files of CLIProxyAPI' }],
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  const folder = cliProxyApiFolder(environment)
  const listing = await ports.listFolder(folder)
  if (listing.kind !== 'names') {
    const detail = listing.kind === 'unreadable' ? reasonText(listing.reason) : null
    return { credentials: [], reports: [report(SOURCE, folder, listing.kind, { detail })], watched: [folder] }
  }
  const names = listing.names.filter((name) => kindOfName(name) !== null).sort()
  const looks = await Promise.all(
    names.map((name) => {
      const place = pathsOf(environment).join(folder, name)
      return lookAt(ports, SOURCE, place, (read) =>
        interpret(read.text, { name, place, writtenAt: fromUnixMs(read.mtimeMs), environment, ports }),
      )
    }),
  )
  const reports = looks.map((look) => look.report)
  return {
    credentials: looks.flatMap((look) => look.credentials),
    reports: reports.length === 0 ? [report(SOURCE, folder, 'empty')] : reports,
    watched: [folder, ...reports.map((one) => one.place)],
  }
}

function kindOfName(name: string): Kind | null {
  const match = /^(antigravity|gemini|claude|codex)-.*\.json$/i.exec(name)
  return KINDS.get(match?.[1]?.toLowerCase() ?? '') ?? null
}

interface FileContext {
  readonly name: string
  readonly place: string
  readonly writtenAt: EpochMs | null
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
}

function interpret(text: string, context: FileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const type = field(file, 'type')
  const kind = typeof type === 'string' ? (KINDS.get(type.toLowerCase()) ?? null) : kindOfName(context.name)
  if (kind === null || !context.environment.providers.has(kind.provider)) {
    return { kind: 'logins', credentials: [], detail: null }
  }
  const credential = toCredential(file, kind, context)
  if (credential === null) return { kind: 'not_understood', detail: 'The file holds no readable token.' }
  return { kind: 'logins', credentials: [credential], detail: null }
}

function toCredential(file: JsonObject, kind: Kind, context: FileContext): Credential | null {
  // Older files keep the tokens one level down.
  const tokens = asObject(field(file, 'token')) ?? file
  const accessToken = secretOf(field(tokens, 'access_token'))
  const refreshToken = secretOf(field(tokens, 'refresh_token'))
  if (accessToken === null && !(kind.google && refreshToken !== null)) return null
  const { hash } = context.ports
  const found: CredentialSecrets = { ...NO_SECRETS, accessToken, refreshToken, accessExpiresAt: expiryOf(file, tokens) }
  const named = firstLabel(file, ['project_id', 'projectId'])
  if (!kind.google) return rotatingLogin(file, tokens, kind, context)
  const project = named ?? context.environment.fallbackProjects[kind.provider] ?? null
  return makeCredential({
    ...commonFacts(file, kind, context),
    fingerprint: googleFingerprint(hash, kind.provider, found),
    identity: { ...NO_IDENTITY, workspace: named, email: labelText(field(file, 'email')) },
    secrets: found,
    extra: project === null ? {} : { project },
  })
}

function commonFacts(file: JsonObject, kind: Kind, context: FileContext) {
  return {
    provider: kind.provider,
    source: SOURCE,
    origin: context.place,
    slot: context.name,
    enabled: field(file, 'disabled') !== true,
    updatedAt: context.writtenAt,
    signInHint: kind.signIn,
  } as const
}

/**
 * Anthropic's and OpenAI's: the refresh token is single-use and its owner's, so it only marks the login in its
 * fingerprint and is not kept. Nothing here may ever spend it.
 */
function rotatingLogin(file: JsonObject, tokens: JsonObject, kind: Kind, context: FileContext): Credential | null {
  const accessToken = secretOf(field(tokens, 'access_token'))
  if (accessToken === null) return null
  const refresh = secretOf(field(tokens, 'refresh_token'))
  const email = labelText(field(file, 'email'))
  const login =
    kind.provider === 'codex'
      ? readOpenAiLogin({
          accessToken,
          idToken: field(tokens, 'id_token'),
          storedAccount: firstLabel(file, ['account_id']),
        })
      : null
  const subject = firstLabel(file, ['account_uuid'])
  const workspace = firstLabel(file, ['organization_uuid'])
  return makeCredential({
    ...commonFacts(file, kind, context),
    fingerprint: context.ports.hash(kind.provider, accessToken.reveal(), refresh?.reveal() ?? ''),
    identity: { ...(login?.identity ?? { ...NO_IDENTITY, subject, workspace }), ...(email === null ? {} : { email }) },
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: login?.accessExpiresAt ?? expiryOf(file, tokens) },
    extra: login?.extra ?? {},
  })
}

function expiryOf(file: JsonObject, tokens: JsonObject): EpochMs | null {
  for (const value of [field(file, 'expired'), field(tokens, 'expiry'), field(tokens, 'expired')]) {
    const at = fromAnyInstant(value)
    if (at !== null) return at
  }
  const obtained = fromUnixMs(field(file, 'timestamp'))
  const seconds = field(tokens, 'expires_in')
  return obtained !== null && typeof seconds === 'number' && seconds > 0 ? plusMs(obtained, seconds * SECOND_MS) : null
}
