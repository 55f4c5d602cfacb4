import { QuotaError } from '../../model/problem.ts'
import type { ProviderHost } from '../../model/provider.ts'
import type { EpochMs } from '../../model/time.ts'
import { expectJson } from './json.ts'
import type { RefusalContext } from './refusal.ts'

/**
 * Google meters its two Cloud Code deployments apart; the app, the IDE and `agy` spend on the daily one, so that one
 * is asked first (seen 2026-09, several public reports). Never a sandbox.
 */
export const CLOUD_CODE_HOSTS = ['daily-cloudcode-pa.googleapis.com', 'cloudcode-pa.googleapis.com'] as const

/** The headers that the Antigravity client sends; the User-Agent can be changed by config. */
export const ANTIGRAVITY_USER_AGENT = 'antigravity/1.11.5 windows/amd64'
const API_CLIENT = 'google-cloud-sdk vscode_cloudshelleditor/0.1'
const CLIENT_METADATA = '{"ideType":"IDE_UNSPECIFIED","platform":"PLATFORM_UNSPECIFIED","pluginType":"GEMINI"}'

/** The four read-only methods that are used. `onboardUser` changes an account and is never called. */
type CloudCodeMethod = 'loadCodeAssist' | 'fetchAvailableModels' | 'retrieveUserQuotaSummary' | 'retrieveUserQuota'

export interface CloudCodeClient {
  readonly userAgent: string
  readonly context: Omit<RefusalContext, 'endpoint'>
}

export interface CloudCodeRequest {
  /** Our own word for what is asked: the key of its cooldown. */
  readonly endpoint: string
  readonly method: CloudCodeMethod
  readonly body: Readonly<Record<string, unknown>>
  /** A good answer that says nothing: the next host is asked, and it stands if that one says nothing better. */
  readonly isEmpty?: (json: unknown) => boolean
}

export interface CloudCodeAnswer {
  readonly json: unknown
  /** Host that answered. */
  readonly host: string
  readonly at: EpochMs
}

/** Body of the quota methods: consumer accounts are answered without a project. */
function projectBody(project: string | null): Readonly<Record<string, unknown>> {
  return project === null ? {} : { project }
}

/**
 * Not `timeout`: the two hosts count apart, so after an answer that is merely slow the other host's number would be a
 * wrong one, where the last one with its age is right.
 */
const WALKS_ON: ReadonlySet<string> = new Set([
  'endpoint_gone',
  'upstream_unavailable',
  'network',
  'offline',
  'truncated',
])

/**
 * Asks the daily host, then prod: on 404, 5xx, network error or an empty answer, never on 401, 403 or 429
 * (contracts section 8, "Hosts"). Throws the error of the first host that failed unless a later one is more telling.
 */
export async function askCloudCode(
  host: ProviderHost<unknown>,
  client: CloudCodeClient,
  request: CloudCodeRequest,
): Promise<CloudCodeAnswer> {
  let empty: CloudCodeAnswer | null = null
  let failed: unknown = null
  for (const name of CLOUD_CODE_HOSTS) {
    try {
      const answer = await askOne(host, client, request, name)
      if (!request.isEmpty?.(answer.json)) return answer
      empty ??= answer
    } catch (error) {
      if (empty) return empty
      if (host.signal.aborted || !walksOn(error)) throw error
      failed ??= error
    }
  }
  if (empty) return empty
  throw failed
}

function walksOn(error: unknown): boolean {
  return error instanceof QuotaError && WALKS_ON.has(error.code)
}

async function askOne(
  host: ProviderHost<unknown>,
  client: CloudCodeClient,
  request: CloudCodeRequest,
  name: string,
): Promise<CloudCodeAnswer> {
  const { endpoint } = request
  const reply = await host.request({
    method: 'POST',
    url: `https://${name}/v1internal:${request.method}`,
    endpoint,
    headers: {
      authorization: `Bearer ${host.access.reveal()}`,
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': client.userAgent,
      'x-goog-api-client': API_CLIENT,
      'client-metadata': CLIENT_METADATA,
    },
    body: JSON.stringify(request.body),
  })
  const allowEmpty = request.isEmpty !== undefined
  return { json: expectJson(reply, { ...client.context, endpoint, allowEmpty }), host: name, at: reply.at }
}

/**
 * Asks with the project, and once more without it when that project is refused: some accounts are answered only
 * without one. Never for a refusal that names another reason. The first refusal is the one that is thrown.
 */
export async function askWithProject(
  host: ProviderHost<unknown>,
  client: CloudCodeClient,
  request: Omit<CloudCodeRequest, 'body'>,
  project: string | null,
): Promise<CloudCodeAnswer> {
  try {
    return await askCloudCode(host, client, { ...request, body: projectBody(project) })
  } catch (refused) {
    const isProjectRefused = refused instanceof QuotaError && refused.code === 'forbidden'
    if (!isProjectRefused || project === null || host.signal.aborted) throw refused
    try {
      return await askCloudCode(host, client, { ...request, body: projectBody(null) })
    } catch {
      // The second refusal says less than the first: it was about a request that is only a fallback.
      throw refused
    }
  }
}

/** How much an error says about the account: the login first, then its rights, then a wait, then the rest. */
const TELLING = ['auth_required', 'not_entitled', 'forbidden', 'rate_limited'] as const

/** The error to report when every request of an attempt failed; anything that is no QuotaError is a bug and wins. */
export function mostTelling(errors: readonly unknown[]): unknown {
  const rank = (error: unknown): number => {
    if (!(error instanceof QuotaError)) return -1
    const at = (TELLING as readonly string[]).indexOf(error.status)
    return at < 0 ? TELLING.length : at
  }
  return errors.reduce((best, error) => (rank(error) < rank(best) ? error : best))
}
