import type { Clock, Log, SendHttp } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest } from '../model/provider.ts'
import { readBody } from './http-body.ts'
import { explainFailure } from './http-failure.ts'

/** Largest decoded body when the request names no other cap. */
const DEFAULT_MAX_BYTES = 1_048_576

export interface SendHttpOptions {
  readonly clock: Clock
  /** `TOKSTAT_UPSTREAM`: where requests for other machines really go; null in normal life. */
  readonly upstream: URL | null
  readonly log: Log
}

type TimedRequest = HttpRequest & { readonly timeoutMs: number }

/**
 * The one way out of the program. Uses node's own fetch, so proxies and NODE_EXTRA_CA_CERTS are honoured.
 * An attempt that its deadline ended rejects with `timeout`; one that the caller's signal ended rejects with
 * `network` and the message "Stopped.". No text of an error holds a path, a query, a header or a body.
 */
export function createSendHttp(options: SendHttpOptions): SendHttp {
  return async (request, signal) => {
    const startedAt = options.clock.monotonicMs()
    const logged = { host: hostOf(request.url), endpoint: request.endpoint }
    const tookMs = (): number => Math.round(options.clock.monotonicMs() - startedAt)
    try {
      const reply = await sendOnce(request, signal, options)
      options.log.debug('request answered', { ...logged, status: reply.status, tookMs: tookMs() })
      return reply
    } catch (error) {
      const failure = explainFailure(error, logged.host, request.endpoint)
      options.log.debug('request failed', { ...logged, code: failure.code, tookMs: tookMs() })
      throw failure
    }
  }
}

/** Whether a host name is this machine: such requests are never redirected to the upstream nor sent to a proxy. */
export function isLoopbackHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/^\[|\]$/g, '')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}

async function sendOnce(request: TimedRequest, signal: AbortSignal, options: SendHttpOptions): Promise<HttpReply> {
  const asked = targetOf(request)
  const url = rewritten(asked, options.upstream)
  const attempt = startAttempt(request, signal, options.clock)
  try {
    return await Promise.race([exchange(request, { asked, url }, attempt.signal, options.clock), attempt.cutShort])
  } finally {
    attempt.end()
  }
}

interface Targets {
  readonly asked: URL
  readonly url: URL
}

async function exchange(
  request: TimedRequest,
  targets: Targets,
  signal: AbortSignal,
  clock: Clock,
): Promise<HttpReply> {
  const { host } = targets.asked
  const response = await globalThis.fetch(targets.url, {
    method: request.method,
    headers: headersOf(request),
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: 'manual',
    cache: 'no-store',
    signal,
  })
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    await response.body?.cancel().catch(ignore)
    throw new QuotaError({
      code: 'unexpected_response',
      message: `${host} answered with a redirect, which is not followed: the credential stays where it belongs.`,
      httpStatus: response.status,
      endpoint: request.endpoint,
    })
  }
  const body = await readBody(response, { host, maxBytes: request.maxBytes ?? DEFAULT_MAX_BYTES })
  return { status: response.status, headers: replyHeaders(response.headers), body, host, at: clock.now() }
}

interface Attempt {
  readonly signal: AbortSignal
  /** Rejects when the deadline passes or the caller stops; never resolves. */
  readonly cutShort: Promise<never>
  end(): void
}

function startAttempt(request: TimedRequest, caller: AbortSignal, clock: Clock): Attempt {
  const controller = new AbortController()
  let reject: (error: QuotaError) => void = ignore
  const cutShort = new Promise<never>((_resolve, onReject) => {
    reject = onReject
  })
  cutShort.catch(ignore)
  const stop = (error: QuotaError): void => {
    reject(error)
    controller.abort(error)
  }
  const onAbort = (): void => stop(stopped(request.endpoint))
  const timer = clock.after(request.timeoutMs, () => stop(timedOut(request)))
  if (caller.aborted) onAbort()
  else caller.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    cutShort,
    end: () => {
      timer.cancel()
      caller.removeEventListener('abort', onAbort)
    },
  }
}

function stopped(endpoint: string): QuotaError {
  return new QuotaError({ code: 'network', message: 'Stopped.', endpoint })
}

function timedOut(request: TimedRequest): QuotaError {
  return new QuotaError({
    code: 'timeout',
    message: `${hostOf(request.url)} did not answer completely within ${request.timeoutMs / 1000} s.`,
    endpoint: request.endpoint,
  })
}

function targetOf(request: TimedRequest): URL {
  const url = URL.canParse(request.url) ? new URL(request.url) : null
  if (url === null || url.username !== '' || url.password !== '') {
    throw new QuotaError({ code: 'internal', message: 'A request has no usable address.', endpoint: request.endpoint })
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw new QuotaError({
      code: 'rejected',
      message: `Refused to send a credential to ${url.host} without https.`,
      endpoint: request.endpoint,
    })
  }
  return url
}

/** `https://HOST/PATH?QUERY` becomes `UPSTREAM/HOST/PATH?QUERY`; contracts section 3. */
function rewritten(url: URL, upstream: URL | null): URL {
  if (upstream === null || isLoopbackHost(url.hostname)) return url
  return new URL(`${upstream.origin}/${url.host}${url.pathname}${url.search}`)
}

function headersOf(request: TimedRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (name.toLowerCase() !== 'host') headers.set(name, value)
  }
  headers.set('accept-encoding', 'gzip, identity')
  return headers
}

/** Cookies are left out: nothing of ours keeps them, so nothing can send them for another account (H28). */
function replyHeaders(headers: Headers): Record<string, string> {
  const all = Object.fromEntries(headers)
  delete all['set-cookie']
  return all
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an unnamed host'
}

function ignore(): void {
  // Used where a failure has been reported already, or where closing an answer nobody reads may fail.
}
