import path from 'node:path'
import type * as z from 'zod'
import type { AlertSettings } from '../model/alerts.ts'
import { AppError, type ConfigProblem } from '../model/app.ts'
import type { PollingSettings, Rules } from '../model/settings.ts'
import { SECOND_MS } from '../model/time.ts'
import type { Environment } from './environment.ts'
import type { Paths } from './paths.ts'
import { type ConfigSchema, type ConfigurableProvider, configSchema, shapeOf } from './schema.ts'
import { serverFromEnvironment } from './server-variables.ts'
import { readSmallFile } from './small-file.ts'
import { type RawConfig, validateConfig } from './validate.ts'

/** Most requests under way at one host; contracts section 3.1. */
const MOST_PER_HOST = 8

/** Settings given on the command line; they beat everything else. */
export interface ConfigFlags {
  readonly host?: string | undefined
  readonly port?: number | undefined
  /** Beats every configured interval but not a provider's floor. */
  readonly intervalSeconds?: number | undefined
  readonly privacy?: boolean | undefined
}

type ConfigSource = 'flag' | 'environment' | '.env' | './.env' | 'config.toml'

/** The settings in force. Durations in milliseconds, sizes in bytes, file names absolute. */
export interface Config extends Omit<z.output<ConfigSchema>, 'providers'> {
  readonly providers: Readonly<Record<string, ProviderConfig>>
}

interface ProviderConfig {
  readonly enabled: boolean
  /** The cadence in force. */
  readonly intervalMs: number
  /** The provider's own table, validated by its own schema. */
  readonly settings: unknown
}

export interface LoadedConfig {
  /** The defaults (with environment and flags) when there are problems: enough for `doctor`, not to run on. */
  readonly config: Config
  readonly exists: boolean
  readonly problems: readonly ConfigProblem[]
  /** Where each key that is not at its default comes from, by dotted key. */
  readonly sources: Readonly<Record<string, ConfigSource>>
}

export interface LoadConfigOptions {
  readonly paths: Pick<Paths, 'config'>
  readonly environment: Environment
  readonly providers: readonly ConfigurableProvider[]
  readonly flags?: ConfigFlags
}

/**
 * Reads and checks config.toml: flags > environment > `.env` > file > defaults. Never throws for what a file says;
 * `requireConfig` does.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { paths, environment } = options
  const schema = configSchema(options.providers)
  const file = readSmallFile(paths.config)
  const problems: ConfigProblem[] = [...environment.problems]
  let raw: RawConfig = {}
  let value: z.output<ConfigSchema> | null = null
  if (file.kind === 'unreadable') {
    problems.push({ path: paths.config, key: '', line: null, message: file.detail, suggestion: null })
  } else if (file.kind === 'text') {
    const checked = validateConfig(paths.config, file.text, schema)
    raw = checked.value === null ? {} : (checked.raw ?? {})
    value = checked.value
    problems.push(...checked.problems)
  }
  const fromVariables = serverFromEnvironment(environment)
  problems.push(...fromVariables.problems)
  const base = value ?? schema.parse({})
  const flags = options.flags ?? {}
  const server = {
    ...base.server,
    ...fromVariables.server,
    ...(flags.host === undefined ? {} : { host: flags.host }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
  }
  const config: Config = {
    ...base,
    server,
    privacy: { enabled: flags.privacy ?? base.privacy.enabled },
    providers: providersInForce(base, raw, options, problems),
  }
  return {
    config: absolutePaths(config, environment, paths.config),
    exists: file.kind !== 'absent',
    problems,
    sources: { ...leafSources(raw), ...fromVariables.sources, ...flagSources(flags) },
  }
}

/** The configuration, or `AppError` 4 that names the first problem and counts the rest. */
export function requireConfig(loaded: LoadedConfig): Config {
  const [first, ...rest] = loaded.problems
  if (first === undefined) return loaded.config
  const place = first.line === null ? first.path : `${first.path}:${first.line}`
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more; see \`tokstat config check\`)`
  const key = first.key === '' || first.message.includes(first.key) ? '' : `${first.key}: `
  const hint = first.suggestion === null ? 'Run `tokstat config check`.' : `Did you mean "${first.suggestion}"?`
  throw new AppError(4, 'bad_config', `${place}: ${key}${first.message}${more}`, hint)
}

/** What the collector runs on. */
export function toPollingSettings(config: Config): PollingSettings {
  const { polling } = config
  const providers = Object.entries(config.providers)
  return {
    timeoutMs: polling.timeout,
    concurrency: polling.concurrency,
    perHost: Math.min(MOST_PER_HOST, polling.concurrency),
    backoffFloorMs: polling.backoff_floor,
    backoffCapMs: polling.backoff_cap,
    staleAfterMs: polling.stale_after,
    intervalMs: Object.fromEntries(providers.map(([id, provider]) => [id, provider.intervalMs])),
    disabledProviders: new Set(providers.flatMap(([id, provider]) => (provider.enabled ? [] : [id]))),
    providerSettings: Object.fromEntries(providers.map(([id, provider]) => [id, provider.settings])),
  }
}

