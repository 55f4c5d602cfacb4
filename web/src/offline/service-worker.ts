import { cacheName, cachePrefix, handlingOf, isPageOf, type ShellFiles } from './shell.ts'

/** A server that does not answer in this time is away: what is kept is shown. */
const PAGE_TIMEOUT_MS = 3_000

/** What of `ServiceWorkerGlobalScope` is used here; the types of workers and of pages exclude each other. */
interface Scope {
  readonly tokstatShell: ShellFiles
  readonly registration: { readonly scope: string }
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { readonly type: 'window' }): Promise<readonly WindowOfOurs[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', run: (event: Lasting) => void): void
  addEventListener(type: 'fetch', run: (event: Asking) => void): void
  addEventListener(type: 'notificationclick', run: (event: Clicked) => void): void
}

interface WindowOfOurs {
  readonly url: string
  focus(): Promise<unknown>
}

interface Lasting {
  waitUntil(done: Promise<unknown>): void
}

interface Asking {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}

interface Clicked extends Lasting {
  readonly notification: Notification
}

/**
 * Keeps the files of one build, so that the page opens while the daemon is away. It answers nothing of the API: the
 * last values are the page's own to keep. A new build has a worker and a cache of its own, which take over whole.
 */
const worker = self as unknown as Scope
const { scope } = worker.registration
const shell = worker.tokstatShell
const files = new Set(shell.files)
const name = cacheName(scope, shell.version)

worker.addEventListener('install', (event) => event.waitUntil(keepFiles().then(() => worker.skipWaiting())))

worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())))

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const handling = handlingOf(request, scope, files)
  if (handling === 'page') event.respondWith(answerPage(request))
  else if (handling === 'file') event.respondWith(answerFile(request))
})

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(showPage())
})

async function keepFiles(): Promise<void> {
  const cache = await caches.open(name)
  await Promise.all([keepPage(cache), ...shell.files.map((path) => keep(cache, path))])
}

/** The login page is the same file as the page, and there without a session too. */
async function keepPage(cache: Cache): Promise<void> {
  const answer = await fetch(new URL('login', scope), { cache: 'no-store' })
  if (!answer.ok || !isPageOf(await answer.clone().text(), files)) throw new Error('The page is of another build.')
  await cache.put(scope, answer)
}

async function keep(cache: Cache, path: string): Promise<void> {
  // Names with a hash may come from the browser's own cache; the others must be those of this build.
  const answer = await fetch(new URL(path, scope), { cache: path.startsWith('assets/') ? 'default' : 'no-store' })
  if (!answer.ok) throw new Error(`${path} is not there.`)
  await cache.put(new URL(path, scope), answer)
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys()
  const old = names.filter((one) => one.startsWith(cachePrefix(scope)) && one !== name)
  await Promise.all(old.map((one) => caches.delete(one)))
}

/** Asked first, so that a new build, a login page or another program on this port is seen at once. */
async function answerPage(request: Request): Promise<Response> {
  const kept = async (): Promise<Response | undefined> => (await caches.open(name)).match(scope)
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) })
    // A proxy that answers for a daemon that is away.
    return answer.status < 500 ? answer : ((await kept()) ?? answer)
  } catch {
    return (await kept()) ?? Response.error()
  }
}

async function answerFile(request: Request): Promise<Response> {
  const kept = await (await caches.open(name)).match(request.url.split(/[?#]/, 1)[0] ?? '')
  return kept ?? fetch(request)
}

async function showPage(): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window' })
  const ours = windows.find((window) => window.url.startsWith(scope))
  await (ours === undefined ? worker.clients.openWindow(`${scope}#/alerts`) : ours.focus())
}
