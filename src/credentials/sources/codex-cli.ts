import type { Credential } from '../../model/credential.ts'
import { type EpochMs, fromUnixMs } from '../../model/time.ts'
import { makeCredential, NO_SECRETS } from '../credential.ts'
import { type Interpreted, lookAtAll } from '../look.ts'
import { readOpenAiLogin } from '../openai-login.ts'
import { asObject, field, firstLabel, firstSecret, type JsonObject, parseJson, secretOf } from '../parse.ts'
import { codexLoginFiles, placesFor } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'codex-cli'
const PROVIDER = 'codex'

/** The Codex CLI's `auth.json`. */
export const codexCli: Source = {
  id: SOURCE,
  places: (environment) => placesFor(codexLoginFiles(environment), 'the login of the Codex CLI'),
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  const places = codexLoginFiles(environment)
  return lookAtAll(ports, SOURCE, places, (place, read) =>
    interpret(read.text, {
      place,
      isPrograms: place === places[0],
      writtenAt: fromUnixMs(read.mtimeMs),
      hash: ports.hash,
    }),
  )
}

interface FileContext {
  readonly place: string
  /** It is the file that the `codex` of this machine uses itself. */
  readonly isPrograms: boolean
  readonly writtenAt: EpochMs | null
  readonly hash: CredentialPorts['hash']
}

function interpret(text: string, context: FileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const credential = accountLogin(file, context) ?? keyLogin(file, context)
  const detail = credential?.extra['login'] === undefined ? null : 'An API-key login has no quota of a plan.'
  return { kind: 'logins', credentials: credential === null ? [] : [credential], detail }
}

/**
 * The login with ChatGPT. A key may stand beside it; the quota belongs to the login. The refresh token is single-use
 * and Codex's own: it only marks the login in its fingerprint and is not kept, so that nothing here can ever spend it.
 */
function accountLogin(file: JsonObject, context: FileContext): Credential | null {
  const tokens = asObject(field(file, 'tokens')) ?? {}
  const accessToken =
    firstSecret(tokens, ['access_token', 'accessToken']) ??
    firstSecret(file, ['personal_access_token', 'personalAccessToken'])
  if (accessToken === null) return null
  const refresh = firstSecret(tokens, ['refresh_token', 'refreshToken'])
  const login = readOpenAiLogin({
    accessToken,
    idToken: field(tokens, 'id_token') ?? field(tokens, 'idToken'),
    storedAccount: firstLabel(tokens, ['account_id', 'accountId']),
  })
  return makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: context.place,
    slot: 'chatgpt',
    fingerprint: context.hash(PROVIDER, accessToken.reveal(), refresh?.reveal() ?? ''),
    identity: login.identity,
    updatedAt: context.writtenAt,
    signInHint: 'codex login',
    secrets: { ...NO_SECRETS, accessToken, accessExpiresAt: login.accessExpiresAt },
    extra: { ...login.extra, ...(context.isPrograms ? { program: 'codex' } : {}) },
  })
}

/** Listed, so that its owner learns why there is nothing to see; the key itself is of no use and is not kept. */
function keyLogin(file: JsonObject, context: FileContext): Credential | null {
  const key = secretOf(field(file, 'OPENAI_API_KEY'))
  if (key === null) return null
  return makeCredential({
    provider: PROVIDER,
    source: SOURCE,
    origin: context.place,
    slot: 'api-key',
    fingerprint: context.hash(PROVIDER, key.reveal()),
    updatedAt: context.writtenAt,
    signInHint: 'codex login',
    extra: { login: 'api-key' },
  })
}
