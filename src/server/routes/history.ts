import { createRoute, z } from '@hono/zod-openapi'
import { toHistoryDocument } from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import type { RouteModule } from '../http-app.ts'
import { readCycles } from '../past-cycles.ts'
import { badRequest } from '../problems.ts'
import { readRange } from '../query-range.ts'
import { Cycles, History } from '../schemas.ts'

const DEFAULT_POINTS = 500
const MOST_POINTS = 5_000

const RANGE = {
  account: z.string().optional(),
  quota: z.string().optional(),
  since: z.string().optional().openapi({ description: 'RFC 3339, or how long ago: 24h, 7d' }),
  until: z.string().optional().openapi({ description: 'RFC 3339, or how long ago' }),
}

const history = createRoute({
  method: 'get',
  path: '/api/v1/history',
  summary: 'What was: points of each quota, oldest first',
  request: { query: z.object({ ...RANGE, points: z.string().optional() }) },
  responses: { 200: jsonAnswer('One series a quota', History), 400: problemAnswer('A parameter cannot be read') },
})

const cycles = createRoute({
  method: 'get',
  path: '/api/v1/cycles',
  summary: 'Cycles from reset to reset, newest first',
  request: { query: z.object(RANGE) },
  responses: { 200: jsonAnswer('The cycles', Cycles), 400: problemAnswer('A parameter cannot be read') },
})

const EXPORT_FORMATS = ['csv', 'json', 'openmetrics'] as const

const exported = createRoute({
  method: 'get',
  path: '/api/v1/export',
  summary: 'Every stored sample, as CSV, JSON or OpenMetrics',
  request: { query: z.object({ ...RANGE, format: z.enum(EXPORT_FORMATS).optional() }) },
  responses: { 200: { description: 'The samples, streamed' }, 400: problemAnswer('A parameter cannot be read') },
})

/** What was used when; read from the store, never from a service. */
export const historyRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(history)
  app.openAPIRegistry.registerPath(cycles)
  app.openAPIRegistry.registerPath(exported)
  const { past } = deps

  app.get('/api/v1/history', (context) => {
    const query = past.hidden(readRange((name) => context.req.query(name), deps.clock.now()))
    const series = past.store.series({ ...query, points: readPoints(context.req.query('points')) })
    return context.json(toHistoryDocument(series, past.shown))
  })

  app.get('/api/v1/cycles', async (context) => {
    const query = past.hidden(readRange((name) => context.req.query(name), deps.clock.now()))
    return context.json(await readCycles(past, query))
  })

  app.get('/api/v1/export', (context) => {
    const format = readFormat(context.req.query('format'))
    const query = past.hidden(readRange((name) => context.req.query(name), deps.clock.now()))
    const { type, text } = past.exported(format, query)
    return context.body(streamOf(text), 200, {
      'content-type': type,
      'content-disposition': `attachment; filename="tokstat.${format === 'openmetrics' ? 'txt' : format}"`,
    })
  })
}

function readPoints(text: string | undefined): number {
  if (text === undefined) return DEFAULT_POINTS
  const points = Number(text)
  if (Number.isInteger(points) && points >= 2 && points <= MOST_POINTS) return points
  throw badRequest(`points must be a whole number from 2 to ${MOST_POINTS}.`)
}

function readFormat(text: string | undefined): (typeof EXPORT_FORMATS)[number] {
  const format = EXPORT_FORMATS.find((one) => one === (text ?? 'csv'))
  if (format !== undefined) return format
  throw badRequest(`format must be one of ${EXPORT_FORMATS.join(', ')}.`)
}

/** A piece at a time, when the reader asks for it: a slow reader holds one piece, not the history. */
function streamOf(text: Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull(controller) {
      const next = text.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
    cancel() {
      text.return?.()
    },
  })
}
