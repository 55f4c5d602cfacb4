import type { AccountDocument, AccountsDocument, Clock } from '../model/index.ts'
import type { Fetch, FetchAnswer } from './client.ts'
import { type ClientError, errorOfAnswer } from './errors.ts'
import { createEventParser, type ServerEvent } from './sse.ts'

/** What the stream tells. `connection` is the client's own: whether what is shown can be current. */
export type LiveEvent =
  | { readonly kind: 'snapshot'; readonly document: AccountsDocument }
  | { readonly kind: 'account'; readonly account: AccountDocument }
  | { readonly kind: 'alert'; readonly alert: unknown }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'connection'; readonly state: 'open' | 'lost' }

export interface LiveOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
  readonly clock: Clock
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** The server sends something every 15 s; three times that without a byte is a dead line. */
const SILENCE_MS = 45_000

/** Follows the stream until `signal` aborts: reconnects with growing waits, and asks for what it missed meanwhile. */
export async function followEvents(
  options: LiveOptions,
  onEvent: (event: LiveEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | null = null
  let waitMs = FIRST_WAIT_MS
  while (!signal.aborted) {
    const end = await readOnce(options, lastId, signal, {
      onOpen: () => onEvent({ kind: 'connection', state: 'open' }),
      onEvent: (event) => {
        waitMs = FIRST_WAIT_MS
        lastId = event.id ?? lastId
        const live = toLiveEvent(event)
        if (live !== null) onEvent(live)
      },
    })
    if (signal.aborted) return
    if (end !== null && (end.status === 401 || end.status === 403 || end.status === 421)) throw end
    onEvent({ kind: 'connection', state: 'lost' })
    await pause(options.clock, waitMs, signal)
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
  }
}

interface Handlers {
  readonly onOpen: () => void
  readonly onEvent: (event: ServerEvent) => void
}

/** One connection, until it ends for whatever reason. The refusal when the server gave one, else null. */
async function readOnce(
  options: LiveOptions,
  lastId: string | null,
  signal: AbortSignal,
  handlers: Handlers,
): Promise<ClientError | null> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  let silence = options.clock.after(SILENCE_MS, abort)
  try {
    const headers = {
      ...options.headers,
      accept: 'text/event-stream',
      ...(lastId === null ? {} : { 'last-event-id': lastId }),
    }
    const answer = await options.fetch(options.url, { method: 'GET', headers, signal: controller.signal })
    if (!answer.ok) return errorOfAnswer(answer.status, await answer.text())
    handlers.onOpen()
    const decoder = new TextDecoder()
    const feed = createEventParser(handlers.onEvent)
    for await (const chunk of chunksOf(answer)) {
      silence.cancel()
      silence = options.clock.after(SILENCE_MS, abort)
      feed(decoder.decode(chunk, { stream: true }))
    }
    return null
  } catch {
    // A line that breaks is what this loop is for: the caller waits and connects again.
    return null
  } finally {
    silence.cancel()
    signal.removeEventListener('abort', abort)
    controller.abort()
  }
}

/** Not every browser can iterate a stream by itself. */
async function* chunksOf(answer: FetchAnswer): AsyncGenerator<Uint8Array> {
  const { body } = answer
  if (body === null) return
  if (!('getReader' in body)) {
    yield* body
    return
  }
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function toLiveEvent(event: ServerEvent): LiveEvent | null {
  switch (event.event) {
    case 'snapshot':
      return { kind: 'snapshot', document: JSON.parse(event.data) }
    case 'account':
      return { kind: 'account', account: JSON.parse(event.data) }
    case 'alert':
      return { kind: 'alert', alert: JSON.parse(event.data) }
    case 'heartbeat':
      return { kind: 'heartbeat' }
    default:
      // A newer server may send more than this client knows.
      return null
  }
}

function pause(clock: Clock, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(waitMs, done)
    function done(): void {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}
