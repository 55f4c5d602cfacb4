/** What the build knows of itself; put before the code of the service worker (see vite.config.ts). */
export interface ShellFiles {
  /** A hash of every file: another build has another one. */
  readonly version: string
  /** Paths below the scope, the page itself not among them. */
  readonly files: readonly string[]
}

/** How a request of the page is answered. `pass`: as if there were no service worker. */
export type Handling = 'page' | 'file' | 'pass'

interface AskedFor {
  readonly method: string
  readonly mode: string
  readonly url: string
}

/**
 * Only the page and the files of its build are ever answered from what is kept. Everything else, the API above all,
 * passes by: a number that was true once must not come back as an answer.
 */
export function handlingOf(request: AskedFor, scope: string, files: ReadonlySet<string>): Handling {
  if (request.method !== 'GET' || !request.url.startsWith(scope)) return 'pass'
  const path = request.url.slice(scope.length).split(/[?#]/, 1)[0] ?? ''
  if (request.mode === 'navigate') return path === '' || path === 'login' ? 'page' : 'pass'
  return files.has(path) ? 'file' : 'pass'
}

/** Two tokstats may share an origin below different paths: each has caches of its own. */
export function cacheName(scope: string, version: string): string {
  return `${cachePrefix(scope)}${version}`
}

/** Begins the name of every cache of this tokstat, whatever its build. */
export function cachePrefix(scope: string): string {
  return `tokstat ${new URL(scope).pathname} `
}

/** The build's files that a page asks for; a page of another build asks for others, and must not be kept with these. */
export function isPageOf(html: string, files: ReadonlySet<string>): boolean {
  const asked = [...html.matchAll(/(?:src|href)="[^"]*\/(assets\/[^"]+)"/g)].map(([, path = '']) => path)
  return asked.length > 0 && asked.every((path) => files.has(path))
}
