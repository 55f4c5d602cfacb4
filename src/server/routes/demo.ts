import { createRoute, z } from '@hono/zod-openapi'
import { isLoopback } from '../address.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import type { AppContext, RouteModule } from '../http-app.ts'
import { notFound } from '../problems.ts'

const Demo = z
  .object({ url: z.string().openapi({ description: 'Open it in a browser of this machine' }) })
  .openapi('Demo')

const start = createRoute({
  method: 'post',
  path: '/api/v1/demo',
  summary: 'Start invented accounts beside this daemon, for an hour',
  responses: { 200: jsonAnswer('Where they are', Demo), 404: problemAnswer('Not from this machine') },
})

/** The demo for somebody who has no account yet. It listens on loopback, so only a browser of this machine gets there. */
export const demoRoutes: RouteModule = (app, { demo }) => {
  app.openAPIRegistry.registerPath(start)
  app.post('/api/v1/demo', async (context) => {
    if (demo === undefined || !isFromHere(context)) {
      throw notFound('The demo can only be started from the machine it runs on.', 'There, in a terminal: tokstat demo')
    }
    return context.json({ url: await demo() })
  })
}

function isFromHere(context: AppContext): boolean {
  const { incoming } = context.env ?? {}
  const address = incoming !== undefined && 'socket' in incoming ? incoming.socket.remoteAddress : undefined
  return address !== undefined && isLoopback(address) && context.req.header('x-forwarded-for') === undefined
}
