/** node:http and nothing else, in the three parts our daemon plays: a page, an event stream, requests by fetch. */
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'

export type BareCommand =
  | { readonly kind: 'page'; readonly file: string; readonly contentType: string }
  | { readonly kind: 'stream'; readonly bytes: number }
  | { readonly kind: 'event' }
  | { readonly kind: 'ask'; readonly urls: readonly BareRequest[]; readonly everyMs: number; readonly atOnce: number }

export interface BareRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
}

const readers = new Set<ServerResponse>()
let filler = ''

async function answer(command: BareCommand): Promise<unknown> {
  switch (command.kind) {
    case 'page': {
      const body = readFileSync(command.file)
      const headers = { 'content-type': command.contentType, 'content-length': body.length }
      return listen((response) => response.writeHead(200, headers).end(body))
    }
    case 'stream':
      filler = 'x'.repeat(command.bytes)
      return listen((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        readers.add(response)
        response.once('close', () => readers.delete(response))
      })
    case 'event': {
      const at = Date.now()
      const event = `event: account\nid: ${at}\ndata: {"observedAt":"${new Date(at).toISOString()}","filler":"${filler}"}\n\n`
      for (const reader of readers) reader.write(event)
      return at
    }
    case 'ask':
      setInterval(() => void askAll(command.urls, command.atOnce), command.everyMs)
      void askAll(command.urls, command.atOnce)
      return listen((response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n'))
  }
}

async function askAll(requests: readonly BareRequest[], atOnce: number): Promise<void> {
  const left = [...requests]
  const askNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const init = next.method === 'POST' ? { method: 'POST', body: '{}' } : {}
      JSON.stringify(await (await fetch(next.url, init)).text())
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askNext))
}

async function listen(handle: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => handle(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

process.on('message', (command) => void answer(command as BareCommand).then((said) => process.send?.(said)))
