import type {
  AccountDocument,
  AccountsDocument,
  Alert,
  AlertDesk,
  AlertQuery,
  AlertsOverview,
  BestDocument,
  BestQuery,
  BurnAcrossDocument,
  BurnAcrossQuery,
  Clock,
  ComparisonDocument,
  CyclesDocument,
  HistoryDocument,
  PastQuery,
  ProviderInfo,
  QuotaDocument,
  RefreshResult,
  SourceReport,
} from '../model/index.ts'
import { alertDeskOf } from './alert-desk.ts'
import { ClientError, errorOfAnswer, parseObject } from './errors.ts'
import { followEvents, type LiveEvent } from './live.ts'

/** How a request leaves: the global `fetch` of node and of browsers fits. */
export type Fetch = (url: string, init: FetchOptions) => Promise<FetchAnswer>

interface FetchOptions {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
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

interface Health {
  readonly status: string
  readonly version: string
  /** Names the running daemon: compare with daemon.json before trusting what answers. */
  readonly instance: string
  readonly upstream: string | null
}

type AccountQuota = QuotaDocument & { readonly account: string; readonly provider: string }

/** One entry of a refresh, as it comes over the wire: instants are RFC 3339. */
interface Refreshed {
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
  /** What the daemon has found in each place; the places themselves are not told (''). */
  sources(): Promise<readonly SourceReport[]>
  best(query?: BestQuery): Promise<BestDocument>
  /** What was said, newest first, with the rules and the channels of the daemon. */
  alertsOverview(query: AlertQuery): Promise<Omit<AlertsOverview, 'live'>>
  /** What a person says about alerts. */
  readonly alertDesk: AlertDesk
  /** Null: every account. That it is too soon for all of them is a result (`cooldown`), not an error. */
  refresh(id: string | null): Promise<readonly Refreshed[]>
  /** Points of each quota, oldest first. */
  history(query?: PastQuery): Promise<HistoryDocument>
  /** Cycles from reset to reset, newest first. */
  cycles(query?: PastQuery): Promise<CyclesDocument>
  /** What the windows of many accounts burned together, by length of window. Null: this daemon does not sum. */
  burnAcross(query: BurnAcrossQuery): Promise<BurnAcrossDocument | null>
  /** How the past cycles of each quota ended, those that hit the wall most first. */
  comparison(query?: PastQuery): Promise<ComparisonDocument>
  /** What the rules have told, the newest first. Null: this daemon keeps no alerts. */
  alerts(): Promise<readonly Alert[] | null>
  /** The whole text of an export. */
  exported(format: string, query?: PastQuery): Promise<string>
  /** The page of `/metrics`, text format 0.0.4. */
  metrics(): Promise<string>
  /** A code that signs a browser in once; null where no token is set. */
  loginLink(): Promise<{ readonly code: string; readonly expiresAt: string } | null>
  /**
   * Calls back with every event until the signal says stop; reconnects by itself, where it left off. Resolves when
   * stopped; rejects only when the server refuses the token.
   */
  events(onEvent: (event: LiveEvent) => void, signal: AbortSignal): Promise<void>
}

const TIMEOUT_MS = 5_000
const EXPORT_TIMEOUT_MS = 120_000
/** Hundreds of accounts take some seconds. */
const SUM_TIMEOUT_MS = 60_000
const REFRESH_TIMEOUT_MS = 30_000

export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, '')
  const headers: Record<string, string> = options.token === null ? {} : { authorization: `Bearer ${options.token}` }
  const transport = { ...options, base, headers }
  const get = <Body>(path: string): Promise<Body> => sendForJson(transport, { method: 'GET', path })

  return {
    health: () => get('/healthz'),
    accounts: () => get('/api/v1/accounts'),
    account: (id) => unlessAbsent(get<AccountDocument>(`/api/v1/accounts/${encodeURIComponent(id)}`)),
    loginLink: () => unlessAbsent(sendForJson(transport, { method: 'POST', path: '/api/v1/session/links' })),
    quotas: async () => (await get<{ quotas: AccountQuota[] }>('/api/v1/quotas')).quotas,
    providers: async () => (await get<{ providers: ProviderInfo[] }>('/api/v1/providers')).providers,
    sources: async () =>
      (await unlessAbsent(get<{ sources: ToldSource[] }>('/api/v1/status')))?.sources.map(fromTold) ?? [],
    best: (query = {}) => get(`/api/v1/best${queryText(query)}`),
    alertsOverview: ({ account, since, firing, limit }) => {
      const parameters = new URLSearchParams({ limit: String(limit), state: firing === true ? 'firing' : 'all' })
      if (account !== undefined) parameters.set('account', account)
      if (since !== undefined) parameters.set('since', new Date(since).toISOString())
      return get(`/api/v1/alerts?${parameters}`)
    },
    alertDesk: alertDeskOf((method, path, body) => sendForJson(transport, { method, path, body })),
    async refresh(id) {
      const path = id === null ? '/api/v1/refresh' : `/api/v1/refresh/${encodeURIComponent(id)}`
      const timeoutMs = options.timeoutMs ?? REFRESH_TIMEOUT_MS
      const request = { method: 'POST', path, timeoutMs, isAnswer: refusesEveryAccount }
      return (await sendForJson<{ results: Refreshed[] }>(transport, request)).results
    },
    history: (query = {}) => sendForJson(transport, { method: 'GET', path: `/api/v1/history${queryText(query)}` }),
    cycles: (query = {}) => sendForJson(transport, { method: 'GET', path: `/api/v1/cycles${queryText(query)}` }),
    burnAcross: (query) =>
      unlessAbsent(
        sendForJson(transport, {
          method: 'GET',
          path: `/api/v1/analytics/across${queryText(query)}`,
          timeoutMs: options.timeoutMs ?? SUM_TIMEOUT_MS,
        }),
      ),
    comparison: (query = {}) =>
      sendForJson(transport, {
        method: 'GET',
        path: `/api/v1/analytics/accounts${queryText(query)}`,
        timeoutMs: options.timeoutMs ?? SUM_TIMEOUT_MS,
      }),
    alerts: async () => (await unlessAbsent(get<{ alerts: Alert[] }>('/api/v1/alerts')))?.alerts ?? null,
    exported: (format, query = {}) =>
      send(transport, {
        method: 'GET',
        path: `/api/v1/export${queryText({ ...query, format })}`,
        timeoutMs: EXPORT_TIMEOUT_MS,
      }),
    metrics: () => send(transport, { method: 'GET', path: '/metrics' }),
    events: (onEvent, signal) => followEvents({ ...options, url: `${base}/api/v1/events`, headers }, onEvent, signal),
  }
}

