import { rm } from 'node:fs/promises'
import { createBoardFile } from '../collector/board-file.ts'
import { createEngine, type RunningEngine } from '../collector/engine.ts'
import { type Config, type LoadedConfig, loadConfig, toPollingSettings, toRules } from '../config/load.ts'
import { environmentKeys, openCodeKeys } from '../credentials/key-names.ts'
import type { ConfiguredClient, CredentialPorts, SourceEnvironment } from '../credentials/ports.ts'
import { createCredentialStore } from '../credentials/store.ts'
import { type ForecastBook, openForecastBook } from '../forecast/book.ts'
import { toAccountsDocument } from '../model/document.ts'
import type { Engine, FetchEvent, FetchObserver } from '../model/engine.ts'
import type { HistoryStore } from '../model/history.ts'
import type { CredentialStore, Log, SendHttp } from '../model/ports.ts'
import { DEFAULT_RULES, type Rules } from '../model/settings.ts'
import { createSendHttp } from '../platform/http.ts'
import { random } from '../platform/process.ts'
import { useProxyFromEnvironment, useSystemCertificates } from '../platform/proxy.ts'
import { jsonFile } from '../platform/store.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { handedFile } from './handed.ts'
import { type Alongside, historyRecorder, openHistoryOf } from './keep-history.ts'
import { boardOf } from './kept-board.ts'
import { openLocalHost } from './local-host.ts'
import { countsFailures, countsReadings } from './own-counts.ts'
import { openOwnAccess } from './own-vault.ts'
import { type PrivateView, privacyKey, privateView } from './privacy.ts'
import { systemPorts } from './system-ports.ts'

/** Flags of the command line that are configuration. */
export interface Flags {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly intervalSeconds?: number | undefined
  readonly privacy?: boolean | undefined
}

/** Reads config.toml as it is now. */
export function readConfig(context: Context, flags: Flags = {}): Promise<LoadedConfig> {
  return loadConfig({ paths: context.paths, environment: context.environment, providers, flags })
}

/** What the sources must know of this machine and its user. */
export function sourceEnvironment({ environment }: Context): SourceEnvironment {
  const { get, owners, windows } = environment
  return {
    platform: environment.platform,
    home: environment.home,
    cwd: environment.cwd,
    xdgConfigHome: get('XDG_CONFIG_HOME'),
    xdgDataHome: get('XDG_DATA_HOME'),
    xdgCacheHome: get('XDG_CACHE_HOME'),
    appData: environment.platform === 'win32' ? windows.appData : null,
    localAppData: environment.platform === 'win32' ? windows.localAppData : null,
    openCodeConfigDir: owners.opencodeConfigDir,
    claudeConfigDir: owners.claudeConfigDir,
    claudeSecureStorageConfigDir: get('CLAUDE_SECURESTORAGE_CONFIG_DIR'),
    codexHome: owners.codexHome,
    userName: get('USER') ?? get('LOGNAME'),
    geminiCliHome: owners.geminiCliHome,
    googleClients: configuredClients(environment),
    fallbackProjects: fallbackProjects(get),
    keys: environmentKeys(providers, environment),
    openCodeKeys: openCodeKeys(providers),
    antigravityPortable: get('VSCODE_PORTABLE'),
    ghConfigDir: get('GH_CONFIG_DIR'),
    providers: new Map(providers.map((provider) => [provider.id, provider.auth])),
  }
}

function configuredClients({ googleClients, originOf }: Context['environment']): readonly ConfiguredClient[] {
  const named = [
    ...googleClients.antigravity.map((client) => ({ provider: 'antigravity', client })),
    ...googleClients.geminiCli.map((client) => ({ provider: 'gemini-cli', client })),
  ]
  return named.map(({ provider, client }) => ({
    provider,
    id: client.id,
    secret: client.secret,
    origin: `${client.origin} (${originOf(client.origin) ?? 'environment'})`,
  }))
}

type Lookup = (name: string) => string | null

function fallbackProjects(get: Lookup): Record<string, string> {
  const shared = get('GOOGLE_CLOUD_PROJECT') ?? get('GOOGLE_CLOUD_PROJECT_ID')
  const named = {
    antigravity: get('OPENCODE_AGY_PROJECT_ID') ?? shared,
    'gemini-cli': get('OPENCODE_GEMINI_PROJECT_ID') ?? shared,
  }
  return Object.fromEntries(Object.entries(named).flatMap(([id, project]) => (project === null ? [] : [[id, project]])))
}

/** The machine as the sources of logins see it. Without `keychain`, other tools' entries there are left alone. */
export function openCredentialPorts(
  { environment, clock }: Context,
  log: Log,
  { keychain = true }: { readonly keychain?: boolean } = {},
): CredentialPorts {
  const ports = systemPorts({ clock, log, get: environment.get, platform: environment.platform })
  return keychain ? ports : { ...ports, readKeychain: async () => ({ kind: 'absent' }) }
}

/** The logins of this machine. */
export function openStore(
  context: Context,
  log: Log,
  ports: CredentialPorts = openCredentialPorts(context, log),
): CredentialStore {
  return createCredentialStore({
    environment: sourceEnvironment(context),
    ports,
    own: openOwnAccess(context, log),
  })
}

