import type {
  AccountDocument,
  AccountsDocument,
  BestDocument,
  BestQuery,
  Clock,
  ProviderInfo,
  QuotaDocument,
  RefreshResult,
} from '../model/index.ts'
import { ClientError, errorOfAnswer } from './errors.ts'
import { followEvents, type LiveEvent } from './live.ts'

/** How a request leaves: the global `fetch` of node and of browsers fits. */
export type Fetch = (url: string, init: FetchOptions) => Promise<FetchAnswer>

export interface FetchOptions {
  readonly method: string
  readonly headers: Record<string, string>
  readonly signal?: AbortSignal
}

export interface FetchAnswer {
  readonly ok: boolean
  readonly status: number
  text(): Promise<string>
  readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null
}

export interface ClientOptions {
  /** Where tokstat answers: `http://127.0.0.1:8000`, with the base path where there is one. */
  readonly url: string
  readonly token: string | null
  readonly fetch: Fetch
  /** For the waits of `events`, and the deadline of the others. */
  readonly clock: Clock
  /** Milliseconds a request may take; default 5 s, and 30 s for `refresh`. */
  readonly timeoutMs?: number | undefined
}

export interface Health {
  readonly status: string
  readonly version: string
  /** Names the running daemon: compare with daemon.json before trusting what answers. */
  readonly instance: string
  readonly upstream: string | null
}

export type AccountQuota = QuotaDocument & { readonly account: string; readonly provider: string }

/** One entry of a refresh, as it comes over the wire: instants are RFC 3339. */
export interface Refreshed {
  readonly account: string
  readonly outcome: RefreshResult['outcome']
  readonly observedAt: string | null
  readonly retryAt: string | null
  readonly problem: RefreshResult['problem']
}

/** The running daemon. Every method may throw ClientError. */
export interface Client {
  health(): Promise<Health>
  accounts(): Promise<AccountsDocument>
  /** Null when there is no such account. */
  account(id: string): Promise<AccountDocument | null>
  quotas(): Promise<readonly AccountQuota[]>
  providers(): Promise<readonly ProviderInfo[]>
  best(query?: BestQuery): Promise<BestDocument>
  /** Null: every account. */
  refresh(id: string | null): Promise<readonly Refreshed[]>
  /** The page of `/metrics`, text format 0.0.4. */
  metrics(): Promise<string>
  /**
   * Calls back with every event until the signal says stop; reconnects by itself, where it left off. Resolves when
   * stopped; rejects only when the server refuses the token.
   */
  events(onEvent: (event: LiveEvent) => void, signal: AbortSignal): Promise<void>
}

const TIMEOUT_MS = 5_000
const REFRESH_TIMEOUT_MS = 30_000

export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, '')
  const headers = options.token === null ? {} : { authorization: `Bearer ${options.token}` }

  async function text(method: string, path: string, timeoutMs = options.timeoutMs ?? TIMEOUT_MS): Promise<string> {
    const controller = new AbortController()
    const timer = options.clock.after(timeoutMs, () => controller.abort())
    try {
      const answer = await options.fetch(base + path, { method, headers: { ...headers }, signal: controller.signal })
      const body = await answer.text()
      if (!answer.ok) throw errorOfAnswer(answer.status, body)
      return body
    } catch (error) {
      if (error instanceof ClientError) throw error
      throw new ClientError({
        message: 'No tokstat answers here.',
        status: null,
        code: 'offline',
        hint: 'Start one with "tokstat serve".',
        cause: error,
      })
    } finally {
      timer.cancel()
    }
  }

  async function json<Body>(method: string, path: string, timeoutMs?: number): Promise<Body> {
    const body = await text(method, path, timeoutMs)
    try {
      return JSON.parse(body)
    } catch (error) {
      const message = 'What answers here is not tokstat.'
      throw new ClientError({ message, status: 200, code: 'unexpected_response', cause: error })
    }
  }

  return {
    health: () => json('GET', '/healthz'),
    accounts: () => json('GET', '/api/v1/accounts'),
    async account(id) {
      try {
        return await json<AccountDocument>('GET', `/api/v1/accounts/${encodeURIComponent(id)}`)
      } catch (error) {
        if (error instanceof ClientError && error.status === 404) return null
        throw error
      }
    },
    quotas: async () => (await json<{ quotas: AccountQuota[] }>('GET', '/api/v1/quotas')).quotas,
    providers: async () => (await json<{ providers: ProviderInfo[] }>('GET', '/api/v1/providers')).providers,
    best: (query = {}) => json('GET', `/api/v1/best${queryText(query)}`),
    async refresh(id) {
      const path = id === null ? '/api/v1/refresh' : `/api/v1/refresh/${encodeURIComponent(id)}`
      return (await json<{ results: Refreshed[] }>('POST', path, options.timeoutMs ?? REFRESH_TIMEOUT_MS)).results
    },
    metrics: () => text('GET', '/metrics'),
    events: (onEvent, signal) =>
      followEvents({ ...options, url: `${base}/api/v1/events`, headers: { ...headers } }, onEvent, signal),
  }
}

function queryText(query: BestQuery): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (typeof value === 'string') parameters.set(name, value)
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}
