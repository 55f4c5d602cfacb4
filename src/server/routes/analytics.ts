import { createRoute, z } from '@hono/zod-openapi'
import {
  type AccountPast,
  burnByDay,
  compareAccounts,
  type EpochMs,
  type HistoryQuery,
  type HistoryStore,
  heatMap,
  summarizeCycles,
  type UsagePoint,
  type ZoneOffset,
} from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { burnAcross } from '../burn-across.ts'
import type { RouteModule } from '../http-app.ts'
import { badRequest } from '../problems.ts'
import { readRange } from '../query-range.ts'
import { BurnAcross, ByDay, ByHour, Comparison, CycleSummaries } from '../schemas.ts'
import { zoneOffset } from '../zone.ts'

/** Enough for an hour's detail over a year; the store gives roll-ups where that is much. */
const POINTS = 5_000
const DEFAULT_SINCE = '60d'

const RANGE = {
  account: z.string().optional(),
  quota: z.string().optional(),
  since: z
    .string()
    .optional()
    .openapi({ description: `RFC 3339, or how long ago; ${DEFAULT_SINCE} without it` }),
  until: z.string().optional(),
}
const ACROSS = {
  provider: z.string().optional().openapi({ description: 'Only accounts of this service' }),
  windowSeconds: z.string().optional().openapi({ description: 'Only windows of this length, such as 18000' }),
  since: z
    .string()
    .optional()
    .openapi({ description: `As above; at most 120 days, ${DEFAULT_SINCE} without it` }),
}
const ZONE = { zone: z.string().optional().openapi({ description: 'IANA name of the reader’s zone; UTC without it' }) }

function analytic(path: string, summary: string, query: z.ZodRawShape, answer: z.ZodType) {
  return createRoute({
    method: 'get',
    path: `/api/v1/analytics/${path}`,
    summary,
    request: { query: z.object(query) },
    responses: { 200: jsonAnswer(summary, answer), 400: problemAnswer('A parameter cannot be read') },
  })
}

/** What the history teaches: when a quota is used, how much of each cycle is wasted, which accounts hit the wall. */
export const analyticsRoutes: RouteModule = (app, deps) => {
  const { past, clock } = deps
  app.openAPIRegistry.registerPath(analytic('hours', 'Burn by hour of the week', { ...RANGE, ...ZONE }, ByHour))
  app.openAPIRegistry.registerPath(analytic('days', 'Burn by day', { ...RANGE, ...ZONE }, ByDay))
  app.openAPIRegistry.registerPath(analytic('cycles', 'How past cycles ended', RANGE, CycleSummaries))
  app.openAPIRegistry.registerPath(analytic('accounts', 'Accounts that hit the wall most, first', RANGE, Comparison))

  app.openAPIRegistry.registerPath(
    analytic(
      'across',
      'Windows burned by all accounts together, by length of window',
      { ...ACROSS, ...ZONE },
      BurnAcross,
    ),
  )

  const ask = (query: (name: string) => string | undefined): HistoryQuery =>
    past.hidden(readRange((name) => query(name) ?? (name === 'since' ? DEFAULT_SINCE : undefined), clock.now()))

  app.get('/api/v1/analytics/hours', (context) => {
    const zone = readZone(context.req.query('zone'))
    const cells = eachSeries(
      past.store,
      ask((name) => context.req.query(name)),
      (points, now) => heatMap(points, now, zone),
      clock.now(),
    )
    return context.json({ quotas: cells.map(({ result, ...names }) => ({ ...shown(names), hours: result })) })
  })
  app.get('/api/v1/analytics/days', (context) => {
    const zone = readZone(context.req.query('zone'))
    const days = eachSeries(
      past.store,
      ask((name) => context.req.query(name)),
      (points, now) => burnByDay(points, now, zone),
      clock.now(),
    )
    return context.json({ quotas: days.map(({ result, ...names }) => ({ ...shown(names), days: result })) })
  })
  const across = burnAcross(deps)
  app.get('/api/v1/analytics/across', async (context) => {
    const [provider, length, since, zone] = ['provider', 'windowSeconds', 'since', 'zone'].map(
      (name) => context.req.query(name) || null,
    )
    const query = {
      provider: provider ?? null,
      windowSeconds: readSeconds(length ?? null),
      since: readRange((name) => (name === 'since' ? (since ?? DEFAULT_SINCE) : undefined), clock.now()).since,
      zone: readZone(zone ?? undefined),
      key: JSON.stringify([provider, length, since, zone]),
    }
    return context.json(await across(query))
  })
  app.get('/api/v1/analytics/cycles', (context) => {
    const summaries = pastsOf(
      past.store,
      ask((name) => context.req.query(name)),
    ).map(({ account, quota, cycles }) => ({
      account: past.shown(account),
      quota,
      summary: summarizeCycles(cycles),
    }))
    return context.json({ quotas: summaries })
  })
  app.get('/api/v1/analytics/accounts', (context) => {
    const compared = compareAccounts(
      pastsOf(
        past.store,
        ask((name) => context.req.query(name)),
      ),
    )
    return context.json({ quotas: compared.map((one) => ({ ...one, account: past.shown(one.account) })) })
  })

  function shown<Names extends { readonly account: string }>(names: Names): Names {
    return { ...names, account: past.shown(names.account) }
  }
}

function eachSeries<Result>(
  store: HistoryStore,
  query: HistoryQuery,
  judge: (points: readonly UsagePoint[], now: EpochMs) => Result,
  now: EpochMs,
): readonly { readonly account: string; readonly quota: string; readonly result: Result }[] {
  return store
    .series({ ...query, points: POINTS })
    .map(({ account, quota, points }) => ({ account, quota, result: judge(points, now) }))
}

function pastsOf(store: HistoryStore, query: HistoryQuery): readonly AccountPast[] {
  const byQuota = new Map<string, AccountPast>()
  for (const cycle of store.cycles(query)) {
    const key = `${cycle.account}\n${cycle.quota}`
    const known = byQuota.get(key)
    byQuota.set(key, {
      account: cycle.account,
      quota: cycle.quota,
      cycles: known === undefined ? [cycle] : [...known.cycles, cycle],
    })
  }
  return [...byQuota.values()]
}

function readZone(name: string | undefined): ZoneOffset {
  const offset = zoneOffset(name ?? 'UTC')
  if (offset === null) throw badRequest('zone must be an IANA name such as Europe/Berlin.')
  return offset
}

function readSeconds(text: string | null): number | null {
  if (text === null) return null
  const seconds = Number(text)
  if (Number.isFinite(seconds) && seconds > 0) return seconds
  throw badRequest('windowSeconds must be a number of seconds such as 18000.')
}
