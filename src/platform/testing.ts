import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Log, LogFields } from '../model/ports.ts'

/** A loopback server that lives for one test; resolves with its port. */
export function serveHttp(listener: RequestListener): Promise<number> {
  return listen(createServer(listener))
}

/** A loopback server that writes bytes as it is told, valid HTTP or not. */
export function serveTcp(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      socket.on('error', () => undefined)
      onSocket(socket)
    }),
  )
}

/** Answers every request with these bytes, then closes. */
export function serveBytes(bytes: string | Buffer): Promise<number> {
  return serveTcp((socket) => {
    socket.once('data', () => socket.end(bytes))
  })
}

export async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

/** A log that keeps its lines. */
export function memoryLog(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}
