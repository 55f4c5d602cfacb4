import type { Credential, SourceReport } from '../../model/credential.ts'
import { type EpochMs, fromUnixMs } from '../../model/time.ts'
import { googleFingerprint, makeCredential, NO_IDENTITY, NO_SECRETS } from '../credential.ts'
import { type Interpreted, lookAt, reasonText, report } from '../look.ts'
import { asObject, field, jwtClaims, labelText, parseJson, secretOf, withoutComments } from '../parse.ts'
import { geminiFolder, pathsOf } from '../places.ts'
import type { CredentialPorts, GuardedRead, Place, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'gemini-cli'
const PROVIDER = 'gemini-cli'

/** `extra.login` of a login that has no quota: `api-key` or `vertex-ai`. */
type KeyLogin = 'api-key' | 'vertex-ai'

/** The Gemini CLI's own login: `oauth_creds.json`, and its `settings.json` for the kind of login that is selected. */
export const geminiCli: Source = {
  id: SOURCE,
  places,
  find,
}

function files(environment: SourceEnvironment): { readonly login: string; readonly settings: string } {
  const path = pathsOf(environment)
  const folder = geminiFolder(environment)
  return { login: path.join(folder, 'oauth_creds.json'), settings: path.join(folder, 'settings.json') }
}

function places(environment: SourceEnvironment): readonly Place[] {
  const { login, settings } = files(environment)
  return [
    { place: login, why: 'the login of the Gemini CLI' },
    { place: settings, why: 'which kind of login the Gemini CLI uses' },
  ]
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  const { login, settings } = files(environment)
  const [look, read] = await Promise.all([
    lookAt(ports, SOURCE, login, (text) =>
      interpret(text.text, { place: login, writtenAt: fromUnixMs(text.mtimeMs), environment, ports }),
    ),
    ports.readText(settings, 'text'),
  ])
  const watched = [login, settings]
  const selected = read.kind === 'text' ? selectedLogin(read.text) : null
  if (selected === null) {
    return { credentials: look.credentials, reports: [look.report, settingsReport(settings, read)], watched }
  }
  // A login file from before the switch to a key only gives the account its name.
  const named = look.credentials.map((one) => ({ ...one, extra: { ...one.extra, login: selected } }))
  const alone = named.length === 0 ? [keyLogin(selected, settings, ports)] : []
  const kind = selected === 'api-key' ? 'API key' : 'Vertex AI'
  const detail = `${kind} login has no quota: the Gemini CLI counts only a login with Google.`
  return {
    credentials: [...named, ...alone],
    reports: [look.report, report(SOURCE, settings, 'found', { count: alone.length, detail })],
    watched,
  }
}

/** The settings hold no login themselves, so being there is all that is said of them. */
function settingsReport(settings: string, read: GuardedRead): SourceReport {
  if (read.kind === 'text') return report(SOURCE, settings, 'found')
  if (read.kind === 'absent') return report(SOURCE, settings, 'absent')
  return report(SOURCE, settings, 'unreadable', { detail: reasonText(read.reason) })
}

/** Null: a login with Google, or nothing was selected yet (then the login file decides). */
function selectedLogin(text: string): KeyLogin | null {
  const parsed = parseJson(withoutComments(text))
  const root = parsed.ok ? asObject(parsed.value) : null
  if (root === null) return null
  const auth = asObject(field(asObject(field(root, 'security')) ?? {}, 'auth')) ?? {}
  // Before the settings were nested, the same word stood at the top.
  const type = field(auth, 'selectedType') ?? field(root, 'selectedAuthType')
  if (type === 'api-key' || type === 'gemini-api-key') return 'api-key'
  return type === 'vertex-ai' ? 'vertex-ai' : null
}

function keyLogin(selected: KeyLogin, settings: string, ports: CredentialPorts): Credential {
  return makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: settings,
    slot: selected,
    fingerprint: ports.hash(PROVIDER, selected),
    signInHint: 'gemini',
    extra: { login: selected },
  })
}

interface FileContext {
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
  const secrets = {
    ...NO_SECRETS,
    accessToken: secretOf(field(file, 'access_token')),
    refreshToken: secretOf(field(file, 'refresh_token')),
    accessExpiresAt: fromUnixMs(field(file, 'expiry_date')),
  }
  if (secrets.accessToken === null && secrets.refreshToken === null) {
    return { kind: 'logins', credentials: [], detail: null }
  }
  const claims = jwtClaims(field(file, 'id_token')) ?? {}
  const project = context.environment.fallbackProjects[PROVIDER]
  const credential = makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: context.place,
    slot: 'oauth',
    fingerprint: googleFingerprint(context.ports.hash, PROVIDER, secrets),
    identity: { ...NO_IDENTITY, subject: labelText(field(claims, 'sub')), email: labelText(field(claims, 'email')) },
    updatedAt: context.writtenAt,
    signInHint: 'gemini',
    secrets,
    extra: project === undefined ? {} : { project },
  })
  return { kind: 'logins', credentials: [credential], detail: null }
}
