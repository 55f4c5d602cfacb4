import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import type { Config } from '../config/load.ts'
import { AppError } from '../model/app.ts'

export interface Listening {
  readonly url: string
  close(): Promise<void>
}

/**
 * Listens where the settings say, with TLS when they name a certificate. Throws AppError 1 for a taken or forbidden
 * port, 4 for an address or certificate that cannot be used. `onClose` ends the streams that would keep it open.
 */
export async function listenOn(server: Server, settings: Config['server'], onClose: () => void): Promise<Listening> {
  const secure = settings.tls_cert !== undefined && settings.tls_key !== undefined
  const front: NetServer = secure ? withTls(server, settings) : server
  await new Promise<void>((done, fail) => {
    front.once('error', (error: NodeJS.ErrnoException) => fail(refused(error, settings)))
    front.listen({ host: settings.host, port: settings.port }, done)
  })
  const { port } = front.address() as AddressInfo
  const host = shownHost(settings.host)
  return {
    url: `${secure ? 'https' : 'http'}://${host}:${port}${settings.base_path}`,
    close: () =>
      new Promise((done) => {
        front.close(() => done())
        onClose()
        server.closeIdleConnections()
        // Whoever is still being answered has had their time: a stop must not hang on a slow reader.
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

/** The same server behind TLS: decrypted sockets are handed to it. */
function withTls(server: Server, settings: Config['server']): NetServer {
  try {
    const secure = createTlsServer({
      cert: readFileSync(settings.tls_cert ?? ''),
      key: readFileSync(settings.tls_key ?? ''),
      minVersion: 'TLSv1.2',
    })
    secure.on('secureConnection', (socket) => server.emit('connection', socket))
    return secure
  } catch (error) {
    throw new AppError(
      4,
      'bad_certificate',
      `The certificate or its key cannot be used: ${error instanceof Error ? error.message : 'unknown error'}.`,
      'Check tls_cert and tls_key in [server].',
    )
  }
}

/** The address to open: a wildcard is reached through loopback. */
function shownHost(host: string): string {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === '0.0.0.0' || bare === '') return '127.0.0.1'
  if (bare === '::') return '[::1]'
  return bare.includes(':') ? `[${bare}]` : bare
}

function refused(error: NodeJS.ErrnoException, { host, port }: Config['server']): AppError {
  if (error.code === 'EADDRINUSE') {
    return new AppError(
      1,
      'port_taken',
      `Port ${port} on ${host} is taken.`,
      'Stop what holds it, or choose another: --port 8001',
    )
  }
  if (error.code === 'EACCES') {
    return new AppError(
      1,
      'port_forbidden',
      `Port ${port} may not be opened by this user.`,
      'Choose one above 1023: --port 8000',
    )
  }
  return new AppError(4, 'bad_address', `Cannot listen on ${host}: ${error.code ?? error.message}.`, 'Check --host.')
}
