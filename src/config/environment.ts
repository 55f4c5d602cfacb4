import type path from 'node:path'
import { AppError, type ConfigProblem } from '../model/app.ts'
import { Secret } from '../model/secret.ts'
import { type DotenvProblem, parseDotenv } from './dotenv.ts'
import { type Folders, pathsOf, readFolders } from './folders.ts'
import { CWD_NAMES, DOTENV_NAMES, GOOGLE_CLIENT_NAMES, PROXY_NAMES } from './names.ts'
import { readSmallFile } from './small-file.ts'

type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Where a value came from, weakest last. */
export type VariableOrigin = 'environment' | '.env' | './.env'

export interface EnvironmentInput {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly platform: NodeJS.Platform
  readonly home: string
}

/** A client id and secret as the environment names them; either may be missing. */
interface GoogleClientNames {
  readonly id: string
  readonly secret: Secret
  /** The name of the variable, for `doctor`. */
  readonly origin: string
}

/** Everything the outside says by variables. Empty values count as unset; nothing in it prints a secret. */
export interface Environment extends Folders {
  readonly home: string
  readonly cwd: string
  readonly platform: NodeJS.Platform
  /** The value of a variable after precedence (real, `.env` beside config.toml, `./.env`); null when unset. */
  readonly get: (name: string) => string | null
  /** Like `get`, for values that must not be printed. */
  readonly secret: (name: string) => Secret | null
  readonly originOf: (name: string) => VariableOrigin | null
  /** `$TOKSTAT_CONFIG`, absolute. */
  readonly configFile: string | null
  /** `TOKSTAT_UPSTREAM`: an http loopback origin, or null. */
  readonly upstream: URL | null
  readonly logLevel: LogLevel
  readonly color: { readonly noColor: boolean; readonly forceColor: boolean; readonly ci: boolean }
  /** Folders of other tools, when their variables are set. */
  readonly owners: {
    readonly codexHome: string | null
    readonly claudeConfigDir: string | null
    readonly opencodeConfigDir: string | null
    readonly geminiCliHome: string | null
  }
  /** OAuth clients in order of preference. */
  readonly googleClients: {
    readonly antigravity: readonly GoogleClientNames[]
    readonly geminiCli: readonly GoogleClientNames[]
  }
  readonly vault: {
    readonly keyFile: string | null
    readonly passphrase: Secret | null
    readonly passphraseFile: string | null
    /** systemd's `$CREDENTIALS_DIRECTORY`. */
    readonly credentialsDirectory: string | null
  }
  /** For platform's `useProxyFromEnvironment`. May hold a password: never printed. */
  readonly proxyVariables: () => Readonly<Record<string, string>>
  /** Values that cannot be used, broken `.env` lines. */
  readonly problems: readonly ConfigProblem[]
  readonly dotenvFiles: readonly { readonly path: string; readonly state: 'absent' | 'read' | 'unreadable' }[]
}

/**
 * Reads the environment and both `.env` files (contracts section 3). Throws `AppError` 4 for a `TOKSTAT_UPSTREAM`
 * that is not plain http on loopback: going on would send real requests to real services.
 */
export function readEnvironment(input: EnvironmentInput): Environment {
  const real = new Map(Object.entries(input.env).flatMap(([name, value]) => (value ? [[name, value] as const] : [])))
  const paths = pathsOf(input.platform)
  const folders = readFolders(input)
  const configFile = real.has('TOKSTAT_CONFIG') ? paths.resolve(input.cwd, real.get('TOKSTAT_CONFIG') ?? '') : null
  const beside = paths.join(configFile ? paths.dirname(configFile) : tokstatConfigFolder(folders, input, paths), '.env')
  const layers = [
    { origin: 'environment' as const, values: real, path: null, state: 'read' as const, problems: [] },
    readLayer('.env', beside, (name) => DOTENV_NAMES.has(name)),
    readLayer('./.env', paths.join(input.cwd, '.env'), (name) => CWD_NAMES.has(name)),
  ]
  const layerOf = (name: string): Layer | undefined => layers.find((layer) => layer.values.get(name))
  const get = (name: string): string | null => layerOf(name)?.values.get(name) ?? null
  const secret = (name: string): Secret | null => wrap(get(name))
  const logLevel = readLogLevel(get('TOKSTAT_LOG'))
  return {
    home: input.home,
    cwd: input.cwd,
    platform: input.platform,
    get,
    secret,
    originOf: (name) => layerOf(name)?.origin ?? null,
    configFile,
    ...folders,
    upstream: readUpstream(get('TOKSTAT_UPSTREAM')),
    logLevel: logLevel ?? 'info',
    color: { noColor: get('NO_COLOR') !== null, forceColor: isOn(get('FORCE_COLOR')), ci: isOn(get('CI')) },
    owners: readOwners(get),
    googleClients: {
      antigravity: readClients(GOOGLE_CLIENT_NAMES.antigravity, get),
      geminiCli: readClients(GOOGLE_CLIENT_NAMES.geminiCli, get),
    },
    vault: {
      keyFile: get('TOKSTAT_VAULT_KEY_FILE'),
      passphrase: secret('TOKSTAT_PASSPHRASE'),
      passphraseFile: get('TOKSTAT_PASSPHRASE_FILE'),
      credentialsDirectory: get('CREDENTIALS_DIRECTORY'),
    },
    proxyVariables: () =>
      Object.fromEntries(PROXY_NAMES.flatMap((name) => (get(name) === null ? [] : [[name, get(name) ?? '']]))),
    problems: [
      ...layers.flatMap((layer) => layer.problems.map((problem) => toProblem(layer.path ?? '', problem))),
      ...(logLevel === null ? [badLogLevel()] : []),
    ],
    dotenvFiles: layers.flatMap((layer) => (layer.path === null ? [] : [{ path: layer.path, state: layer.state }])),
  }
}

