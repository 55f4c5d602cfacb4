import { createRoute, z } from '@hono/zod-openapi'
import { rankAccounts } from '../../model/index.ts'
import { jsonAnswer } from '../answers.ts'
import type { RouteModule } from '../http-app.ts'
import { Best } from '../schemas.ts'

const best = createRoute({
  method: 'get',
  path: '/api/v1/best',
  summary: 'Which account to use next, and why',
  request: {
    query: z.object({
      model: z.string().optional(),
      pool: z.string().optional(),
      provider: z.string().optional(),
    }),
  },
  responses: { 200: jsonAnswer('The best choice (null when none is usable), the others, and what is left out', Best) },
})

export const bestRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(best)
  app.get('/api/v1/best', (context) => {
    const query = {
      model: context.req.query('model'),
      pool: context.req.query('pool'),
      provider: context.req.query('provider'),
    }
    return context.json(rankAccounts(deps.engine.board().accounts, query, deps.clock.now(), deps.rules()))
  })
}