type ToldSource = Pick<SourceReport, 'source' | 'state' | 'count'> & Partial<Pick<SourceReport, 'detail' | 'hint'>>

/** A daemon of an older version says less. */
function fromTold({ source, state, count, detail = null, hint = null }: ToldSource): SourceReport {
  return { source, place: '', state, count, detail, hint }
}

/** Null for a 404. */
async function unlessAbsent<Body>(answer: Promise<Body>): Promise<Body | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return null
    throw error
  }
}

interface Transport extends ClientOptions {
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
}

interface Request {
  readonly method: string
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly timeoutMs?: number
  /** Whether a status that is not 2xx is an answer all the same. */
  readonly isAnswer?: (status: number, body: string) => boolean
}

/** A refresh that came too soon for every account: a 429, and it says so account by account. */
function refusesEveryAccount(status: number, body: string): boolean {
  return status === 429 && Array.isArray(parseObject(body)?.['results'])
}

/** The body of a good answer. Throws ClientError for every other end. */
async function send(transport: Transport, request: Request): Promise<string> {
  const controller = new AbortController()
  const timeoutMs = request.timeoutMs ?? transport.timeoutMs ?? TIMEOUT_MS
  const timer = transport.clock.after(timeoutMs, () => controller.abort())
  try {
    const { method, body: sent } = request
    const content =
      sent === undefined ? null : { body: JSON.stringify(sent), type: { 'content-type': 'application/json' } }
    const headers = { ...transport.headers, ...content?.type }
    const init = { method, headers, signal: controller.signal, ...(content === null ? {} : { body: content.body }) }
    const answer = await transport.fetch(transport.base + request.path, init)
    const body = await answer.text()
    if (!answer.ok && request.isAnswer?.(answer.status, body) !== true) throw errorOfAnswer(answer.status, body)
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

async function sendForJson<Body>(transport: Transport, request: Request): Promise<Body> {
  const body = await send(transport, request)
  try {
    return JSON.parse(body)
  } catch (error) {
    const message = 'What answers here is not tokstat.'
    throw new ClientError({ message, status: 200, code: 'unexpected_response', cause: error })
  }
}

function queryText(query: BestQuery | BurnAcrossQuery | (PastQuery & { readonly format?: string })): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}
