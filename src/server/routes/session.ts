import { createRoute, z } from '@hono/zod-openapi'
import { toIso } from '../../model/index.ts'
import { jsonAnswer, problemAnswer } from '../answers.ts'
import type { AppContext, RouteModule } from '../http-app.ts'
import { notFound } from '../problems.ts'
import { cookieName, LONGEST_MS, sessionOf } from '../sessions.ts'

const State = z
  .object({
    needed: z.boolean().openapi({ description: 'A token is set: browsers sign in' }),
    signedIn: z.boolean(),
  })
  .openapi('Session')

const LinkCode = z
  .object({
    code: z.string().openapi({ description: 'Goes behind `/login#code=`; good once' }),
    expiresAt: z.iso.datetime(),
  })
  .openapi('LoginLink')

const path = '/api/v1/session'
const state = createRoute({
  method: 'get',
  path,
  summary: 'Whether this browser must sign in',
  responses: { 200: jsonAnswer('The session', State) },
})
const signIn = createRoute({
  method: 'post',
  path,
  summary: 'Exchange the bearer token for a session cookie',
  responses: { 200: jsonAnswer('Signed in', State), 401: problemAnswer('Not the token') },
})
const signOut = createRoute({
  method: 'delete',
  path,
  summary: 'Sign out',
  responses: { 200: jsonAnswer('Signed out', State) },
})

const link = createRoute({
  method: 'post',
  path: `${path}/links`,
  summary: 'A code that signs one browser in, once, within minutes',
  responses: { 200: jsonAnswer('The code', LinkCode), 404: problemAnswer('No token is set') },
})

/**
 * Sessions of browsers. Signing in is a POST with the token (or a code that stands for it once) as bearer, so the one
 * guard judges it like every other token: compared in constant time, wrong ones counted, other origins refused.
 */
export const sessionRoutes: RouteModule = (app, deps) => {
  for (const route of [state, signIn, signOut, link]) app.openAPIRegistry.registerPath(route)
  const needed = deps.token !== null

  app.get(path, (context) => {
    const value = sentSession(context)
    return context.json({ needed, signedIn: value !== null && (deps.sessions?.isOpen(value) ?? false) })
  })

  app.post(path, (context) => {
    const { sessions } = deps
    if (sessions === undefined) return context.json({ needed, signedIn: false })
    const old = sentSession(context)
    if (old !== null) sessions.end(old)
    context.header('set-cookie', cookie(context, sessions.open(), LONGEST_MS / 1000, deps.basePath))
    return context.json({ needed, signedIn: true })
  })

  app.post(`${path}/links`, (context) => {
    if (deps.links === undefined) throw notFound('No token is set here: there is nothing to sign in to.')
    const { code, expiresAt } = deps.links.create()
    return context.json({ code, expiresAt: toIso(expiresAt) })
  })

  app.delete(path, (context) => {
    const value = sentSession(context)
    if (value !== null) deps.sessions?.end(value)
    context.header('set-cookie', cookie(context, '', 0, deps.basePath))
    return context.json({ needed, signedIn: false })
  })
}

function sentSession(context: AppContext): string | null {
  const header = context.req.header('cookie')
  return header === undefined ? null : sessionOf([header])
}

/** Over TLS the cookie is bound to this host by its name, which a path of its own would forbid. */
function cookie(context: AppContext, value: string, maxAgeSeconds: number, basePath: string): string {
  const isSecure = isTls(context.env?.incoming)
  const scope = isSecure || basePath === '' ? '/' : basePath
  const flags = `Path=${scope}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  return `${cookieName(isSecure)}=${value}; ${flags}`
}

function isTls(incoming: { readonly socket?: unknown } | undefined): boolean {
  const socket = incoming?.socket
  return typeof socket === 'object' && socket !== null && 'encrypted' in socket && socket.encrypted === true
}
