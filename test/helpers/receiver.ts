/** A receiver of webhooks on loopback that keeps what it got. */
import { createServer, type IncomingHttpHeaders } from 'node:http'

interface Got {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly got: readonly Got[]
  /** How it answers; default 200. `drop`: takes the message and cuts the line. `hang`: never answers. */
  answer: (got: Got) => number | 'drop' | 'hang' | { readonly status: number; readonly location: string }
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      got.push(one)
      const answer = receiver.answer(one)
      if (answer === 'hang') return
      if (answer === 'drop') request.socket.destroy()
      else if (typeof answer === 'number') response.writeHead(answer).end()
      else response.writeHead(answer.status, { location: answer.location }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    got,
    answer: () => 200,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return receiver
}
