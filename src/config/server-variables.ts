import type { ConfigProblem } from '../model/app.ts'
import type { Environment, VariableOrigin } from './environment.ts'

export interface ServerVariables {
  readonly server: {
    readonly host?: string
    readonly port?: number
    readonly token_file?: string
    readonly allowed_hosts?: string[]
  }
  readonly sources: Readonly<Record<string, VariableOrigin>>
  readonly problems: readonly ConfigProblem[]
}

/** `TOKSTAT_HOST`, `TOKSTAT_PORT`, `TOKSTAT_TOKEN_FILE`, `TOKSTAT_ALLOWED_HOSTS` (by commas): they mirror `[server]`. */
export function serverFromEnvironment(environment: Environment): ServerVariables {
  const host = environment.get('TOKSTAT_HOST')
  const portText = environment.get('TOKSTAT_PORT')
  const tokenFile = environment.get('TOKSTAT_TOKEN_FILE')
  const hosts = environment.get('TOKSTAT_ALLOWED_HOSTS')
  const port = portText === null ? null : parsePort(portText)
  const origins = {
    'server.host': environment.originOf('TOKSTAT_HOST'),
    'server.port': port === null ? null : environment.originOf('TOKSTAT_PORT'),
    'server.token_file': environment.originOf('TOKSTAT_TOKEN_FILE'),
    'server.allowed_hosts': environment.originOf('TOKSTAT_ALLOWED_HOSTS'),
  }
  return {
    server: {
      ...(host === null ? {} : { host }),
      ...(port === null ? {} : { port }),
      ...(tokenFile === null ? {} : { token_file: tokenFile }),
      ...(hosts === null ? {} : { allowed_hosts: hosts.split(/[\s,]+/).filter((name) => name !== '') }),
    },
    sources: Object.fromEntries(Object.entries(origins).flatMap(([key, origin]) => (origin ? [[key, origin]] : []))),
    problems: portText !== null && port === null ? [badPort()] : [],
  }
}

function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : Number.NaN
  return port <= 65_535 ? port : null
}

function badPort(): ConfigProblem {
  const message = 'TOKSTAT_PORT must be a number from 0 to 65535.'
  return { path: 'environment', key: 'TOKSTAT_PORT', line: null, message, suggestion: null }
}
