import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ServerDeps } from './deps.ts'

/** Under node the request has its socket side; in a test by `app.request()` it has what the test hands in. */
export interface AppEnv {
  Bindings: Partial<HttpBindings>
}

export type HttpApp = OpenAPIHono<AppEnv>
export type AppContext = Context<AppEnv>

/** One file in routes/: it adds its routes to the app. */
export type RouteModule = (app: HttpApp, deps: ServerDeps) => void

/** The part of the path behind `prefix`, decoded; null when it is empty or not decodable. */
export function pathTail(context: AppContext, prefix: string): string | null {
  const path = new URL(context.req.url).pathname
  const tail = path.startsWith(prefix) ? path.slice(prefix.length) : ''
  if (tail === '') return null
  try {
    return decodeURIComponent(tail)
  } catch {
    // A broken percent sequence names nothing.
    return null
  }
}
