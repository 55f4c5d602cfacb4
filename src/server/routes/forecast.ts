import { createRoute, z } from '@hono/zod-openapi'
import type { AccountState, Forecast, Quota } from '../../model/index.ts'
import { jsonAnswer } from '../answers.ts'
import type { RouteModule } from '../http-app.ts'
import { Forecasts } from '../schemas.ts'

const forecasts = createRoute({
  method: 'get',
  path: '/api/v1/forecast',
  summary: 'When each quota runs out at the present pace, and how likely that is before its reset',
  request: { query: z.object({ account: z.string().optional(), quota: z.string().optional() }) },
  responses: {
    200: jsonAnswer('One entry a quota with a share; all null while there is too little to say', Forecasts),
  },
})

/** What the last readings foretell, from memory. */
export const forecastRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(forecasts)
  app.get('/api/v1/forecast', (context) => {
    const { account, quota } = context.req.query()
    const states = deps.engine.board().accounts.filter((state) => !account || state.account.id === account)
    return context.json({
      forecasts: states.flatMap((state) =>
        (state.reading?.quotas ?? [])
          .filter((one) => one.usedRatio !== null && (!quota || one.id === quota))
          .map((one) => deps.rules().forecast?.(state.account.id, one.id) ?? stillLearning(state, one)),
      ),
    })
  })
}

function stillLearning({ account }: AccountState, quota: Quota): Omit<Forecast, 'model'> & { readonly model: null } {
  return {
    account: account.id,
    quota: quota.id,
    burnPerHourRatio: null,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: null,
    pace: null,
    model: null,
    score: null,
  }
}
