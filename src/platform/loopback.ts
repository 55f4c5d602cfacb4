import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Clock } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { LocalHost, LocalRequest } from '../model/provider.ts'

const LARGEST_BODY = 1024 * 1024

/**
 * Requests to programs on this machine. They show certificates of their own making, which are accepted here because
 * nothing but a loopback address can be asked; every other address is refused before anything is sent. Redirects are
 * not followed, no proxy is used.
 */
export function createLoopbackAsk(clock: Clock): LocalHost['ask'] {
  return (request, signal) => {
    const url = new URL(request.url)
    if (!isLoopback(url)) return Promise.reject(new Error('only loopback addresses may be asked here'))
    return ask(url, request, { clock, signal })
  }
}

/** Literal addresses only: a name could be made to point anywhere. */
export function isLoopback({ protocol, hostname, username, password }: URL): boolean {
  const isWeb = protocol === 'http:' || protocol === 'https:'
  return isWeb && username === '' && password === '' && (/^127(\.\d{1,3}){3}$/.test(hostname) || hostname === '[::1]')
}

interface AskContext {
  readonly clock: Clock
  readonly signal: AbortSignal
}

function ask(url: URL, request: LocalRequest, { clock, signal }: AskContext): ReturnType<LocalHost['ask']> {
  return new Promise((resolve, reject) => {
    const ended = new AbortController()
    const timer = clock.after(request.timeoutMs, () =>
      end(failure('timeout', 'A program on this machine did not answer.')),
    )
    const stop = (): void => end(failure('timeout', 'The attempt was ended.'))
    const clean = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', stop)
    }
    const end = (error: QuotaError): void => {
      clean()
      reject(error)
      ended.abort()
    }
    if (signal.aborted) {
      end(failure('timeout', 'The attempt was ended.'))
      return
    }
    signal.addEventListener('abort', stop, { once: true })
    const options = {
      method: request.method,
      headers: request.headers ?? {},
      signal: ended.signal,
      agent: false as const,
    }
    const send =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: false })
        : requestHttp(url, options)
    send.on('error', () => end(failure('network', 'A program on this machine could not be reached.')))
    send.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > LARGEST_BODY) end(failure('too_large', 'A program on this machine answered with too much.'))
        else chunks.push(chunk)
      })
      response.on('error', () => end(failure('network', 'A program on this machine broke off its answer.')))
      response.on('end', () => {
        clean()
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    send.end(request.body)
  })
}

function failure(code: 'network' | 'timeout' | 'too_large', message: string): QuotaError {
  return new QuotaError({ code, message })
}
