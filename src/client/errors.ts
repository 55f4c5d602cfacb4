/** A request that brought no usable answer. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** HTTP status; null when nothing answered. */
  readonly status: number | null
  /** The server's problem code, `offline` when nothing answered, `unexpected_response` when it was not tokstat. */
  readonly code: string
  readonly hint: string | null
  /** RFC 3339; null: not said. */
  readonly retryAt: string | null

  constructor(facts: {
    readonly message: string
    readonly status: number | null
    readonly code: string
    readonly hint?: string | null
    readonly retryAt?: string | null
    readonly cause?: unknown
  }) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.status = facts.status
    this.code = facts.code
    this.hint = facts.hint ?? null
    this.retryAt = facts.retryAt ?? null
  }
}

/** What a refused request says: the members of problem+json, or the error object of `/v0`, or nothing readable. */
export function errorOfAnswer(status: number, body: string): ClientError {
  const problem = parseObject(body)
  const nested = problem?.['error']
  const source = isObject(nested) ? nested : (problem ?? {})
  const message = textOf(source['detail']) ?? textOf(source['message'])
  return new ClientError({
    message: message ?? `The answer was ${status}, and not one of tokstat's.`,
    status,
    code: textOf(source['code']) ?? 'unexpected_response',
    hint: textOf(source['hint']),
    retryAt: textOf(source['retryAt']),
  })
}

/** A JSON object, or null for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    // Not JSON: then it is not ours either, and the caller says so.
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
