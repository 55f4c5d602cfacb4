import { createRoute, z } from '@hono/zod-openapi'
import { toIso, toIsoOrNull } from '../../model/index.ts'
import { jsonAnswer } from '../answers.ts'
import type { ServerDeps } from '../deps.ts'
import type { RouteModule } from '../http-app.ts'

const Source = z.object({
  source: z.string(),
  state: z.enum(['found', 'absent', 'empty', 'unreadable']),
  count: z.number().openapi({ description: 'Logins that were found there, or are known from before' }),
  providers: z.array(z.string()).openapi({ description: 'Services whose logins may lie there' }),
  detail: z.string().nullable().openapi({ description: 'What is wrong, without a path' }),
  hint: z.string().nullable().openapi({ description: 'What to do' }),
})

const Status = z
  .object({
    version: z.string(),
    startedAt: z.iso.datetime().nullable(),
    upstream: z.string().nullable(),
    demo: z.boolean(),
    privacy: z.boolean(),
    tokenSet: z.boolean(),
    readers: z.number().openapi({ description: 'Open event streams' }),
    sources: z.array(Source),
    history: z.object({
      state: z.string(),
      why: z.string().nullable(),
      notice: z.string().nullable(),
      samples: z.number(),
      series: z.number(),
      bytes: z.number(),
      oldestAt: z.iso.datetime().nullable(),
      waiting: z.number(),
      dropped: z.number(),
    }),
    config: z.object({
      problems: z.array(
        z.object({
          key: z.string(),
          line: z.number().nullable(),
          message: z.string(),
          suggestion: z.string().nullable(),
        }),
      ),
      restartNeeded: z.array(z.string()),
    }),
  })
  .openapi('Status')

const status = createRoute({
  method: 'get',
  path: '/api/v1/status',
  summary: 'How this tokstat itself is doing',
  responses: { 200: jsonAnswer('The state of the program', Status) },
})

/** The program's own state. No path of a credential or of a file of ours is in it. */
export const statusRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(status)
  app.get('/api/v1/status', (context) => context.json(statusOf(deps)))
}

function statusOf(deps: ServerDeps): z.infer<typeof Status> {
  const about = deps.about?.() ?? null
  return {
    version: deps.version,
    startedAt: toIsoOrNull(about?.startedAt ?? null),
    upstream: deps.upstream,
    demo: about?.demo ?? false,
    privacy: deps.privacy,
    tokenSet: deps.token !== null,
    readers: deps.events.readers(),
    sources: sourcesOf(deps),
    history: historyOf(deps),
    config: {
      problems: (about?.configProblems ?? []).map(({ key, line, message, suggestion }) => ({
        key,
        line,
        message,
        suggestion,
      })),
      restartNeeded: [...(about?.restartNeeded ?? [])],
    },
  }
}

/** What was found in each place; the place itself is nobody's business here. */
function sourcesOf({ engine, providers }: ServerDeps): z.infer<typeof Source>[] {
  const known = providers()
  return engine.sources().map(({ source, state, count, detail, hint }) => ({
    source,
    state,
    count,
    providers: known.filter(({ sources }) => sources.includes(source)).map(({ id }) => id),
    detail,
    hint,
  }))
}

function historyOf({ past }: ServerDeps): z.infer<typeof Status>['history'] {
  const health = past.store.health()
  const { samples, series, bytes, oldestAt, waiting, dropped } = past.store.stats()
  return {
    state: health.state,
    why: health.state === 'ok' ? null : health.why,
    notice: health.notice,
    samples,
    series,
    bytes,
    oldestAt: oldestAt === null ? null : toIso(oldestAt),
    waiting,
    dropped,
  }
}
