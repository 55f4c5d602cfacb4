import { createRoute, z } from '@hono/zod-openapi'
import { type Alert, type AlertsPort, AppError, DURATION_UNIT_MS, type EpochMs } from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { readJson } from '../body.ts'
import { DEFAULT_LIMITS, type ServerDeps } from '../deps.ts'
import type { AppContext, RouteModule } from '../http-app.ts'
import { badRequest, notFound } from '../problems.ts'
import { readInstant } from '../query-range.ts'
import { AlertEntry, AlertList, ChannelTested } from '../schemas-alerts.ts'

const DEFAULT_LIMIT = 200
const MOST = 2_000
/** A snooze is for a while, not a way to lose a rule. */
const LONGEST_SNOOZE_MS = 30 * 86_400_000

const list = createRoute({
  method: 'get',
  path: '/api/v1/alerts',
  summary: 'What was said, newest first; the rules and the channels',
  request: {
    query: z.object({
      account: z.string().optional(),
      since: z.string().optional().openapi({ description: 'RFC 3339, or how long ago: 24h, 7d' }),
      state: z.enum(['firing', 'all']).optional(),
      limit: z.string().optional(),
    }),
  },
  responses: { 200: jsonAnswer('The alerts', AlertList), 400: problemAnswer('A parameter cannot be read') },
})

const ID = { params: z.object({ id: z.string() }) }
const CHANGED = {
  200: jsonAnswer('The alert as it is now', AlertEntry),
  404: problemAnswer('No such alert, or it is over'),
}

const snooze = createRoute({
  method: 'post',
  path: '/api/v1/alerts/{id}/snooze',
  summary: 'No message about it for a while',
  request: {
    ...ID,
    body: {
      content: {
        'application/json': { schema: z.object({ for: z.string().openapi({ description: '30m, 2h, 1d' }) }) },
      },
    },
  },
  responses: { ...CHANGED, 400: problemAnswer('The time cannot be read') },
})

const acknowledge = createRoute({
  method: 'post',
  path: '/api/v1/alerts/{id}/acknowledge',
  summary: 'Seen: it is not repeated',
  request: ID,
  responses: CHANGED,
})

const test = createRoute({
  method: 'post',
  path: '/api/v1/alerts/test/{channel}',
  summary: 'Send one test message now',
  request: { params: z.object({ channel: z.string() }) },
  responses: {
    200: jsonAnswer('What came of it', ChannelTested),
    404: problemAnswer('No such channel'),
  },
})

/** Alerts: their log, and what a person may say about them. */
export const alertRoutes: RouteModule = (app, deps) => {
  for (const route of [list, snooze, acknowledge, test]) app.openAPIRegistry.registerPath(route)

  app.get('/api/v1/alerts', (context) => {
    const alerts = portOf(deps)
    const query = {
      account: context.req.query('account') || undefined,
      since: readSince(context.req.query('since'), deps.clock.now()),
      firing: readState(context.req.query('state')),
      limit: readLimit(context.req.query('limit')),
    }
    return context.json({
      alerts: alerts.log(query),
      rules: alerts.rules().map(({ name, when, severity, notify }) => ({ name, event: when.kind, severity, notify })),
      channels: alerts.channels(),
    })
  })

  app.post('/api/v1/alerts/test/:channel', async (context) => {
    try {
      return context.json(await portOf(deps).test(context.req.param('channel')))
    } catch (error) {
      if (error instanceof AppError && error.code === 'unknown_channel') throw notFound(error.message, error.hint)
      throw error
    }
  })

  app.post('/api/v1/alerts/:id/snooze', async (context) => {
    const forMs = readFor(await readJson(context, deps.limits?.bodyBytes ?? DEFAULT_LIMITS.bodyBytes))
    return answer(context, portOf(deps).snooze(context.req.param('id'), forMs))
  })

  app.post('/api/v1/alerts/:id/acknowledge', (context) =>
    answer(context, portOf(deps).acknowledge(context.req.param('id'))),
  )
}

function portOf(deps: ServerDeps): AlertsPort {
  if (deps.alerts !== undefined) return deps.alerts
  throw notFound('Alerts do not run here.')
}

function answer(context: AppContext, alert: Alert | null): Response {
  if (alert === null) throw notFound('There is no such alert, or it is over.', 'GET /api/v1/alerts lists them.')
  return context.json(alert)
}

function readSince(text: string | undefined, now: EpochMs): EpochMs | undefined {
  if (text === undefined || text === '') return undefined
  const at = readInstant(text, now)
  if (at === null) throw badRequest('since must be an instant such as 2026-11-22T09:00:00Z, or an age such as 7d.')
  return at
}

function readState(text: string | undefined): boolean {
  if (text === undefined || text === 'all') return false
  if (text !== 'firing') throw badRequest('state must be firing or all.')
  return true
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit < 1) throw badRequest('limit must be a whole number from 1.')
  return Math.min(limit, MOST)
}

function readFor(body: unknown): number {
  const text = typeof body === 'object' && body !== null && 'for' in body ? body.for : null
  const [, amount, unit] = typeof text === 'string' ? (/^(\d{1,6})([smhd])$/.exec(text.trim()) ?? []) : []
  const ms = Number(amount) * (DURATION_UNIT_MS[unit ?? ''] ?? Number.NaN)
  if (!(ms > 0 && ms <= LONGEST_SNOOZE_MS)) throw badRequest('for must be a time such as 30m, 2h or 1d; at most 30d.')
  return ms
}
