import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AppError } from '../../model/app.ts'

const FIRST_PORT = 8080
const LAST_PORT = 8099

export interface CallbackListener {
  /** What the service is told to send the browser to; the same text goes into the exchange. */
  readonly redirectUri: string
  readonly port: number
  /** Resolves with the parameters of the one right request, whose browser waits for `answer`. */
  readonly request: Promise<URLSearchParams>
  /** What the browser is shown in the end. */
  answer(ok: boolean, text: string): void
  close(): Promise<void>
}

/**
 * Waits on loopback for the browser to come back (RFC 8252): one request with the right state and no second one, and
 * nothing that another machine or another page could send instead. Throws AppError when no port is free.
 */
export async function listenForCallback(state: string, firstPort: number = FIRST_PORT): Promise<CallbackListener> {
  let resolveRequest: (params: URLSearchParams) => void = () => undefined
  const request = new Promise<URLSearchParams>((resolve) => {
    resolveRequest = resolve
  })
  let waiting: ServerResponse | null = null
  let isOver = false
  const server = createServer((incoming, response) => {
    const verdict = isOver ? ALREADY_OVER : judge(incoming, state, port)
    if (verdict.kind === 'refused') {
      reply(response, verdict.status, verdict.text)
      return
    }
    isOver = true
    waiting = response
    resolveRequest(verdict.params)
  })
  const port = await listenOn(server, firstPort)
  return {
    redirectUri: `http://127.0.0.1:${port}/`,
    port,
    request,
    answer: (ok, text) => {
      if (waiting !== null) reply(waiting, ok ? 200 : 400, text)
      waiting = null
    },
    close: () =>
      new Promise((resolve) => {
        isOver = true
        server.close(() => resolve())
        // A browser keeps connections open for minutes; what was answered is flushed by then.
        server.closeIdleConnections()
        if (waiting !== null) server.closeAllConnections()
      }),
  }
}

async function listenOn(server: Server, firstPort: number): Promise<number> {
  const last = firstPort === FIRST_PORT ? LAST_PORT : firstPort + (LAST_PORT - FIRST_PORT)
  for (let port = firstPort; port <= last; port += 1) {
    if (await canListen(server, port)) return port
  }
  throw new AppError(
    1,
    'port_taken',
    `The ports ${firstPort} to ${last} are all in use.`,
    'Free one of them, then try again.',
  )
}

function canListen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onListening = (): void => {
      server.off('error', onError)
      resolve(true)
    }
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen({ port, host: '127.0.0.1', exclusive: true })
  })
}

type Verdict =
  | { readonly kind: 'right'; readonly params: URLSearchParams }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string }

const ALREADY_OVER: Verdict = { kind: 'refused', status: 400, text: 'This login is over. You can close this window.' }

function judge(incoming: IncomingMessage, state: string, port: number): Verdict {
  const refused = (status: number, text: string): Verdict => ({ kind: 'refused', status, text })
  const { host } = incoming.headers
  // A page elsewhere whose name was made to point here has its own name in `Host`.
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) return refused(400, 'Wrong address.')
  const target = incoming.url ?? ''
  const [path, query = ''] = target.split('?', 2)
  if (path !== '/') return refused(404, 'There is nothing here.')
  if (incoming.method !== 'GET') return refused(405, 'Only GET is answered here.')
  return judgeParams(new URLSearchParams(query), state)
}

/** The same for an address that was pasted. */
export function judgeParams(params: URLSearchParams, state: string): Verdict {
  const refused = (text: string): Verdict => ({ kind: 'refused', status: 400, text })
  const states = params.getAll('state')
  const [code, ...codes] = params.getAll('code')
  const [error, ...errors] = params.getAll('error')
  const isDenial = code === undefined && error !== undefined && errors.length === 0
  // Some services leave the state out of a denial; nothing but this login can be lost by believing it.
  if (isDenial && states.length === 0) return { kind: 'right', params }
  if (states.length !== 1 || states[0] !== state) {
    return refused('This answer belongs to another login. Start again from the terminal.')
  }
  const isGrant = code !== undefined && code !== '' && codes.length === 0 && error === undefined
  return isDenial || isGrant ? { kind: 'right', params } : refused('The answer of the service is not complete.')
}

function reply(response: ServerResponse, status: number, text: string): void {
  const body = `<!doctype html><meta charset="utf-8"><title>tokstat</title><p>${text}</p>\n`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(body)
}
