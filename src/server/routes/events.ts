import type { ServerResponse } from 'node:http'
import type { EventSink } from '../event-reader.ts'
import type { RouteModule } from '../http-app.ts'
import { RefusalError } from '../problems.ts'
import { SECURITY_HEADERS } from '../security.ts'

/** The stream is written to the socket itself: only there can be seen whether a reader keeps up. */
export const eventRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath({
    method: 'get',
    path: '/api/v1/events',
    summary: 'Server-sent events: snapshot, account, alert, heartbeat; resumes by Last-Event-ID',
    responses: { 200: { description: 'The stream', content: { 'text/event-stream': { schema: { type: 'string' } } } } },
  })

  app.get('/api/v1/events', (context) => {
    const outgoing = context.env.outgoing
    if (context.req.raw.method !== 'GET' || outgoing === undefined || !('writeHead' in outgoing)) {
      throw new RefusalError({ status: 405, code: 'invalid_request', message: 'Events can only be read by GET.' })
    }
    const response = outgoing as ServerResponse
    response.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    })
    deps.events.attach(sinkOf(response), context.req.header('last-event-id'))
    return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
  })
}

function sinkOf(response: ServerResponse): EventSink {
  return {
    write: (chunk) => response.write(chunk),
    onDrain: (run) => void response.on('drain', run),
    onClose(run) {
      response.on('error', run)
      response.on('close', run)
    },
    destroy: () => void response.destroy(),
  }
}
