import type { SimAccount } from './account.ts'
import type { AccessState } from './grants.ts'
import type { World } from './world.ts'

/** One request as the simulated service sees it. */
export interface SimRequest {
  readonly method: string
  /** Without scheme; with a port that is not the default. */
  readonly host: string
  /** Without the query, not decoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Who the bearer token or key belongs to, and whether it is still good. */
  readonly access: AccessState
  /** The account asked about: by access token, or by the refresh token of a token request. */
  readonly account: SimAccount | null
}

/** A body that is a string goes out as it is, anything else as JSON. */
export interface SimReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** One provider's API: null when it has no such address. */
export type Service = (request: SimRequest, world: World) => SimReply | null

/** The fields of a form or JSON body; empty when it is neither. */
export function fieldsOf(request: Pick<SimRequest, 'headers' | 'body'>): Readonly<Record<string, string>> {
  const type = request.headers['content-type'] ?? ''
  if (!type.includes('json')) return Object.fromEntries(new URLSearchParams(request.body))
  const parsed = jsonOf(request.body)
  return Object.fromEntries(
    Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** A JSON object body; empty when it is anything else. */
export function jsonOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : {}
  } catch {
    // Not JSON: the service sees no fields, as a real one would.
    return {}
  }
}
