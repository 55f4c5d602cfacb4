import { createRoute, z } from '@hono/zod-openapi'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { pathTail, type RouteModule } from '../http-app.ts'
import { notFound } from '../problems.ts'
import { refreshNow } from '../refreshing.ts'
import { Refreshed } from '../schemas.ts'

const responses = {
  200: jsonAnswer('What each account came to', Refreshed),
  429: problemAnswer('Every account asked for was refused; Retry-After says when to try again'),
}

const all = createRoute({ method: 'post', path: '/api/v1/refresh', summary: 'Read every account now', responses })

const one = createRoute({
  method: 'post',
  path: '/api/v1/refresh/{id}',
  summary: 'Read one account now',
  request: { params: z.object({ id: z.string() }) },
  responses: { ...responses, 404: problemAnswer('No such account') },
})

export const refreshRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(all)
  app.openAPIRegistry.registerPath(one)

  app.post('/api/v1/refresh', async (context) => context.json({ results: await refreshNow(deps, null) }))

  app.post('/api/v1/refresh/:id{.+}', async (context) => {
    const id = pathTail(context, '/api/v1/refresh/')
    const state = deps.engine.board().accounts.find((entry) => entry.account.id === id)
    if (state === undefined) throw notFound('There is no such account.', 'GET /api/v1/accounts lists them.')
    return context.json({ results: await refreshNow(deps, [state.account.id]) })
  })
}
