import { createHash, timingSafeEqual } from 'node:crypto'
import { type Clock, plusMs } from '../model/index.ts'
import { isAllowedHost, isLoopback } from './address.ts'
import type { LoginLinks } from './login-links.ts'
import type { Refusal } from './problems.ts'
import { type Sessions, sessionOf } from './sessions.ts'
import { createTokenThrottle } from './throttle.ts'

/** On every answer. Assets with a hash in their name replace `cache-control`. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** The head of a request as it came over the wire: a header that was sent twice is here twice. */
export interface GuardRequest {
  readonly method: string
  /** The request target, query and all. */
  readonly target: string
  readonly hosts: readonly string[]
  readonly authorizations: readonly string[]
  readonly managementKeys: readonly string[]
  /** Absent: none. */
  readonly cookies?: readonly string[]
  readonly origins: readonly string[]
  readonly fetchSite: string | undefined
  readonly contentType: string | undefined
  /** Null: no Content-Length. */
  readonly contentLength: number | null
  /** Transfer-Encoding: the length is not known beforehand. */
  readonly chunked: boolean
  /** The client's address (see `clientAddress`). */
  readonly address: string
}

type Verdict =
  | { readonly ok: true }
  /** The answer must not leave before `delayMs`. */
  | { readonly ok: false; readonly refusal: Refusal; readonly delayMs: number }

export interface GuardOptions {
  readonly clock: Clock
  readonly token: string | null
  readonly metricsToken: string | null
  readonly allowedHosts: readonly string[]
  readonly bodyBytes: number
  /** Browsers that have signed in; absent: there is no signing in. */
  readonly sessions?: Sessions | undefined
  /** Codes that stand for the token at the signing in of a browser, once. */
  readonly links?: LoginLinks | undefined
}

export interface Guard {
  /** Judges a request by its head alone: no body is read for a caller who may not send one. */
  check(request: GuardRequest): Verdict
}

const PROBES: readonly string[] = ['/healthz', '/readyz']
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

const SESSION_PATH = '/api/v1/session'

/** What a browser needs to show the login page. None of it holds an account or a number. */
export const LOGIN_PATHS: readonly string[] = [
  '/login',
  SESSION_PATH,
  '/manifest.webmanifest',
  '/icon.svg',
  '/icon-192.png',
  '/icon-512.png',
  '/icon-maskable-512.png',
  '/sw.js',
]

function isLoginShell(request: GuardRequest): boolean {
  const path = pathOf(request.target)
  return SAFE_METHODS.includes(request.method) && (LOGIN_PATHS.includes(path) || /^\/assets\/[\w.-]+$/.test(path))
}

/** The path of a request target, exactly as sent: nothing is decoded, so nothing can pass for another path. */
export function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? target
}

/**
 * The one gate before every route, known or not. In order: probes are open; an address that guessed tokens is banned;
 * the token; Host and target (a right token excuses those two); a session, or what a login page needs; what changes
 * state; the body's head.
 */
export function createGuard(options: GuardOptions): Guard {
  const { clock } = options
  const throttle = createTokenThrottle(clock)
  const matches = tokenMatcher(options.token)
  const matchesMetrics = tokenMatcher(options.metricsToken)

  function tokenVerdict(request: GuardRequest): 'right' | 'missing' | 'wrong' {
    const sent = sentToken(request)
    if (sent === null) return 'missing'
    if (matches(sent)) return 'right'
    if (request.method === 'POST' && pathOf(request.target) === SESSION_PATH && options.links?.take(sent) === true)
      return 'right'
    const mayReadMetrics = SAFE_METHODS.includes(request.method) && pathOf(request.target) === '/metrics'
    return mayReadMetrics && matchesMetrics(sent) ? 'right' : 'wrong'
  }

  /** Counted whatever else is wrong with the request, so that no other refusal can be used to guess for free. */
  function refuseWrong(request: GuardRequest): Verdict {
    const delayMs = throttle.wrong(request.address)
    if (delayMs === null) return refuse(TOO_MANY_WRONG, { retryAt: plusMs(clock.now(), 1_000) })
    return { ok: false, refusal: isOurs(request, options.allowedHosts) ? TOKEN_WRONG : WRONG_HOST, delayMs }
  }

  /** A browser sends its cookie with whatever asks for it: a change must say that our own page asks. */
  function checkSession(request: GuardRequest): Verdict {
    if (!SAFE_METHODS.includes(request.method)) {
      if (request.origins.length === 0 && request.fetchSite !== 'same-origin') return refuse(CROSS_ORIGIN)
      if (isCrossOrigin(request)) return refuse(CROSS_ORIGIN)
    }
    return checkBody(request, options.bodyBytes)
  }

  return {
    check(request) {
      if (PROBES.includes(pathOf(request.target)) && SAFE_METHODS.includes(request.method)) return { ok: true }
      const banned = throttle.bannedFor(request.address)
      if (banned > 0) return refuse(TOO_MANY_WRONG, { retryAt: plusMs(clock.now(), banned) })
      if (request.hosts.length > 1) return refuse(WRONG_HOST)
      const once = [request.authorizations, request.managementKeys, request.origins]
      if (once.some((values) => values.length > 1)) return refuse(DOUBLED_HEADER)
      const token = tokenVerdict(request)
      if (token === 'wrong' && options.token !== null) return refuseWrong(request)
      if (token !== 'right') {
        if (!isOurs(request, options.allowedHosts)) return refuse(WRONG_HOST)
        const session = sessionOf(request.cookies ?? [])
        if (session !== null && options.sessions?.isOpen(session) === true) return checkSession(request)
        const isShut = options.token === null ? !isLoopback(request.address) : !isLoginShell(request)
        if (isShut) return refuse(TOKEN_MISSING)
      } else {
        throttle.right(request.address)
      }
      if (!SAFE_METHODS.includes(request.method) && isCrossOrigin(request)) return refuse(CROSS_ORIGIN)
      return checkBody(request, options.bodyBytes)
    },
  }
}

