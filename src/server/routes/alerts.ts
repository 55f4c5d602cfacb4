import { createRoute, z } from '@hono/zod-openapi'
import {
  type Alert,
  type AlertsPort,
  AppError,
  DURATION_UNIT_MS,
  type EpochMs,
  LONGEST_SNOOZE_MS,
  ruleInfo,
  type SnoozeTarget,
} from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { readJson } from '../body.ts'
import { DEFAULT_LIMITS, type ServerDeps } from '../deps.ts'
import type { AppContext, RouteModule } from '../http-app.ts'
import { badRequest, notFound } from '../problems.ts'
import { readInstant } from '../query-range.ts'
import { AlertEntry, AlertList, ChannelTested, Rehearsed, SnoozeEntry } from '../schemas-alerts.ts'

const DEFAULT_LIMIT = 200
const MOST = 2_000
/** The rules run in the daemon's own thread: not over a year of samples. */
const LONGEST_REHEARSAL_MS = 30 * 86_400_000

const list = createRoute({
  method: 'get',
  path: '/api/v1/alerts',
  summary: 'What was said, newest first; the rules, the channels and the snoozes',
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

const FOR = z.string().openapi({ description: '30m, 2h, 1d; at most 30d' })

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
        'application/json': { schema: z.object({ for: FOR }) },
      },
    },
  },
  responses: { ...CHANGED, 400: problemAnswer('The time cannot be read') },
})

const snoozeTarget = createRoute({
  method: 'post',
  path: '/api/v1/alerts/snoozes',
  summary: 'No message for a while about a rule, an account, a quota, or all three together',
  request: {
    body: {
      content: {
        'application/json': {
          schema: z.object({
            rule: z.string().optional(),
            account: z.string().optional().openapi({ description: 'Account id' }),
            quota: z.string().optional(),
            for: FOR,
          }),
        },
      },
    },
  },
  responses: {
    200: jsonAnswer('The snooze; the same target again moves its end', SnoozeEntry),
    400: problemAnswer('No such rule or account, nothing named, or the time cannot be read'),
  },
})

const unsnooze = createRoute({
  method: 'delete',
  path: '/api/v1/alerts/snoozes/{id}',
  summary: 'End a snooze: what still holds is said',
  request: ID,
  responses: {
    200: jsonAnswer('What was snoozed', SnoozeEntry),
    404: problemAnswer('No such snooze, or it has ended'),
  },
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

const rehearse = createRoute({
  method: 'get',
  path: '/api/v1/alerts/rehearse',
  summary: 'What the rules would have said over the stored history; nothing is sent',
  request: {
    query: z.object({
      since: z.string().optional().openapi({ description: 'RFC 3339, or how long ago; 7d without it, 30d at most' }),
    }),
  },
  responses: { 200: jsonAnswer('The rehearsal', Rehearsed), 400: problemAnswer('A parameter cannot be read') },
})

/** Alerts: their log, and what a person may say about them. */
export const alertRoutes: RouteModule = (app, deps) => {
  const routes = [list, rehearse, snooze, snoozeTarget, unsnooze, acknowledge, test]
  for (const route of routes) app.openAPIRegistry.registerPath(route)

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
      rules: alerts.rules().map(ruleInfo),
      channels: alerts.channels(),
      snoozes: alerts.snoozes(),
    })
  })

  app.get('/api/v1/alerts/rehearse', (context) => {
    if (deps.rehearse === undefined) throw notFound('Alerts do not run here.')
    const now = deps.clock.now()
    const since = readSince(context.req.query('since') ?? '7d', now)
    if (since === undefined || now - since > LONGEST_REHEARSAL_MS) throw badRequest('since must be within 30d.')
    return context.json(deps.rehearse(since))
  })

  app.post('/api/v1/alerts/test/:channel', async (context) => {
    try {
      return context.json(await portOf(deps).test(context.req.param('channel')))
    } catch (error) {
      if (error instanceof AppError && error.code === 'unknown_channel') throw notFound(error.message, error.hint)
      throw error
    }
  })

  app.post('/api/v1/alerts/snoozes', async (context) => {
    const body = await readJson(context, deps.limits?.bodyBytes ?? DEFAULT_LIMITS.bodyBytes)
    return context.json(portOf(deps).snoozeTarget(readTarget(body, deps), readFor(body)))
  })

  app.delete('/api/v1/alerts/snoozes/:id', (context) => {
    const ended = portOf(deps).unsnooze(context.req.param('id'))
    if (ended === null) throw notFound('There is no such snooze, or it has ended.', 'GET /api/v1/alerts lists them.')
    return context.json(ended)
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

/** A name that nothing has is an error: it would keep nothing silent. Quotas come and go, so theirs is taken as it is. */
function readTarget(body: unknown, deps: ServerDeps): SnoozeTarget {
  const held: Readonly<Record<string, unknown>> = typeof body === 'object' && body !== null ? { ...body } : {}
  const text = (name: string): string | null => {
    const value = held[name] ?? null
    if (value === null || (typeof value === 'string' && value !== '')) return value
    throw badRequest(`${name} must be a name.`)
  }
  const target = { rule: text('rule'), account: text('account'), quota: text('quota') }
  const { rule, account, quota } = target
  if (rule === null && account === null && quota === null) throw badRequest('Name a rule, an account or a quota.')
  const rules = portOf(deps)
    .rules()
    .map(({ name }) => name)
  if (rule !== null && ![...rules, 'offline'].includes(rule)) {
    throw badRequest(`There is no rule "${rule}". Known rules: ${rules.join(', ')}.`)
  }
  const isKnown = deps.engine.board().accounts.some((state) => state.account.id === account)
  if (account !== null && !isKnown) throw badRequest(`There is no account "${account}".`)
  return target
}

function readFor(body: unknown): number {
  const text = typeof body === 'object' && body !== null && 'for' in body ? body.for : null
  const [, amount, unit] = typeof text === 'string' ? (/^(\d{1,7})([smhd])$/.exec(text.trim()) ?? []) : []
  const ms = Number(amount) * (DURATION_UNIT_MS[unit ?? ''] ?? Number.NaN)
  if (!(ms > 0 && ms <= LONGEST_SNOOZE_MS)) throw badRequest('for must be a time such as 30m, 2h or 1d; at most 30d.')
  return ms
}
