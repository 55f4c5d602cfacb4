import { createRoute, z } from '@hono/zod-openapi'
import { toAccountDocument, toAccountsDocument } from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import { pathTail, type RouteModule } from '../http-app.ts'
import { notFound } from '../problems.ts'
import { AccountEntry, Accounts, accountsSchema, Quotas } from '../schemas.ts'

const list = createRoute({
  method: 'get',
  path: '/api/v1/accounts',
  summary: 'Every account and its quotas',
  responses: { 200: jsonAnswer('The board of the moment', Accounts) },
})

const one = createRoute({
  method: 'get',
  path: '/api/v1/accounts/{id}',
  summary: 'One account and its quotas',
  request: {
    params: z.object({
      id: z.string().openapi({ description: 'provider/name, percent-encoded as one segment or sent as two' }),
    }),
  },
  responses: { 200: jsonAnswer('The account', AccountEntry), 404: problemAnswer('No such account') },
})

const quotas = createRoute({
  method: 'get',
  path: '/api/v1/quotas',
  summary: 'Every quota of every account',
  responses: { 200: jsonAnswer('The quotas, each with its account and provider', Quotas) },
})

/** What the board says, from memory: no request to a service is made for a reader. */
export const accountRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(list)
  app.openAPIRegistry.registerPath(one)
  app.openAPIRegistry.registerPath(quotas)

  app.get('/api/v1/accounts', (context) =>
    context.json(toAccountsDocument(deps.engine.board(), deps.clock.now(), deps.rules())),
  )

  app.get('/api/v1/accounts/:id{.+}', (context) => {
    const id = pathTail(context, '/api/v1/accounts/')
    const state = deps.engine.board().accounts.find((entry) => entry.account.id === id)
    if (state === undefined) throw notFound('There is no such account.', 'GET /api/v1/accounts lists them.')
    return context.json(toAccountDocument(state, deps.clock.now(), deps.rules()))
  })

  app.get('/api/v1/quotas', (context) => {
    const document = toAccountsDocument(deps.engine.board(), deps.clock.now(), deps.rules())
    return context.json({
      quotas: document.accounts.flatMap((account) =>
        account.quotas.map((quota) => ({ ...quota, account: account.id, provider: account.provider })),
      ),
    })
  })

  app.get('/api/v1/schema/accounts.json', (context) =>
    context.body(JSON.stringify(accountsSchema()), 200, { 'content-type': 'application/schema+json' }),
  )
}
