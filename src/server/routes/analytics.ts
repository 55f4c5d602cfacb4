import { createRoute, z } from '@hono/zod-openapi'
import {
  burnByDay,
  compareAccounts,
  type HistoryQuery,
  heatMap,
  type QuotaKey,
  type SummedQuota,
  summarizeCycles,
  type UsagePoint,
  type ZoneOffset,
} from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { burnAcross } from '../burn-across.ts'
import type { Past } from '../deps.ts'
import type { RouteModule } from '../http-app.ts'
import { inTurns, keptAnswers } from '../long-answers.ts'
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

  app.get('/api/v1/analytics/hours', async (context) => {
    const zone = readZone(context.req.query('zone'))
    const query = ask((name) => context.req.query(name))
    return context.json({
      quotas: await eachSeries(past, query, (points) => ({ hours: heatMap(points, clock.now(), zone) })),
    })
  })
  app.get('/api/v1/analytics/days', async (context) => {
    const zone = readZone(context.req.query('zone'))
    const query = ask((name) => context.req.query(name))
    return context.json({
      quotas: await eachSeries(past, query, (points) => ({ days: burnByDay(points, clock.now(), zone) })),
    })
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
  const summaries = keptAnswers(deps, (query: SummaryQuery) => summarize(past, query))
  const summaryQuery = (query: (name: string) => string | undefined): SummaryQuery => ({
    key: JSON.stringify(Object.keys(RANGE).map((name) => query(name) || null)),
    range: ask(query),
  })
  app.get('/api/v1/analytics/cycles', async (context) => {
    return context.json({ quotas: await summaries(summaryQuery((name) => context.req.query(name))) })
  })
  app.get('/api/v1/analytics/accounts', async (context) => {
    const found = await summaries(summaryQuery((name) => context.req.query(name)))
    return context.json({ quotas: compareAccounts(found) })
  })
}

/** One quota at a time: 2,000 of them must not hold up the polls. */
async function eachSeries<Result extends object>(
  past: Past,
  query: HistoryQuery,
  judge: (points: readonly UsagePoint[]) => Result,
): Promise<readonly (QuotaKey & Result)[]> {
  const found = await inTurns(past.store.quotas(query), (one) =>
    past.store
      .series({ ...query, ...one, points: POINTS })
      .map(({ account, quota, points }) => ({ account: past.shown(account), quota, ...judge(points) })),
  )
  return found.flat()
}

interface SummaryQuery {
  readonly range: HistoryQuery
  /** What was asked, as text: the same answer serves it for a minute. */
  readonly key: string
}

/** All cycles of the range, quota by quota. Quotas without any are left out. */
async function summarize(past: Past, { range }: SummaryQuery): Promise<readonly SummedQuota[]> {
  const found = await inTurns(past.store.quotas(range), (one) => {
    const cycles = past.store.cycles({ ...range, ...one })
    const names = { account: past.shown(one.account), quota: one.quota }
    return cycles.length === 0 ? [] : [{ ...names, summary: summarizeCycles(cycles) }]
  })
  return found.flat()
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
