import type { AccountState } from '../../model/index.ts'
import { readJson } from '../body.ts'
import { DEFAULT_LIMITS, type ServerDeps, type ToggleName } from '../deps.ts'
import { type AppContext, pathTail, type RouteModule } from '../http-app.ts'
import { authIdOf, availabilityOf, matchesAuthId, toManagedAccount } from '../management.ts'
import { createPoolIndex } from '../pool-index.ts'
import { badRequest, notFound, RefusalError } from '../problems.ts'
import { refreshNow } from '../refreshing.ts'

const STATUS = '/v0/management/quota/status'
const REFRESH = '/v0/management/quota/refresh'
const TOGGLES: readonly ToggleName[] = ['switch-project', 'switch-preview-model']

/** The v0 management API, for tools that were written against it. */
export const managementRoutes: RouteModule = (app, deps) => {
  const pools = createPoolIndex()

  app.get(STATUS, (context) => context.json(statusAnswer(deps, deps.engine.board().accounts)))

  app.get(`${STATUS}/:provider`, (context) =>
    context.json(statusAnswer(deps, ofProvider(deps, context.req.param('provider')))),
  )

  app.get(`${STATUS}/:provider/:auth_id{.+}`, (context) =>
    context.json(statusAnswer(deps, [findAccount(deps, context, STATUS)])),
  )

  app.post(`${REFRESH}/:provider/:auth_id{.+}`, async (context) => {
    const state = findAccount(deps, context, REFRESH)
    await refreshNow(deps, [state.account.id])
    const fresh = deps.engine.board().accounts.find((entry) => entry.account.id === state.account.id)
    return context.json(statusAnswer(deps, [fresh ?? state]))
  })

  app.get('/v0/management/quota/available', (context) => {
    const model = context.req.query('model')
    if (model === undefined || model === '') throw badRequest('Say which model: ?model=NAME')
    const query = { model, now: deps.clock.now(), rules: deps.rules(), pools }
    return context.json(availabilityOf(deps.engine.board().accounts, query))
  })

  for (const name of TOGGLES) {
    const path = `/v0/management/quota-exceeded/${name}`
    app.get(path, (context) => context.json({ value: deps.toggles.get(name) }))
    app.put(path, async (context) => {
      const value = toggleValue(await readJson(context, deps.limits?.bodyBytes ?? DEFAULT_LIMITS.bodyBytes))
      await deps.toggles.set(name, value)
      return context.json({ value })
    })
  }
}

function statusAnswer(deps: ServerDeps, states: readonly AccountState[]): { quotas: unknown[] } {
  const now = deps.clock.now()
  return { quotas: states.map((state) => toManagedAccount(state, now)) }
}

function ofProvider(deps: ServerDeps, provider: string): readonly AccountState[] {
  const states = deps.engine.board().accounts.filter((state) => state.account.provider === provider)
  const isKnown = states.length > 0 || deps.providers().some((known) => known.id === provider)
  if (!isKnown) throw notFound('There is no such provider.')
  return states
}

/** `{provider}/{auth_id}`, the id as it was sent, decoded, or with `@` and `.` as `_`; the exact form wins. */
function findAccount(deps: ServerDeps, context: AppContext, prefix: string): AccountState {
  const states = ofProvider(deps, context.req.param('provider') ?? '')
  const rawTail = new URL(context.req.url).pathname
    .split('/')
    .slice(prefix.split('/').length + 1)
    .join('/')
  const decoded = pathTail(context, `${prefix}/${context.req.param('provider')}/`)
  for (const authId of [rawTail, decoded]) {
    if (authId === null) continue
    const exact = states.find((state) => authIdOf(state) === authId)
    const found = exact ?? states.find((state) => matchesAuthId(state, authId))
    if (found !== undefined) return found
  }
  throw notFound('There is no such account.')
}

function toggleValue(body: unknown): boolean {
  const value = typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined
  if (typeof value === 'boolean') return value
  throw new RefusalError({ status: 400, code: 'invalid_request', message: 'invalid body: expected {"value": bool}' })
}
