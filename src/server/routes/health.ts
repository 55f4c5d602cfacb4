import type { RouteModule } from '../http-app.ts'

/** The two probes: open to everyone, and without any account in them. */
export const healthRoutes: RouteModule = (app, deps) => {
  app.get('/healthz', (context) =>
    context.json({ status: 'ok', version: deps.version, instance: deps.instance, upstream: deps.upstream }),
  )
  app.get('/readyz', (context) => {
    const engine = { name: 'first poll', isReady: () => deps.engine.isReady() }
    const waitingFor = [engine, ...deps.readiness].filter((part) => !part.isReady()).map((part) => part.name)
    return context.json(
      { status: waitingFor.length === 0 ? 'ready' : 'starting', waitingFor },
      waitingFor.length === 0 ? 200 : 503,
    )
  })
}
