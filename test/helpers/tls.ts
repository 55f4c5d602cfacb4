/** A private certificate authority and a proxy that leads every https host to one local server. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** The file to name in NODE_EXTRA_CA_CERTS. */
  readonly file: string
  /** A certificate for these hosts; `expired`: its time is over. */
  issue(hosts: readonly string[], expired?: boolean): Certificate
}

/** Makes an authority with openssl, in a folder of the test's own. Nothing of it is ever installed anywhere. */
export function createAuthority(folder: string): Authority {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Fake CA',
  )
  let serial = 1
  return {
    file: at('ca.pem'),
    issue(hosts, expired = false) {
      const name = `host${serial}`
      serial += 1
      openssl('req', ...newKey, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', '/CN=fake')
      writeFileSync(at(`${name}.ext`), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\n`)
      const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-set_serial', String(serial)]
      // -days takes a negative number: then the end lies before the beginning, which is over for everybody.
      const days = expired ? '-1' : '2'
      const request = ['x509', '-req', '-in', at(`${name}.csr`), ...signing, '-days', days]
      openssl(...request, '-extfile', at(`${name}.ext`), '-out', at(`${name}.pem`))
      return { cert: readFileSync(at(`${name}.pem`), 'utf8'), key: readFileSync(at(`${name}.key`), 'utf8') }
    },
  }
}

export interface Closable {
  readonly port: number
  stop(): Promise<void>
}

/** An https server for any host name, in front of a simulator: `https://HOST/PATH` becomes `/HOST/PATH` there. */
export async function startTlsFront(certificate: Certificate, simulator: string): Promise<Closable> {
  const server = createHttpsServer({ ...certificate }, (incoming, outgoing) => {
    void bodyOf(incoming).then(async (body) => {
      const { host = '', connection: _connection, 'content-length': _length, ...headers } = incoming.headers
      const answer = await fetch(`${simulator}/${host}${incoming.url}`, {
        method: incoming.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(body === '' ? {} : { body }),
      })
      const type = answer.headers.get('content-type') ?? 'text/plain'
      outgoing.writeHead(answer.status, { 'content-type': type }).end(await answer.text())
    })
  })
  server.on('tlsClientError', () => undefined)
  return listening(server)
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += String(chunk)
  return text
}

export interface FakeProxy extends Closable {
  /** What was asked for: `CONNECT host:443`, and the Proxy-Authorization that came with it. */
  readonly asked: readonly { readonly line: string; readonly authorization: string | null }[]
}

/** A CONNECT proxy: every tunnel ends at `target`, or gets only this answer; `silent`: none at all. */
export async function startProxy(behaviour: number | 'silent' | `HTTP/1.1 ${string}`): Promise<FakeProxy> {
  const asked: { line: string; authorization: string | null }[] = []
  const server = createHttpServer((incoming, outgoing) => {
    asked.push({ line: `${incoming.method} ${incoming.url}`, authorization: null })
    outgoing.writeHead(500).end()
  })
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const authorization = incoming.headers['proxy-authorization'] ?? null
    asked.push({ line: `CONNECT ${incoming.url}`, authorization })
    socket.on('error', () => socket.destroy())
    if (behaviour === 'silent') return
    if (typeof behaviour === 'string') {
      socket.end(`${behaviour}\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const tunnel = connect(behaviour, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      tunnel.pipe(socket)
      socket.pipe(tunnel)
    })
    tunnel.on('error', () => socket.destroy())
  })
  return { asked, ...(await listening(server)) }
}

async function listening(server: Server): Promise<Closable> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
