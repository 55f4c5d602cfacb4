/** An upstream in front of the simulator that throws the secrets of some accounts back at whoever sent them. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Echo {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface EchoServer {
  readonly url: string
  /** How often a secret was thrown back, by the account's name. */
  readonly thrown: ReadonlyMap<string, number>
  stop(): Promise<void>
}

export interface EchoOptions {
  /** The simulator's `url`. */
  readonly upstream: string
  /** What an account's requests get, by its name: `secret` is the token that was sent. */
  readonly services: ReadonlyMap<string, (secret: string) => Echo>
  /** The same at the token endpoint; `secret` is the whole form with refresh token and client secret. */
  readonly tokens: ReadonlyMap<string, (secret: string) => Echo>
}

/** Listens on loopback; the names of accounts are in their (invented) tokens. */
export async function startEcho(options: EchoOptions): Promise<EchoServer> {
  const thrown = new Map<string, number>()
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const echo = echoFor(incoming.url ?? '', incoming.headers, body, options, thrown)
      if (echo === null) void forward(incoming.url ?? '', incoming.method ?? 'GET', incoming.headers, body)
      else outgoing.writeHead(echo.status, { 'content-type': 'application/json', ...echo.headers }).end(echo.body)
    })
    const forward = async (
      path: string,
      method: string,
      headers: IncomingHttpHeaders,
      body: string,
    ): Promise<ServerResponse> => {
      const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers
      const answer = await fetch(options.upstream + path, {
        method,
        headers: rest as Record<string, string>,
        ...(method === 'GET' ? {} : { body }),
      })
      const type = answer.headers.get('content-type') ?? 'text/plain'
      return outgoing.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    thrown,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function echoFor(
  path: string,
  headers: IncomingHttpHeaders,
  body: string,
  options: EchoOptions,
  thrown: Map<string, number>,
): Echo | null {
  const isTokenEndpoint = path.startsWith('/oauth2.googleapis.com/')
  const secret = isTokenEndpoint ? decodeURIComponent(body) : (headers.authorization ?? '').replace(/^Bearer /, '')
  for (const [name, shape] of isTokenEndpoint ? options.tokens : options.services) {
    if (!secret.includes(`-${name}-`)) continue
    thrown.set(name, (thrown.get(name) ?? 0) + 1)
    return shape(secret)
  }
  return null
}
