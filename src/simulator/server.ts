import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deliver, spoilContent, toWire, type Wire } from './deliver.ts'
import { fieldsOf, type Service, type SimReply, type SimRequest } from './exchange.ts'
import { createFaults, type FaultEffect, type FaultPlan, type FaultRule } from './faults.ts'
import type { AccessState } from './grants.ts'
import {
  carriesSecret,
  createRequestLog,
  isForbidden,
  type LoggedRequest,
  type RequestLog,
  type RequestLogWriter,
  withoutSecrets,
} from './request-log.ts'
import { claude } from './services/claude.ts'
import { codex } from './services/codex.ts'
import { copilot } from './services/copilot.ts'
import { deepseek } from './services/deepseek.ts'
import { google } from './services/google.ts'
import { nanoGpt } from './services/nano-gpt.ts'
import { openrouter } from './services/openrouter.ts'
import { createWorld, type World } from './world.ts'

const SERVICES: readonly Service[] = [google, claude, codex, copilot, openrouter, nanoGpt, deepseek]

export interface SimulatorOptions {
  /** Default: a world without accounts, seed 1. */
  readonly world?: World
  /** Default: any free one. */
  readonly port?: number
  /** Real milliseconds every answer takes; default 0. */
  readonly latencyMs?: number
  /** How many requests the log remembers; older ones are dropped. Default 20,000. */
  readonly keepRequests?: number
}

/** Every provider's API on loopback. `url` is what `TOKSTAT_UPSTREAM` is set to. */
export interface Simulator {
  readonly url: string
  readonly port: number
  readonly world: World
  readonly requests: RequestLog
  readonly faults: FaultPlan
  /** Connections accepted so far, and open now. */
  connections(): { readonly total: number; readonly open: number }
  /** Ends every connection, hanging ones too. */
  stop(): Promise<void>
}

interface Context {
  readonly world: World
  readonly log: RequestLogWriter
  readonly faults: FaultPlan
  readonly latencyMs: number
  readonly startedAt: number
  readonly timers: Set<NodeJS.Timeout>
}

/** Starts the simulator on 127.0.0.1. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = options.world ?? createWorld()
  const context: Context = {
    world,
    log: createRequestLog(options.keepRequests ?? 20_000),
    faults: createFaults(world.seed),
    latencyMs: options.latencyMs ?? 0,
    startedAt: performance.now(),
    timers: new Set(),
  }
  let total = 0
  let open = 0
  const server = createServer((incoming, response) => void serve(incoming, response, context))
  server.on('connection', (socket) => {
    total += 1
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  const port = await listen(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    world,
    requests: context.log,
    faults: context.faults,
    connections: () => ({ total, open }),
    async stop() {
      for (const timer of context.timers) clearTimeout(timer)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

async function serve(incoming: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  response.sendDate = false
  response.setHeader('date', new Date(context.world.clock.wall()).toUTCString())
  const body = await bodyOf(incoming)
  const request = body === null ? null : toRequest(incoming, body, context.world)
  if (request === null) {
    deliver(response, toWire({ status: 400, body: 'Bad Request' }), null)
    return
  }
  const entry = entryFor(request, context)
  context.log.begin(entry)
  response.once('close', () => context.log.end(entry))
  const rule = context.faults.strike({
    method: request.method,
    host: request.host,
    path: request.path,
    account: request.account?.id ?? null,
  })
  const answer = (): void => respond(request, entry, response, { context, rule })
  const waitMs = context.latencyMs + (rule?.delayMs ?? 0)
  if (waitMs === 0) {
    answer()
    return
  }
  const timer = setTimeout(() => {
    context.timers.delete(timer)
    answer()
  }, waitMs)
  context.timers.add(timer)
}

function respond(
  request: SimRequest,
  entry: LoggedRequest,
  response: ServerResponse,
  { context, rule }: { readonly context: Context; readonly rule: FaultRule | null },
): void {
  const effect = rule?.effect ?? null
  const reached = effect === null || !BEFORE_SERVICE.has(effect.kind)
  const own: Wire = toWire(reached ? answerOf(request, entry, context) : { status: 200, body: '' })
  const wire = effect === null ? own : spoilContent(own, effect)
  const silent = effect?.kind === 'reset' || effect?.kind === 'lose-reply' || effect?.kind === 'hang'
  entry.status = silent ? null : wire.status
  deliver(response, wire, effect)
}

function answerOf(request: SimRequest, entry: LoggedRequest, context: Context): SimReply {
  if (isForbidden(request.method, request.host, request.path)) {
    context.log.markForbidden(entry)
    return { status: 500, body: { error: { code: 500, message: 'A monitor must not ask for this.' } } }
  }
  for (const service of SERVICES) {
    const reply = service(request, context.world)
    if (reply) return reply
  }
  context.log.markUnknown(entry)
  return { status: 404, body: { error: { code: 404, message: 'Not found.', status: 'NOT_FOUND' } } }
}

/** Faults that a gateway causes: nothing is rotated or spent. */
const BEFORE_SERVICE: ReadonlySet<FaultEffect['kind']> = new Set(['reply', 'html', 'empty', 'redirect', 'reset'])

const BODY_LIMIT = 1024 * 1024

/** The whole body as text; null when it is too large or breaks off. */
async function bodyOf(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of incoming) {
      const part = Buffer.from(chunk)
      size += part.length
      if (size > BODY_LIMIT) return null
      chunks.push(part)
    }
  } catch {
    // The client went away while sending: there is nobody to answer.
    return null
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `/HOST/PATH?QUERY` as a request to HOST; null when the address has another form. */
function toRequest(incoming: IncomingMessage, body: string, world: World): SimRequest | null {
  const match = /^\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/.exec(incoming.url ?? '')
  if (!match) return null
  const [, host = '', path = '/', query = ''] = match
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  const access = accessOf(headers, world)
  const account = access.account ?? world.grants.ownerOf(fieldsOf({ headers, body })['refresh_token'] ?? '')
  return {
    method: incoming.method ?? 'GET',
    host: host.toLowerCase(),
    path,
    query: new URLSearchParams(query),
    headers,
    body,
    access,
    account,
  }
}

/** Bearer, GitHub's `token` scheme, or an API key header. */
function accessOf(headers: Readonly<Record<string, string>>, world: World): AccessState {
  const authorization = /^(?:bearer|token)\s+(.+)$/i.exec(headers['authorization'] ?? '')
  return world.grants.lookUp(authorization?.[1] ?? headers['x-api-key'] ?? '')
}

function entryFor(request: SimRequest, context: Context): LoggedRequest {
  return {
    at: context.world.clock.now(),
    elapsedMs: performance.now() - context.startedAt,
    method: request.method,
    host: request.host,
    path: request.path,
    query: request.query.toString(),
    account: request.account?.id ?? null,
    headers: withoutSecrets(request.headers),
    body: carriesSecret(request.path) ? null : request.body,
    status: null,
  }
}
