import { setGlobalProxyFromEnv } from 'node:http'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

/** The proxy variables; either case of a name is understood, the lower-case one wins as it does for curl. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>

export interface ProxyInUse {
  /** `host:port` of each proxy, without user name and password. */
  readonly https: string | null
  readonly http: string | null
  readonly noProxy: string
}

/**
 * Sends everything fetch and node:http do through the proxies of the environment, except to this machine: without
 * the extension of NO_PROXY, requests to the daemon would go to the proxy too (H25). Returns what is in use, in a
 * form that may be shown, and null when no proxy is set.
 */
export function useProxyFromEnvironment(env: ProxyVariables): ProxyInUse | null {
  const https = variable(env, 'HTTPS_PROXY')
  const http = variable(env, 'HTTP_PROXY')
  if (https === null && http === null) return null
  const noProxy = extendNoProxy(variable(env, 'NO_PROXY'))
  setGlobalProxyFromEnv({
    ...(https === null ? {} : { https_proxy: https }),
    ...(http === null ? {} : { http_proxy: http }),
    no_proxy: noProxy,
  })
  return { https: hostOf(https), http: hostOf(http), noProxy }
}

/** NO_PROXY with this machine's names added. `*` (no proxy at all) stays as it is. */
export function extendNoProxy(noProxy: string | null): string {
  const entries = (noProxy ?? '').split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.includes('*')) return '*'
  return [...entries, ...LOOPBACK.filter((name) => !entries.includes(name))].join(',')
}

/**
 * Trusts the system's certificate store beside node's own list and NODE_EXTRA_CA_CERTS: companies put the
 * certificate of their inspecting proxy there (H24). Costs some milliseconds, so only what asks services calls it.
 */
export function useSystemCertificates(): void {
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
}

function variable(env: ProxyVariables, name: string): string | null {
  return env[name.toLowerCase()] || env[name] || null
}

function hostOf(proxy: string | null): string | null {
  if (proxy === null) return null
  return URL.canParse(proxy) ? new URL(proxy).host || 'unreadable address' : 'unreadable address'
}
