import { rankAccounts, toAccountsDocument } from '../../model/index.ts'
import type { ServerDeps, WebAsset } from '../deps.ts'
import type { AppContext, RouteModule } from '../http-app.ts'
import { PAGE_ASSETS } from '../page/assets.ts'
import { renderPage } from '../page/html.ts'
import { notFound } from '../problems.ts'
import { LOGIN_PATHS } from '../security.ts'

/** The web page and what it loads, all from memory. With `--no-web` there is neither. */
export const pageRoutes: RouteModule = (app, deps) => {
  const { web } = deps
  if (web === null) return

  app.get('/', (context) => {
    const index = web.asset('/')
    if (index !== null) return answerAsset(context, index)
    return context.html(builtInPage(deps))
  })

  // The app asks for the token by itself; without the app there is no page to do that.
  app.get('/login', (context) => {
    const index = web.asset('/')
    if (index === null) throw notFound('This tokstat has no login page: its web app is not built.')
    return answerAsset(context, index)
  })

  for (const path of LOGIN_PATHS.filter((path) => path.includes('.'))) {
    app.get(path, (context) => {
      const asset = web.asset(path)
      if (asset === null) throw notFound('There is no such file.')
      return answerAsset(context, asset)
    })
  }

  app.get('/assets/*', (context) => {
    const path = new URL(context.req.url).pathname
    const asset = web.asset(path) ?? PAGE_ASSETS.get(path)
    if (asset === undefined) throw notFound('There is no such file.')
    return answerAsset(context, asset)
  })
}

function answerAsset(context: AppContext, asset: WebAsset): Response {
  const cacheControl = asset.immutable ? 'public, max-age=31536000, immutable' : 'no-store'
  const headers = { 'content-type': asset.contentType, 'cache-control': cacheControl, vary: 'accept-encoding' }
  const { gzip } = asset
  if (gzip === undefined || !acceptsGzip(context)) return context.body(asset.body, 200, headers)
  return context.body(gzip, 200, { ...headers, 'content-encoding': 'gzip' })
}

function acceptsGzip(context: AppContext): boolean {
  const accepted = context.req.header('accept-encoding') ?? ''
  return /(^|,)\s*(gzip|\*)\s*(;\s*q=(1(\.0*)?|0?\.\d*[1-9]\d*))?\s*(,|$)/i.test(accepted)
}

function builtInPage(deps: ServerDeps): string {
  const now = deps.clock.now()
  const rules = deps.rules()
  const board = deps.engine.board()
  const content = {
    document: toAccountsDocument(board, now, rules),
    best: rankAccounts(board.accounts, {}, now, rules),
    now,
    version: deps.version,
    upstream: deps.upstream,
    privacy: deps.privacy,
    basePath: deps.basePath,
  }
  return renderPage(content, deps.words)
}