interface Layer {
  readonly origin: VariableOrigin
  readonly values: ReadonlyMap<string, string>
  readonly path: string | null
  readonly state: 'absent' | 'read' | 'unreadable'
  readonly problems: readonly DotenvProblem[]
}

/** One `.env` file; names that do not belong there are left alone: they are some other program's business. */
function readLayer(origin: VariableOrigin, file: string, allowed: (name: string) => boolean): Layer {
  const read = readSmallFile(file)
  if (read.kind === 'absent') return { origin, values: new Map(), path: file, state: 'absent', problems: [] }
  if (read.kind === 'unreadable') {
    // In the working directory it is usually another project's file: no reason to stop.
    const problems = origin === '.env' ? [{ line: 0, message: read.detail }] : []
    return { origin, values: new Map(), path: file, state: 'unreadable', problems }
  }
  const parsed = parseDotenv(read.text)
  const values = new Map([...parsed.values].filter(([name, value]) => allowed(name) && value !== ''))
  return { origin, values, path: file, state: 'read', problems: origin === '.env' ? parsed.problems : [] }
}

function tokstatConfigFolder(folders: Folders, input: EnvironmentInput, paths: path.PlatformPath): string {
  return paths.join(input.platform === 'win32' ? folders.windows.appData : folders.xdg.config, 'tokstat')
}

function readUpstream(value: string | null): URL | null {
  if (value === null) return null
  const url = URL.canParse(value) ? new URL(value) : null
  const loopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  const bare = url !== null && url.pathname === '/' && url.search === '' && url.username === '' && url.password === ''
  if (url?.protocol === 'http:' && loopback && bare) return url
  throw new AppError(
    4,
    'bad_upstream',
    'TOKSTAT_UPSTREAM must be a plain http address of this machine.',
    'Set it to something like http://127.0.0.1:9999, or unset it.',
  )
}

function readLogLevel(value: string | null): LogLevel | null {
  if (value === null) return 'info'
  const level = value.toLowerCase()
  return level === 'debug' || level === 'info' || level === 'warn' || level === 'error' ? level : null
}

function badLogLevel(): ConfigProblem {
  const message = 'TOKSTAT_LOG must be debug, info, warn or error.'
  return { path: 'environment', key: 'TOKSTAT_LOG', line: null, message, suggestion: null }
}

function readClients(names: readonly (readonly [string, string])[], get: Environment['get']): GoogleClientNames[] {
  return names.flatMap(([idName, secretName]) => {
    const id = get(idName)
    const secret = wrap(get(secretName))
    return id === null || secret === null ? [] : [{ id, secret, origin: idName }]
  })
}

function readOwners(get: Environment['get']): Environment['owners'] {
  return {
    codexHome: get('CODEX_HOME'),
    claudeConfigDir: get('CLAUDE_CONFIG_DIR'),
    opencodeConfigDir: get('OPENCODE_CONFIG_DIR'),
    geminiCliHome: get('GEMINI_CLI_HOME'),
  }
}

function toProblem(file: string, problem: DotenvProblem): ConfigProblem {
  const line = problem.line > 0 ? problem.line : null
  return { path: file, key: '.env', line, message: problem.message, suggestion: null }
}

function wrap(value: string | null): Secret | null {
  return value === null ? null : new Secret(value)
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '0' && value !== 'false'
}
