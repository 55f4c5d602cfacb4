import type { EpochMs } from '../model/index.ts'

/** One request that arrived; secrets are left out. */
export interface LoggedRequest {
  /** World time. */
  readonly at: EpochMs
  /** Real milliseconds since the simulator started. */
  readonly elapsedMs: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  /** Whose it is, by its token; null when the token is unknown or absent. */
  readonly account: string | null
  /** Lower case names; those that carry a secret are cut to their scheme. */
  readonly headers: Readonly<Record<string, string>>
  /** The body, except at token endpoints and for keys. */
  readonly body: string | null
  /** Status of the answer; null while there is none (a hang, a reset). */
  status: number | null
}

export interface RequestLog {
  readonly all: readonly LoggedRequest[]
  /** Calls a monitor must never make: inference, onboarding, spending. Tests assert that it stays empty. */
  readonly forbidden: readonly LoggedRequest[]
  /** Calls to addresses that no service has. */
  readonly unknown: readonly LoggedRequest[]
  /** Requests to a host, and to a path there. */
  to(host: string, path?: string): readonly LoggedRequest[]
  of(accountId: string): readonly LoggedRequest[]
  /** The most requests that were under way at once, at one host or over all. */
  peak(host?: string): number
  clear(): void
}

export interface RequestLogWriter extends RequestLog {
  begin(entry: LoggedRequest): void
  end(entry: LoggedRequest): void
  markForbidden(entry: LoggedRequest): void
  markUnknown(entry: LoggedRequest): void
}

/** Remembers about the last `keep` requests, so that a demo can run for weeks. */
export function createRequestLog(keep: number): RequestLogWriter {
  const all: LoggedRequest[] = []
  const forbidden: LoggedRequest[] = []
  const unknown: LoggedRequest[] = []
  const open = new Set<LoggedRequest>()
  const peaks = new Map<string, number>()
  const raise = (key: string, count: number): void => {
    if (count > (peaks.get(key) ?? 0)) peaks.set(key, count)
  }
  const remember = (list: LoggedRequest[], entry: LoggedRequest): void => {
    list.push(entry)
    // Dropping a tenth at a time: moving the whole list at every request would cost more than it saves.
    if (list.length > keep * 1.1) list.splice(0, list.length - keep)
  }
  return {
    all,
    forbidden,
    unknown,
    to: (host, path) => all.filter((entry) => entry.host === host && (path === undefined || entry.path === path)),
    of: (accountId) => all.filter((entry) => entry.account === accountId),
    peak: (host) => peaks.get(host ?? '') ?? 0,
    clear() {
      for (const list of [all, forbidden, unknown]) list.length = 0
      peaks.clear()
    },
    begin(entry) {
      remember(all, entry)
      open.add(entry)
      raise('', open.size)
      raise(entry.host, [...open].filter((other) => other.host === entry.host).length)
    },
    end: (entry) => open.delete(entry),
    markForbidden: (entry) => remember(forbidden, entry),
    markUnknown: (entry) => remember(unknown, entry),
  }
}

const SECRET_HEADERS = new Set(['authorization', 'x-api-key', 'cookie', 'proxy-authorization'])

/** Headers that may be looked at: `authorization: Bearer` without the token. */
export function withoutSecrets(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!SECRET_HEADERS.has(name)) return [name, value]
      return [name, name === 'authorization' ? (value.split(' ')[0] ?? '') : '']
    }),
  )
}

/** Calls that cost quota or change an account; by host and path. */
export function isForbidden(method: string, host: string, path: string): boolean {
  if (host.endsWith('cloudcode-pa.googleapis.com')) {
    return /:(onboardUser|generateContent|streamGenerateContent|countTokens|generateChat)$/.test(path)
  }
  if (/^\/v1\/(messages|complete|chat\/completions|responses|embeddings|completions)\b/.test(path)) return true
  if (/^\/api\/(v1\/)?(chat\/completions|completions|responses|messages)\b/.test(path)) return true
  if (host === 'generativelanguage.googleapis.com') return true
  return method === 'POST' && (/\/consume$/.test(path) || /^\/backend-api\/codex\//.test(path))
}

/** Paths whose bodies carry tokens. */
export function carriesSecret(path: string): boolean {
  return /token|device/.test(path)
}
