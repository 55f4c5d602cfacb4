import { OpenAPIHono } from '@hono/zod-openapi'
import { matchedRoutes } from 'hono/route'
import type { ServerDeps } from './deps.ts'
import type { AppContext, AppEnv, HttpApp, RouteModule } from './http-app.ts'
import { type Refusal, RefusalError, writeRefusal } from './problems.ts'
import { accountRoutes } from './routes/accounts.ts'
import { alertRoutes } from './routes/alerts.ts'
import { analyticsRoutes } from './routes/analytics.ts'
import { bestRoutes } from './routes/best.ts'
import { calendarRoutes } from './routes/calendar.ts'
import { demoRoutes } from './routes/demo.ts'
import { eventRoutes } from './routes/events.ts'
import { forecastRoutes } from './routes/forecast.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { managementRoutes } from './routes/management.ts'
import { openapiRoutes } from './routes/openapi.ts'
import { pageRoutes } from './routes/page.ts'
import { providerRoutes } from './routes/providers.ts'
import { refreshRoutes } from './routes/refresh.ts'
import { sessionRoutes } from './routes/session.ts'
import { statusRoutes } from './routes/status.ts'
import { SECURITY_HEADERS } from './security.ts'

/** Adding a route: one file in routes/, one line here. `openapiRoutes` comes last. */
const ROUTES: readonly RouteModule[] = [
  healthRoutes,
  accountRoutes,
  providerRoutes,
  bestRoutes,
  historyRoutes,
  forecastRoutes,
  analyticsRoutes,
  refreshRoutes,
  eventRoutes,
  alertRoutes,
  managementRoutes,
  sessionRoutes,
  statusRoutes,
  calendarRoutes,
  demoRoutes,
  pageRoutes,
  openapiRoutes,
]

const INTERNAL: Refusal = {
  status: 500,
  code: 'internal',
  message: 'tokstat made a mistake answering this.',
  hint: 'The log has the details.',
}

const UNKNOWN_ROUTE: Refusal = {
  status: 404,
  code: 'not_found',
  message: 'There is nothing here.',
  hint: 'GET /api/openapi.json lists what there is.',
}

/**
 * Every route but `/metrics`, which the front answers itself. The app trusts its caller: Host, token and origin are
 * the front's to check, before anything gets here, so that no route can be without the check.
 */
export function createServerApp(deps: ServerDeps): HttpApp {
  const app = new OpenAPIHono<AppEnv>()

  app.use(async (context, next) => {
    await next()
    deps.own.httpRequest(routeOf(context), context.res.status)
    if (context.res.headers.has('x-hono-already-sent')) return
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value)
    }
  })
  app.onError((error, context) => {
    if (error instanceof RefusalError) return answerRefusal(context, error.refusal, deps)
    deps.log.error('a request failed', { error: String(error), stack: error.stack })
    return answerRefusal(context, INTERNAL, deps)
  })
  app.notFound((context) => answerRefusal(context, UNKNOWN_ROUTE, deps))
  for (const addRoutes of ROUTES) addRoutes(app, deps)
  return app
}

function answerRefusal(context: AppContext, refusal: Refusal, deps: ServerDeps): Response {
  const written = writeRefusal(new URL(context.req.url).pathname, refusal, deps.clock.now())
  return new Response(written.body, { status: written.status, headers: { ...written.headers } })
}

/** The pattern that matched, or `other`: a label value must never hold a caller's own text. */
function routeOf(context: AppContext): string {
  const pattern = matchedRoutes(context)
    .map((route) => route.path)
    .findLast((path) => path !== '*' && path !== '/*')
  return pattern?.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}') ?? 'other'
}