/** What decides how numbers are read. */
export function toRules(config: Config): Rules {
  const { low, medium, balance } = config.levels
  return { levels: { low, medium, balance }, poolGroup: config.pools.group }
}

/** What the alerts run on. */
export function toAlertSettings(config: Config): AlertSettings {
  const { alerts, channels, dead_man } = config
  const isWatched = dead_man.url !== undefined || dead_man.url_file !== undefined
  return {
    rules: alerts,
    channels,
    deadMan: isWatched ? { url: dead_man.url, url_file: dead_man.url_file, intervalMs: dead_man.interval } : null,
  }
}

function providersInForce(
  base: z.output<ConfigSchema>,
  raw: RawConfig,
  options: LoadConfigOptions,
  problems: ConfigProblem[],
): Readonly<Record<string, ProviderConfig>> {
  const tables: Readonly<Record<string, { enabled?: unknown; interval?: unknown }>> = base.providers
  const written = isTable(raw['providers']) ? raw['providers'] : {}
  return Object.fromEntries(
    options.providers.map((provider) => {
      const table = tables[provider.id] ?? {}
      const own = written[provider.id]
      const config: ProviderConfig = {
        enabled: table.enabled !== false,
        intervalMs: intervalInForce(provider, base.polling.interval, table.interval, options),
        settings: ownSettings(provider, isTable(own) ? own : {}, (message) =>
          problems.push({
            path: options.paths.config,
            key: `providers.${provider.id}`,
            line: null,
            message,
            suggestion: null,
          }),
        ),
      }
      return [provider.id, config]
    }),
  )
}

/** The longer one of the provider's default and `[polling]`; its own table may go below; `--interval` beats all. */
function intervalInForce(
  provider: ConfigurableProvider,
  pollingMs: number,
  own: unknown,
  options: LoadConfigOptions,
): number {
  const flag = options.flags?.intervalSeconds
  if (flag !== undefined) {
    const floor = options.environment.upstream === null ? provider.floorSeconds : 0
    return Math.max(1, Math.round(Math.max(flag, floor) * SECOND_MS))
  }
  return typeof own === 'number' ? own : Math.max(provider.intervalSeconds * SECOND_MS, pollingMs)
}

/** Its own keys go through its own schema; a common key it does not know stays as it was written. */
function ownSettings(
  provider: ConfigurableProvider,
  written: RawConfig,
  onProblem: (message: string) => void,
): unknown {
  const shape = shapeOf(provider.settings)
  const rest = Object.entries(written).filter(([key]) => key !== 'enabled' && key !== 'interval')
  const common = Object.fromEntries(rest.filter(([key]) => !(key in shape)))
  try {
    const settings = provider.settings.parse(Object.fromEntries(rest.filter(([key]) => key in shape)))
    return isTable(settings) ? { ...common, ...settings } : settings
  } catch {
    // Each key was fine alone; the provider refuses them together, and its error may quote a value.
    onProblem('These settings do not fit together.')
    return provider.settings.parse({})
  }
}

/** File names: `~` is the home folder, a relative one starts at the folder of config.toml. */
function absolutePaths(config: Config, environment: Environment, configPath: string): Config {
  const paths = environment.platform === 'win32' ? path.win32 : path.posix
  const absolute = (name: string): string =>
    name === '~' || /^~[/\\]/.test(name)
      ? paths.join(environment.home, name.slice(1))
      : paths.resolve(paths.dirname(configPath), name)
  const mended = <T extends object>(table: T): T =>
    Object.assign(
      {},
      ...Object.entries(table).map(([key, value]) => ({
        [key]: typeof value === 'string' && /_file$|^tls_(cert|key)$|^path$/.test(key) ? absolute(value) : value,
      })),
    )
  const channels = Object.entries(config.channels).map(([name, channel]) => [name, mended(channel)] as const)
  return {
    ...config,
    server: mended(config.server),
    dead_man: mended(config.dead_man),
    channels: Object.fromEntries(channels),
  }
}

function leafSources(table: RawConfig, above = ''): Record<string, ConfigSource> {
  const sources: Record<string, ConfigSource> = {}
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value)) Object.assign(sources, leafSources(value, `${above}${key}.`))
    else sources[`${above}${key}`] = 'config.toml'
  }
  return sources
}

function flagSources(flags: ConfigFlags): Record<string, ConfigSource> {
  return {
    ...(flags.host === undefined ? {} : { 'server.host': 'flag' }),
    ...(flags.port === undefined ? {} : { 'server.port': 'flag' }),
    ...(flags.intervalSeconds === undefined ? {} : { 'polling.interval': 'flag' }),
    ...(flags.privacy === undefined ? {} : { 'privacy.enabled': 'flag' }),
  }
}

function isTable(value: unknown): value is RawConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
