import { inspectOAuthCreds } from '../credentials/inspect-gemini.ts'
import { antigravityStateFiles, geminiFolder, pathsOf } from '../credentials/places.ts'
import type { CredentialPorts, SourceEnvironment } from '../credentials/ports.ts'
import { type EditorState, readState, STATE_KEYS, STATE_QUERY } from '../credentials/sources/antigravity-ide.ts'
import { percentText } from '../format/percent.ts'
import { AppError, type QueryAnswer, type QueryOptions } from '../model/app.ts'
import type { Credential } from '../model/credential.ts'
import type { LocalHost } from '../model/provider.ts'
import type { Quota } from '../model/quota.ts'
import { type EpochMs, toIsoOrNull } from '../model/time.ts'
import { askAgy } from '../providers/antigravity/local/headless.ts'
import { askServer, findServers } from '../providers/antigravity/local/server.ts'
import { understandServer } from '../providers/antigravity/local/server-parse.ts'
import { readKeychain } from './keychain.ts'
import { showSecret } from './mask.ts'

/** What the local words of `query` need. */
export interface LocalQuery {
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
  readonly local: LocalHost
  readonly now: EpochMs
  /** Every login that was found: one of them may know the refresh token that the cache lacks. */
  readonly credentials: () => Promise<readonly Credential[]>
  readonly options: QueryOptions
  readonly mask: (value: unknown) => unknown
}

/** Words of `query` that ask this machine and no service. */
export const LOCAL_WORDS = ['antigravity-local', 'antigravity-server', 'gemini-oauth-creds'] as const
export type LocalWord = (typeof LOCAL_WORDS)[number]

export function isLocalWord(word: string): word is LocalWord {
  return (LOCAL_WORDS as readonly string[]).includes(word)
}

/** The answer behind one local word. Throws AppError when there is none, with exit code 1, or 2 without a login. */
export function queryLocal(word: LocalWord, query: LocalQuery): Promise<QueryAnswer> {
  switch (word) {
    case 'antigravity-local':
      return queryCache(query)
    case 'antigravity-server':
      return queryServer(query)
    case 'gemini-oauth-creds':
      return queryOAuthCreds(query)
  }
}

const NO_SIGNAL = new AbortController().signal

interface ReadCache {
  readonly state: EditorState
  readonly rows: ReadonlyMap<string, string>
  readonly mtimeMs: number
}

/** The shape is that of the older `query-antigravity-local` script, field by field. */
async function queryCache(query: LocalQuery): Promise<QueryAnswer> {
  const { state, rows } = await freshestCache(query)
  const { showSecrets, keychain, keychainService } = query.options
  const email = state.email ?? 'unknown'
  const lookup = keychain ? await readKeychain(query.local, query.environment.platform, keychainService) : null
  const blob = rows.get(STATE_KEYS.login)?.replace(/[\r\n]/g, '') ?? null
  const answer = {
    email,
    plan: 'cached',
    source: 'Antigravity Cache (state.vscdb)',
    models: (state.status?.models ?? [])
      .map(({ label, left, resetsAt }) => ({
        label,
        model: 'cached-proto',
        // Protobuf leaves a zero out; without a reset beside it nothing is known.
        remaining: remainingText(left ?? (resetsAt === null ? null : 0)),
        reset: toIsoOrNull(resetsAt),
      }))
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
    auth: {
      cacheApiKey: showSecret(state.apiKey, showSecrets),
      oauthTokenBlob: showSecret(blob, showSecrets),
      refreshToken: showSecret(await refreshTokenOf(state, query), showSecrets),
      ...(lookup === null ? {} : { keychain: { ...lookup.facts, token: showSecret(lookup.token, showSecrets) } }),
    },
  }
  return { source: 'antigravity-local', account: email, answer, bare: true, problem: null }
}

/** With two editors installed, the one that was used last. */
async function freshestCache({ environment, ports }: LocalQuery): Promise<ReadCache> {
  const reads = await Promise.all(antigravityStateFiles(environment).map((place) => ports.readRows(place, STATE_QUERY)))
  const found = reads.flatMap((read) => {
    return read.kind === 'rows' ? [{ state: readState(read.rows), rows: read.rows, mtimeMs: read.mtimeMs }] : []
  })
  const withModels = found.filter(({ state }) => (state.status?.models ?? []).length > 0)
  const best = [...(withModels.length > 0 ? withModels : found)].sort((a, b) => b.mtimeMs - a.mtimeMs)[0]
  const isSignedIn = best?.rows.has(STATE_KEYS.auth) === true || (best?.state.status ?? null) !== null
  if (best !== undefined && isSignedIn) return best
  if (best !== undefined) {
    throw new AppError(1, 'cache_empty', 'Antigravity has cached no sign-in yet.', 'Open Antigravity and sign in.')
  }
  if (reads.some((read) => read.kind === 'unreadable')) {
    const hint = 'Run `tokstat doctor`: it names the file and what is wrong.'
    throw new AppError(1, 'cache_unreadable', 'The cache of Antigravity is there, but cannot be read.', hint)
  }
  throw new AppError(
    1,
    'cache_not_found',
    'No cache of Antigravity was found on this machine.',
    'Open Antigravity once and sign in, or use `tokstat query antigravity`.',
  )
}

