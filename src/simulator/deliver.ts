import type { ServerResponse } from 'node:http'
import { createGzip, gzipSync } from 'node:zlib'
import type { SimReply } from './exchange.ts'
import type { FaultEffect } from './faults.ts'

/** What goes over the wire: bytes and headers, before anything is spoiled. */
export interface Wire {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export function toWire(reply: SimReply): Wire {
  const text = typeof reply.body === 'string'
  const body = Buffer.from(text ? String(reply.body) : JSON.stringify(reply.body))
  return {
    status: reply.status,
    headers: {
      'content-type': text ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      ...reply.headers,
    },
    body,
  }
}

const PAGE = '<!doctype html><html><head><title>Just a moment</title></head><body>Checking your browser</body></html>'

/** Faults that only change what is said; the others change how it is sent. */
export function spoilContent(wire: Wire, effect: FaultEffect): Wire {
  switch (effect.kind) {
    case 'reply':
      return toWire({ status: effect.status, headers: effect.headers ?? {}, body: effect.body ?? '' })
    case 'html':
      return { status: effect.status ?? 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(PAGE) }
    case 'content-type':
      return { ...wire, headers: { ...wire.headers, 'content-type': effect.value } }
    case 'gzip-unlabelled':
      return { ...wire, body: gzipSync(wire.body) }
    case 'gzip-double':
      return {
        ...wire,
        headers: { ...wire.headers, 'content-encoding': 'gzip' },
        body: gzipSync(gzipSync(wire.body)),
      }
    case 'redirect':
      return { status: effect.status ?? 302, headers: { location: effect.location }, body: Buffer.alloc(0) }
    case 'invalid-json':
      return { ...wire, body: wire.body.subarray(0, Math.max(1, Math.floor(wire.body.length / 2))) }
    case 'empty':
      return toWire({ status: 200, body: {} })
    default:
      return wire
  }
}

/** Sends an answer, badly where the effect says so. Nothing here outlives the connection. */
export function deliver(response: ServerResponse, wire: Wire, effect: FaultEffect | null): void {
  if (effect?.kind === 'hang') hang(response, wire, effect.afterBytes)
  else if (effect?.kind === 'reset' || effect?.kind === 'lose-reply') response.destroy()
  else if (effect?.kind === 'cut') cut(response, wire, effect.afterBytes)
  else if (effect?.kind === 'drip') drip(response, wire, effect.bytesPerSecond)
  else if (effect?.kind === 'gzip-bomb') bomb(response, wire, effect.bytes)
  else if (effect?.kind === 'huge') huge(response, wire, effect.bytes)
  else if (effect?.kind === 'wrong-length') sendWhole(response, wire, wire.body.length + effect.by)
  else sendWhole(response, wire, wire.body.length)
}

function head(response: ServerResponse, wire: Wire, more: Readonly<Record<string, string | number>>): void {
  response.writeHead(wire.status, { ...wire.headers, ...more })
}

function sendWhole(response: ServerResponse, wire: Wire, length: number): void {
  const honest = length === wire.body.length
  head(response, wire, { 'content-length': length, ...(honest ? {} : { connection: 'close' }) })
  response.end(wire.body, () => {
    // A length that is too large would keep the client waiting for bytes that never come.
    if (!honest) response.socket?.end()
  })
}

function hang(response: ServerResponse, wire: Wire, afterBytes: number | undefined): void {
  if (afterBytes === undefined) return
  head(response, wire, { 'content-length': wire.body.length })
  response.write(wire.body.subarray(0, afterBytes))
}

function cut(response: ServerResponse, wire: Wire, afterBytes: number): void {
  head(response, wire, { 'content-length': wire.body.length, connection: 'close' })
  response.flushHeaders()
  response.write(wire.body.subarray(0, afterBytes), () => response.destroy())
}

const DRIP_MS = 20

function drip(response: ServerResponse, wire: Wire, bytesPerSecond: number): void {
  head(response, wire, { 'content-length': wire.body.length })
  response.flushHeaders()
  const step = Math.max(1, Math.round((bytesPerSecond * DRIP_MS) / 1000))
  let sent = 0
  const timer = setInterval(
    () => {
      response.write(wire.body.subarray(sent, sent + step))
      sent += step
      if (sent < wire.body.length) return
      clearInterval(timer)
      response.end()
    },
    Math.max(DRIP_MS, (step * 1000) / bytesPerSecond),
  )
  response.once('close', () => clearInterval(timer))
}

const CHUNK = 64 * 1024

function bomb(response: ServerResponse, wire: Wire, bytes: number): void {
  head(response, wire, { 'content-encoding': 'gzip', connection: 'close' })
  const gzip = createGzip()
  gzip.pipe(response)
  // The client may leave at any time; what is not yet packed is then dropped.
  response.once('close', () => gzip.destroy())
  gzip.on('error', () => response.destroy())
  pour(gzip, bytes, Buffer.alloc(CHUNK, 0x20), () => gzip.end(wire.body))
}

function huge(response: ServerResponse, wire: Wire, bytes: number): void {
  head(response, wire, { connection: 'close' })
  pour(response, bytes, Buffer.alloc(CHUNK, 0x20), () => response.end(wire.body))
}

interface Sink {
  readonly destroyed: boolean
  write(chunk: Buffer): boolean
  once(event: 'drain', listener: () => void): unknown
}

/** Writes so many bytes, no faster than the other side takes them. */
function pour(sink: Sink, bytes: number, chunk: Buffer, done: () => void): void {
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      if (sink.destroyed) return
      const part = chunk.subarray(0, Math.min(left, chunk.length))
      left -= part.length
      if (!sink.write(part) && left > 0) {
        sink.once('drain', more)
        return
      }
    }
    done()
  }
  more()
}
