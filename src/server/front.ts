import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { clientAddress, createAddressList, isLoopback, peerKey } from './address.ts'
import { createServerApp } from './app.ts'
import { DEFAULT_LIMITS, type ServerDeps, type ServerLimits } from './deps.ts'
import { type Refusal, writeRefusal } from './problems.ts'
import { createGuard, type Guard, type GuardRequest, pathOf, SECURITY_HEADERS, TOKEN_MISSING } from './security.ts'

const HEAD_BYTES = 16 * 1024

/**
 * The server that listens: node:http, with the guard before everything. `/metrics` is written from ready bytes; the
 * rest is the app's. The caller listens, and closes it together with `deps.events.stop()`.
 */
export function createHttpServer(deps: ServerDeps): Server {
  const limits: ServerLimits = { ...DEFAULT_LIMITS, ...deps.limits }
  const front = new Front(deps, limits)
  const server = createServer({
    maxHeaderSize: HEAD_BYTES,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    // The guard answers a missing Host, and lets the probes do without one.
    requireHostHeader: false,
  })
  server.maxConnections = limits.sockets
  server.on('request', (incoming, outgoing) => front.serve(incoming, outgoing, false))
  server.on('checkContinue', (incoming, outgoing) => front.serve(incoming, outgoing, true))
  server.on('clientError', answerBrokenHead)
  limitWaiting(server, limits, createAddressList(deps.trustedProxies))
  return server
}

class Front {
  readonly #deps: ServerDeps
  readonly #guard: Guard
  readonly #isTrusted: (address: string) => boolean
  readonly #toApp: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

  constructor(deps: ServerDeps, limits: ServerLimits) {
    this.#deps = deps
    this.#guard = createGuard({ ...deps, bodyBytes: limits.bodyBytes })
    this.#isTrusted = createAddressList(deps.trustedProxies)
    this.#toApp = getRequestListener(createServerApp(deps).fetch, { overrideGlobalObjects: false })
  }

  serve(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): void {
    // A caller who leaves in the middle is no fault; without a listener the error would end the process.
    incoming.on('error', () => undefined)
    outgoing.on('error', () => undefined)
    this.#handle(incoming, outgoing, expectsContinue).catch((error: unknown) => {
      this.#deps.log.error('a request failed', { error: String(error) })
      this.#refuse(outgoing, pathOf(incoming.url ?? ''), FAILED)
    })
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue: boolean): Promise<void> {
    const target = withoutBase(incoming.url ?? '', this.#deps.basePath)
    if (target === null) return this.#refuse(outgoing, '/', NOT_BELOW_BASE)
    incoming.url = target
    const verdict = this.#guard.check(guardRequest(incoming, target, this.#isTrusted))
    if (!verdict.ok) {
      if (verdict.delayMs > 0) await this.#wait(verdict.delayMs)
      if (verdict.refusal.code === TOKEN_MISSING.code && this.#isBrowserAtTheDoor(incoming))
        return this.#toLogin(outgoing)
      return this.#refuse(outgoing, pathOf(target), verdict.refusal)
    }
    if (expectsContinue) outgoing.writeContinue()
    return pathOf(target) === '/metrics' ? this.#metrics(incoming, outgoing) : this.#toApp(incoming, outgoing)
  }

  /** A person opens the page without a session: the login page is what they want. */
  #isBrowserAtTheDoor(incoming: IncomingMessage): boolean {
    const wantsPage = incoming.method === 'GET' && (incoming.headers.accept ?? '').includes('text/html')
    return wantsPage && pathOf(incoming.url ?? '') === '/' && this.#deps.web?.asset('/') != null
  }

  #toLogin(outgoing: ServerResponse): void {
    this.#deps.own.httpRequest('refused', 303)
    outgoing.writeHead(303, { ...SECURITY_HEADERS, location: `${this.#deps.basePath}/login`, 'content-length': 0 })
    outgoing.end()
  }

  async #metrics(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') return this.#refuse(outgoing, '/metrics', ONLY_GET)
    const page = await this.#deps.metricsPage.render(incoming.headers.accept, headerText(incoming, 'accept-encoding'))
    this.#deps.own.httpRequest('/metrics', 200)
    outgoing.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': page.contentType,
      'content-length': page.length,
      vary: 'accept, accept-encoding',
      ...(page.encoding === null ? {} : { 'content-encoding': page.encoding }),
    })
    if (incoming.method === 'GET') for (const chunk of page.chunks) outgoing.write(chunk)
    outgoing.end()
  }

  #refuse(outgoing: ServerResponse, path: string, refusal: Refusal): void {
    if (outgoing.headersSent || outgoing.destroyed) {
      outgoing.destroy()
      return
    }
    const written = writeRefusal(path, refusal, this.#deps.clock.now())
    this.#deps.own.httpRequest('refused', written.status)
    // Whatever body still comes is not read: the connection ends with the answer.
    outgoing.writeHead(written.status, { ...SECURITY_HEADERS, ...written.headers, connection: 'close' })
    outgoing.end(written.body)
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(delayMs, resolve))
  }
}