function isOurs(request: GuardRequest, allowedHosts: readonly string[]): boolean {
  const [host] = request.hosts
  return request.target.startsWith('/') && host !== undefined && isAllowedHost(host, allowedHosts)
}

function checkBody(request: GuardRequest, limit: number): Verdict {
  const hasBody = request.chunked || (request.contentLength ?? 0) > 0
  if (!hasBody) return { ok: true }
  if ((request.contentLength ?? 0) > limit) return refuse(BODY_TOO_LARGE)
  const type = (request.contentType ?? '').split(';', 1)[0]?.trim().toLowerCase()
  return type === 'application/json' ? { ok: true } : refuse(NOT_JSON)
}

/** A page of another origin is asking, or one that hides which (`null`). Programs send neither header. */
function isCrossOrigin(request: GuardRequest): boolean {
  const { fetchSite } = request
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return true
  const [origin] = request.origins
  if (origin === undefined) return false
  if (!/^https?:\/\//i.test(origin) || !URL.canParse(origin)) return true
  const url = new URL(origin)
  const host = `${url.protocol}//${(request.hosts[0] ?? '').toLowerCase()}`
  return !URL.canParse(host) || new URL(host).host !== url.host
}

/** `Authorization: Bearer T`, else `X-Management-Key: T`. Another scheme is no token at all. */
function sentToken(request: GuardRequest): string | null {
  const [authorization] = request.authorizations
  if (authorization !== undefined) return /^bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? null
  const key = request.managementKeys[0]?.trim()
  return key === undefined || key === '' ? null : key
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
function tokenMatcher(token: string | null): (sent: string) => boolean {
  if (token === null) return () => false
  const expected = createHash('sha256').update(token).digest()
  return (sent) => timingSafeEqual(createHash('sha256').update(sent).digest(), expected)
}

function refuse(refusal: Refusal, more: Partial<Refusal> = {}): Verdict {
  return { ok: false, refusal: { ...refusal, ...more }, delayMs: 0 }
}

export const TOKEN_MISSING: Refusal = {
  status: 401,
  code: 'unauthorized',
  message: 'This needs the token of this tokstat.',
  hint: 'Send it as "Authorization: Bearer TOKEN". It is in the file that token_file names.',
  headers: { 'www-authenticate': 'Bearer realm="tokstat"' },
}

const TOKEN_WRONG: Refusal = {
  ...TOKEN_MISSING,
  message: 'This is not the token of this tokstat.',
  headers: { 'www-authenticate': 'Bearer realm="tokstat", error="invalid_token"' },
}

const TOO_MANY_WRONG: Refusal = {
  status: 429,
  code: 'too_many_attempts',
  message: 'Too many wrong tokens came from this address.',
  hint: 'Wait, then send the right one.',
}

const WRONG_HOST: Refusal = {
  status: 421,
  code: 'wrong_host',
  message: 'This address is not one that tokstat answers to.',
  hint: 'Use http://127.0.0.1 with the port, or add the name to allowed_hosts in [server].',
}

const DOUBLED_HEADER: Refusal = {
  status: 400,
  code: 'invalid_request',
  message: 'A header that may come once came twice.',
}

const CROSS_ORIGIN: Refusal = {
  status: 403,
  code: 'cross_origin',
  message: 'Another site may not change anything here.',
}

const BODY_TOO_LARGE: Refusal = {
  status: 413,
  code: 'too_large',
  message: 'A body may have 64 KiB at most.',
}

const NOT_JSON: Refusal = {
  status: 415,
  code: 'unsupported_media_type',
  message: 'A body must be JSON, sent as application/json.',
}
