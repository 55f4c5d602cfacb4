import { createRoute } from '@hono/zod-openapi'
import { jsonAnswer } from '../answers.ts'
import type { RouteModule } from '../http-app.ts'
import { Providers } from '../schemas.ts'

const list = createRoute({
  method: 'get',
  path: '/api/v1/providers',
  summary: 'The services that can be asked, and how often they are',
  responses: { 200: jsonAnswer('The providers', Providers) },
})

export const providerRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(list)
  app.get('/api/v1/providers', (context) => context.json({ providers: deps.providers() }))
}