function remainingText(left: number | null): string {
  return left === null ? 'unknown' : percentText(left)
}

/** The editor's own, else that of the same person in OpenCode's accounts. */
async function refreshTokenOf({ login, email }: EditorState, query: LocalQuery): Promise<string | null> {
  if (login?.refreshToken) return login.refreshToken
  const others = (await query.credentials()).filter(
    (one) => one.source === 'antigravity-accounts' && email !== null && one.identity.email === email,
  )
  return others.map((one) => one.secrets.refreshToken?.reveal() ?? null).find((token) => token !== null) ?? null
}

async function queryServer({ local, now, mask }: LocalQuery): Promise<QueryAnswer> {
  const programs = await findServers(local)
  if (programs.length === 0) {
    const hint = 'Start Antigravity, then ask again. `tokstat query antigravity-local` reads what it cached.'
    throw new AppError(1, 'not_running', 'No language server of Antigravity is running.', hint)
  }
  for (const program of programs) {
    const answers = await askServer(local, program, NO_SIGNAL)
    if (answers === null) continue
    const { email, plan, quotas } = understandServer(answers, now)
    const answer = {
      email: email ?? 'unknown',
      plan: plan?.name ?? plan?.id ?? 'unknown',
      source: 'Antigravity Language Server',
      models: quotas.map(serverLine),
      raw: { userStatus: answers.userStatus, summary: answers.summary, modelConfigs: answers.modelConfigs },
    }
    return { source: 'antigravity-server', account: email, answer: mask(answer), bare: true, problem: null }
  }
  throw new AppError(
    1,
    'not_reachable',
    'A language server of Antigravity runs, but none of its ports answers.',
    'Restart Antigravity, then ask again.',
  )
}

function serverLine({ label, id, remainingRatio, resetsAt }: Quota): Readonly<Record<string, string | null>> {
  return { label, model: id, remaining: remainingText(remainingRatio), reset: toIsoOrNull(resetsAt) }
}

async function queryOAuthCreds({ environment, ports, now, options }: LocalQuery): Promise<QueryAnswer> {
  const place = pathsOf(environment).join(geminiFolder(environment), 'oauth_creds.json')
  const read = await ports.readText(place, 'json')
  if (read.kind === 'absent') {
    const hint = 'Run `gemini` and choose "Login with Google".'
    throw new AppError(2, 'signed_out', 'There is no login of the Gemini CLI on this machine.', hint)
  }
  const found = read.kind === 'text' ? inspectOAuthCreds(read.text) : null
  if (found === null) {
    const hint = 'Run `tokstat doctor`: it names the file and what is wrong.'
    throw new AppError(1, 'credential_unreadable', 'The login of the Gemini CLI is there, but cannot be read.', hint)
  }
  const answer = {
    source: 'Gemini CLI (oauth_creds.json)',
    identity: { email: found.email, subject: found.subject, audience: found.audience },
    scopes: found.scopes,
    expiresAt: toIsoOrNull(found.expiresAt),
    expired: found.expiresAt === null ? null : found.expiresAt <= now,
    auth: {
      accessToken: showSecret(found.accessToken, options.showSecrets),
      refreshToken: showSecret(found.refreshToken, options.showSecrets),
      idToken: showSecret(found.idToken, options.showSecrets),
    },
  }
  return { source: 'gemini-oauth-creds', account: found.email, answer, bare: true, problem: null }
}

/** What `agy` itself says; null where it is not installed. Its own account, whichever that is. */
export async function queryAgy({ local, mask }: LocalQuery): Promise<unknown> {
  if (local.runOwner === null) return null
  const found = await local.runOwner('agy', ['--version'], { timeoutMs: 10_000, maxBytes: 65_536 }, NO_SIGNAL)
  return found.kind === 'missing' ? null : mask(await askAgy(local.runOwner, NO_SIGNAL))
}