/** The one way out, through the proxies and certificates of this machine. */
export function openWayOut({ environment, clock }: Context, log: Log): SendHttp {
  const proxy = useProxyFromEnvironment(environment.proxyVariables())
  if (proxy !== null) log.info('requests go through a proxy', { https: proxy.https, http: proxy.http })
  useSystemCertificates()
  if (environment.upstream !== null) log.warn('requests go to an upstream', { upstream: environment.upstream.origin })
  return createSendHttp({ clock, upstream: environment.upstream, log })
}

export interface EngineParts {
  readonly engine: RunningEngine
  /** What every surface shows: the engine itself, or the one under pseudonyms. */
  readonly shown: Engine
  /** Null without privacy. */
  readonly view: PrivateView | null
  /** What was; also written by `record` at every attempt. */
  readonly history: HistoryStore
  readonly book: ForecastBook
  readonly store: CredentialStore
  /** The rules in force; follows a reload. */
  readonly rules: () => Rules
  /** New settings count at once. */
  reconfigure(config: Config): void
}

const NOBODY: FetchObserver = { fetched: () => undefined }

export interface EngineOptions {
  readonly version: string
  readonly observer?: FetchObserver
  /** Told how many samples a reading has stored. */
  readonly onStored?: (samples: number) => void
  /** What goes into each reading's transaction; asked for at each, because it is made after the engine. */
  readonly alongside?: () => Alongside | undefined
}

/** The engine, connected to this machine, with its history. The caller holds `engine.lock`, and calls `closeEngine`. */
export async function openEngine(
  context: Context,
  config: Config,
  log: Log,
  options: EngineOptions,
): Promise<EngineParts> {
  const { paths, clock } = context
  const history = openHistoryOf(context, config, log)
  const book = openForecastBook({ history, log })
  let rules: Rules = { ...toRules(config), forecast: book.lookup }
  const kept = await boardOf(paths.board, clock, rules)
  if (kept !== null) book.restore(kept)
  const store = openStore(context, log)
  let observer = options.observer ?? NOBODY
  const fetched = (event: FetchEvent): void => observer.fetched(event)
  const engine = createEngine({
    clock,
    random,
    log,
    send: openWayOut(context, log),
    store,
    providers: context.providers ?? providers,
    settings: toPollingSettings(config),
    rules: () => rules,
    files: {
      board: jsonFile(paths.board, clock),
      cooldowns: jsonFile(paths.cooldowns, clock),
      logins: jsonFile(`${paths.state}/identities.json`, clock),
    },
    observer: countsFailures(fetched),
    recorder: countsReadings(
      historyRecorder({
        history,
        book,
        onStored: options.onStored ?? (() => undefined),
        alongside: options.alongside ?? (() => undefined),
      }),
      fetched,
    ),
    version: options.version,
    platform: { os: process.platform, arch: process.arch },
    local: openLocalHost(context),
    handed: (provider) => handedFile(context, provider).read(),
  })
  const view = config.privacy.enabled
    ? privateView(engine, await privacyKey(jsonFile(`${paths.state}/privacy.json`, clock)))
    : null
  if (view !== null) observer = view.observe(observer)
  const shown = view?.engine ?? engine
  let shownRules = rulesUnder(view, rules)
  await keepShownBoard({ engine: shown, context, log, isPrivate: view !== null, rules: () => shownRules })
  return {
    engine,
    shown,
    view,
    history,
    store,
    book,
    rules: () => shownRules,
    reconfigure: (next) => {
      rules = { ...toRules(next), forecast: book.lookup }
      shownRules = rulesUnder(view, rules)
      engine.reconfigure(toPollingSettings(next))
    },
  }
}

/** The rules for what is shown: with privacy, accounts are asked for by their pseudonyms. */
function rulesUnder(view: PrivateView | null, rules: Rules): Rules {
  const { forecast } = rules
  if (view === null || forecast === undefined) return rules
  return {
    ...rules,
    forecast: (account, quota) => {
      const found = forecast(view.real(account), quota)
      return found && { ...found, account }
    },
  }
}

/** Ends what `openEngine` began. */
export async function closeEngine({ engine, history }: Pick<EngineParts, 'engine' | 'history'>): Promise<void> {
  await engine.stop()
  history.close()
}

interface ShownBoard {
  readonly engine: Engine
  readonly context: Context
  readonly log: Log
  readonly isPrivate: boolean
  readonly rules: () => Rules
}

/** With privacy a second file holds what `--cached` and status lines may print; without it there is none. */
async function keepShownBoard({ engine, context, log, isPrivate, rules }: ShownBoard): Promise<void> {
  const { clock, paths } = context
  const path = paths.shownBoard
  if (!isPrivate) {
    await rm(path, { force: true })
    return
  }
  const document = () => toAccountsDocument(engine.board(), clock.now(), rules())
  const file = createBoardFile({ file: jsonFile(path, clock), clock, log, document })
  engine.subscribe(() => file.changed())
}

/** The rules for a command that only shows: the file's, or the defaults when the file is wrong. */
export function rulesOf(loaded: LoadedConfig): Rules {
  return loaded.problems.length > 0 ? DEFAULT_RULES : toRules(loaded.config)
}