/** A head that could not be read: one short answer, then the line is cut. */
function answerBrokenHead(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status = STATUS_OF_ERROR[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const STATUS_OF_ERROR: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Sockets that have not sent a whole head yet are few: those who open many and say nothing cannot fill the house.
 * Those that were answered once, streams above all, count only against the total.
 */
function limitWaiting(server: Server, limits: ServerLimits, isTrusted: (address: string) => boolean): void {
  const waiting = new Map<Socket, string>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const isNear = isLoopback(address) || isTrusted(address)
    const peer = peerKey(address)
    const samePeer = isNear ? 0 : [...waiting.values()].filter((other) => other === peer).length
    if (waiting.size >= limits.waitingSockets || samePeer >= limits.waitingSocketsPerPeer) {
      socket.destroy()
      return
    }
    waiting.set(socket, peer)
    socket.once('close', () => waiting.delete(socket))
  })
  const done = (incoming: IncomingMessage): void => void waiting.delete(incoming.socket)
  server.on('request', done)
  server.on('checkContinue', done)
}

function guardRequest(
  incoming: IncomingMessage,
  target: string,
  isTrusted: (address: string) => boolean,
): GuardRequest {
  const all = (name: string): readonly string[] => incoming.headersDistinct[name] ?? []
  const forwarded = headerText(incoming, 'x-forwarded-for')
  return {
    method: incoming.method ?? '',
    target,
    hosts: all('host'),
    authorizations: all('authorization'),
    managementKeys: all('x-management-key'),
    cookies: all('cookie'),
    origins: all('origin'),
    fetchSite: headerText(incoming, 'sec-fetch-site'),
    contentType: incoming.headers['content-type'],
    contentLength: lengthOf(incoming.headers['content-length']),
    chunked: incoming.headers['transfer-encoding'] !== undefined,
    address: clientAddress(incoming.socket.remoteAddress ?? '', forwarded, isTrusted),
  }
}

function headerText(incoming: IncomingMessage, name: string): string | undefined {
  const values = incoming.headersDistinct[name]
  return values?.join(', ')
}

function lengthOf(header: string | undefined): number | null {
  return header === undefined ? null : Number(header)
}

/** The target below the base path; null when it is not below it. */
function withoutBase(target: string, basePath: string): string | null {
  if (basePath === '' || !target.startsWith('/')) return target
  if (target === basePath) return '/'
  if (target.startsWith(`${basePath}?`)) return `/${target.slice(basePath.length)}`
  return target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : null
}

const FAILED: Refusal = { status: 500, code: 'internal', message: 'tokstat made a mistake answering this.' }

const ONLY_GET: Refusal = {
  status: 405,
  code: 'invalid_request',
  message: 'The metrics can only be read.',
  headers: { allow: 'GET, HEAD' },
}

const NOT_BELOW_BASE: Refusal = {
  status: 404,
  code: 'not_found',
  message: 'tokstat is served below another path here.',
}
