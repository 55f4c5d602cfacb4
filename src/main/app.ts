import { type LoadedConfig, requireConfig } from '../config/load.ts'
import type { App, QueryOptions, ServeOptions, Snapshot, SnapshotOptions } from '../model/app.ts'
import { AppError } from '../model/app.ts'
import { type BestDocument, type BestQuery, rankAccounts } from '../model/best.ts'
import type { SourceReport } from '../model/credential.ts'
import type { AccountsDocument } from '../model/document.ts'
import { bestOfDocument } from '../model/document-state.ts'
import type { PastQuery } from '../model/past-document.ts'
import type { Log, RefreshResult } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import { fromIso, SECOND_MS } from '../model/time.ts'
import { createLog } from '../platform/log.ts'
import { jsonFile } from '../platform/store.ts'
import { readVersion } from '../platform/version.ts'
import { type Context, openContext } from './context.ts'
import { type DaemonLink, daemonFiles, findDaemon } from './daemon-link.ts'
import { openStore, readConfig, rulesOf } from './parts.ts'
import { providerInfos } from './provider-info.ts'
import { documentOf, keptDocument, type OneShotOptions, withEngineSoon } from './single-engine.ts'
import { readToken } from './tokens.ts'

/** How long the answer to "is a daemon there?" counts. */
const LOOK_AGAIN_MS = SECOND_MS

/** Builds the program for one command. What a command does not use is not loaded. */
export async function createApp(): Promise<App> {
  const context = openContext()
  const loaded = await readConfig(context)
  return new Program(context, loaded)
}

class Program implements App {
  readonly version = readVersion()
  readonly upstream: string | null
  readonly rules: Rules
  readonly #context: Context
  readonly #loaded: LoadedConfig
  #daemon: { readonly link: Promise<DaemonLink | null>; readonly lookedAt: number } | null = null

  constructor(context: Context, loaded: LoadedConfig) {
    this.#context = context
    this.#loaded = loaded
    this.upstream = context.environment.upstream?.origin ?? null
    this.rules = rulesOf(loaded)
  }

  now = (): ReturnType<App['now']> => this.#context.clock.now()

  async snapshot(options: SnapshotOptions): Promise<Snapshot> {
    const daemon = await this.#findDaemon()
    if (daemon !== null) return this.#daemonSnapshot(daemon, options)
    const once = await withEngineSoon(this.#oneShot(), async (parts) => {
      const progress = options.onProgress === undefined ? {} : { onProgress: options.onProgress }
      await parts.shown.refresh(options.accounts ?? null, { onlyDue: options.mode === 'fresh', ...progress })
      return { document: documentOf(parts, this.#context), sources: parts.shown.sources() }
    })
    if (once !== null) return { ...once, via: 'engine', notice: null }
    return this.#fileSnapshot()
  }

  async #daemonSnapshot({ client }: DaemonLink, options: SnapshotOptions): Promise<Snapshot> {
    if (options.mode === 'refresh') {
      if (options.accounts === undefined) await client.refresh(null)
      else for (const account of options.accounts) await client.refresh(account)
    }
    const document = await client.accounts()
    return { document, via: 'daemon', notice: this.#configNotice(), sources: await this.#sourcesOf(client, document) }
  }

  /** The daemon tells no places: where one matters to a person, this process looks itself. */
  async #sourcesOf(client: DaemonLink['client'], document: AccountsDocument): Promise<readonly SourceReport[]> {
    if (document.accounts.length === 0) return (await this.#discover()).reports
    const broken = (await client.sources()).filter(({ state }) => state === 'unreadable')
    if (broken.length === 0) return []
    const places = (await this.#discover()).reports.filter(({ state }) => state === 'unreadable')
    return broken.map((report) => {
      const at = places.findIndex(({ source }) => source === report.source)
      return { ...report, place: at < 0 ? '' : (places.splice(at, 1)[0]?.place ?? '') }
    })
  }

  /** The daemon goes on with the settings it has; who edits the file must know that they do not count. */
  #configNotice(): string | null {
    const [first] = this.#loaded.problems
    if (first === undefined) return null
    return `config.toml is not valid (${first.message}); the daemon keeps its settings. Run \`tokstat config check\`.`
  }

  /** Another process polls and no daemon answers: what it has written last is all there is. */
  async #fileSnapshot(): Promise<Snapshot> {
    const document = await keptDocument(this.#context, this.rules)
    const empty: AccountsDocument = { schemaVersion: 1, generatedAt: new Date(this.now()).toISOString(), accounts: [] }
    return {
      document: document ?? empty,
      via: 'board-file',
      notice: 'Another tokstat is asking right now; these are the last readings it has written.',
      sources: [],
    }
  }

  async refresh(accounts: readonly string[] | null): Promise<readonly RefreshResult[]> {
    const daemon = await this.#findDaemon()
    if (daemon !== null) return this.#daemonRefresh(daemon, accounts)
    const results = await withEngineSoon(this.#oneShot(), (parts) => parts.shown.refresh(accounts))
    if (results !== null) return results
    throw new AppError(1, 'busy', 'Another tokstat is asking right now.', 'Try again in a moment.')
  }

  async #daemonRefresh({ client }: DaemonLink, accounts: readonly string[] | null): Promise<readonly RefreshResult[]> {
    const answers = []
    for (const account of accounts ?? [null]) answers.push(...(await client.refresh(account)))
    return answers.map((answer) => ({
      account: answer.account,
      provider: answer.account.split('/')[0] ?? '',
      outcome: answer.outcome,
      observedAt: fromIso(answer.observedAt),
      retryAt: fromIso(answer.retryAt),
      problem: answer.problem,
    }))
  }

  async best(query: BestQuery): Promise<BestDocument> {
    const daemon = await this.#findDaemon()
    if (daemon !== null) return daemon.client.best(query)
    const ranked = await withEngineSoon(this.#oneShot(), async ({ shown: engine, rules }) => {
      await engine.refresh(null, { onlyDue: true })
      return rankAccounts(engine.board().accounts, query, this.now(), rules())
    })
    if (ranked !== null) return ranked
    return bestOfDocument((await this.#fileSnapshot()).document, query, this.now(), this.rules)
  }

  async serve(options: ServeOptions): Promise<number> {
    const { runDaemon } = await import('./run-daemon.ts')
    const offerLogin = () => this.#offerLogin()
    const { version } = this
    const startDemo = async () => (await import('./demo.ts')).startDemo(version)
    return runDaemon({ context: this.#context, options, log: this.#log('info'), version, offerLogin, startDemo })
  }

  async #offerLogin(): Promise<void> {
    const [{ offerLogin }, { processIo }] = await Promise.all([
      import('./offer-login.ts'),
      import('../cli/process-io.ts'),
    ])
    const io = processIo({ process, env: { ...process.env }, clock: this.#context.clock })
    return offerLogin(this.login, io, () => process.kill(process.pid, 'SIGINT'))
  }

  async demo(options: Parameters<App['demo']>[0]): Promise<number> {
    const { runDemo } = await import('./demo.ts')
    return runDemo(options, this.version)
  }

  async query(options: QueryOptions): Promise<Awaited<ReturnType<App['query']>>> {
    const { queryAnswers } = await import('./query.ts')
    return queryAnswers(this.#oneShot(), options)
  }

  async providers(): Promise<Awaited<ReturnType<App['providers']>>> {
    const daemon = await this.#findDaemon()
    if (daemon !== null) return daemon.client.providers()
    const { credentials } = await this.#discover()
    return providerInfos(
      this.#loaded.config,
      (id) => new Set(credentials.filter((one) => one.provider === id).map((one) => one.fingerprint)).size,
    )
  }

  async doctor(): Promise<Awaited<ReturnType<App['doctor']>>> {
    const [{ doctorReport }, { openStores }] = await Promise.all([import('./doctor.ts'), import('./own-vault.ts')])
    return doctorReport({
      context: this.#context,
      version: this.version,
      loaded: this.#loaded,
      daemon: await this.#findDaemon(),
      vault: await openStores(this.#context, this.#log('error')).check(),
      sources: (await this.#discover()).reports,
      document: await keptDocument(this.#context, this.rules),
    })
  }

  async explain(): Promise<Awaited<ReturnType<App['explain']>>> {
    const { explainReport } = await import('./explain.ts')
    return explainReport(this.#context, this.#loaded.config)
  }

  async configCheck(): Promise<Awaited<ReturnType<App['configCheck']>>> {
    return { path: this.#context.paths.config, exists: this.#loaded.exists, problems: this.#loaded.problems }
  }

  async configPath(): Promise<Awaited<ReturnType<App['configPath']>>> {
    const { config, dotenv, data, state, runtime } = this.#context.paths
    return { config, dotenv, data, state, runtime }
  }

  async configSchema(): Promise<unknown> {
    const [{ configJsonSchema }, { providers }] = await Promise.all([
      import('../config/json-schema.ts'),
      import('../providers/registry.ts'),
    ])
    return configJsonSchema(providers)
  }

  async accountsSchema(): Promise<unknown> {
    const { accountsSchema } = await import('../server/schemas.ts')
    return accountsSchema()
  }

  async metrics(): Promise<string> {
    const { metricsPageOnce, withoutProcess } = await import('./metrics-once.ts')
    const daemon = await this.#findDaemon()
    if (daemon !== null) return withoutProcess(await daemon.client.metrics())
    const page = await withEngineSoon(this.#oneShot(), (parts) => metricsPageOnce(parts, this.#context, this.version))
    if (page !== null) return withoutProcess(page)
    throw new AppError(1, 'busy', 'Another tokstat is asking right now.', 'Try again in a moment.')
  }

  async writeMetrics(path: string): Promise<void> {
    const page = await this.metrics()
    const [{ writeAtomic }, { cannotWrite }] = await Promise.all([
      import('../platform/store.ts'),
      import('../cli/out-file.ts'),
    ])
    await writeAtomic(path, page, 0o644).catch((error: unknown) => {
      throw cannotWrite(path, error)
    })
  }

  login: App['login'] = async (options, dialog) => (await this.#own()).login(options, dialog)

  removeAccount: App['removeAccount'] = async (account, options) => (await this.#own()).removeAccount(account, options)

  renameAccount: App['renameAccount'] = async (account, name) => (await this.#own()).renameAccount(account, name)

  async #own() {
    const [{ openOwnAccounts }, { openWayOut }, { openHistoryOf }] = await Promise.all([
      import('./own-accounts.ts'),
      import('./parts.ts'),
      import('./keep-history.ts'),
    ])
    const [context, log] = [this.#context, this.#log('error')]
    const config = requireConfig(this.#loaded)
    return openOwnAccounts({
      context,
      log,
      send: openWayOut(context, log),
      openHistory: () => openHistoryOf(context, config, log),
    })
  }

  installService: App['installService'] = async (options) => (await this.#service()).installService(options)

  uninstallService: App['uninstallService'] = async (options) => (await this.#service()).uninstallService(options)

  serviceStatus: App['serviceStatus'] = async () => (await this.#service()).serviceStatus()

  waitForDaemon: App['waitForDaemon'] = async (waitMs) => (await this.#service()).waitForDaemon(waitMs)

  async #service() {
    const { openServiceAccess } = await import('./service/access.ts')
    return openServiceAccess(this.#context)
  }

  loginLink: App['loginLink'] = async () => (await this.#tokens()).loginLink()

  tokenFile: App['tokenFile'] = async () => (await this.#tokens()).tokenFile()

  newToken: App['newToken'] = async (options) => (await this.#tokens()).newToken(options)

  async #tokens() {
    const { createTokenAccess } = await import('./token-access.ts')
    return createTokenAccess(this.#access())
  }

  grafanaDashboards: App['grafanaDashboards'] = async () => (await import('./grafana.ts')).shippedDashboards()

  provisionGrafana: App['provisionGrafana'] = async (options) =>
    (await import('./grafana.ts')).provisionGrafana(options, this.#context.clock)

  history = async (query: PastQuery): ReturnType<App['history']> => (await this.#past()).history(query)

  cycles = async (query: PastQuery): ReturnType<App['cycles']> => (await this.#past()).cycles(query)

  exportHistory: App['exportHistory'] = async (format, query, write) =>
    (await this.#past()).exportHistory(format, query, write)

  backup: App['backup'] = async (path) => (await this.#past()).backup(path)

  verifyBackup: App['verifyBackup'] = async (path) => (await this.#past()).verifyBackup(path)

  alerts: App['alerts'] = async (query) => (await this.#alerts()).alerts(query)

  alertDesk: App['alertDesk'] = async () => (await this.#alerts()).alertDesk()

  testChannel: App['testChannel'] = async (channel) => (await this.#alerts()).testChannel(channel)

  rehearseAlerts: App['rehearseAlerts'] = async (since) => (await this.#alerts()).rehearseAlerts(since)

  switchAccount: App['switchAccount'] = async (account, options) =>
    (await this.#alerts()).switchAccount(account, options)

  async #alerts() {
    const { createAlertAccess } = await import('./alert-access.ts')
    return createAlertAccess({
      ...this.#access(),
      loaded: this.#loaded,
      snapshot: (options) => this.snapshot(options),
    })
  }

  #access() {
    return {
      context: this.#context,
      config: () => requireConfig(this.#loaded),
      log: this.#log('error'),
      daemon: () => this.#findDaemon(),
    }
  }

  async #past() {
    const { createPastAccess } = await import('./past-access.ts')
    return createPastAccess(this.#access())
  }

  live: App['live'] = async (listener) => {
    const { openLive } = await import('./live.ts')
    return openLive({ ...this.#oneShot(), log: await this.#quietLog(), daemon: await this.#look() }, listener)
  }

  dashboard: App['dashboard'] = async (options) => {
    const { runDashboard } = await import('./dashboard.ts')
    const sources = async () => (await this.#discover()).reports
    return runDashboard({ app: this, context: this.#context, config: requireConfig(this.#loaded), sources }, options)
  }

  /** Nothing is written over a screen that is being drawn. */
  async #quietLog(): Promise<Log> {
    return process.stderr.isTTY === true ? (await import('./dashboard.ts')).SILENT_LOG : this.#log('error')
  }

  #oneShot(): OneShotOptions {
    return {
      context: this.#context,
      config: requireConfig(this.#loaded),
      log: this.#log('error'),
      version: this.version,
    }
  }

  /** A command says what matters itself; its log is for who asks for it with TOKSTAT_LOG. */
  #log(quietest: 'info' | 'error'): Log {
    const { environment, clock } = this.#context
    const level = environment.get('TOKSTAT_LOG') === null ? quietest : environment.logLevel
    return createLog(level, process.stderr, clock)
  }

  /** One look a second serves a whole command; who goes on for hours (`mcp`) notices that a daemon has come or gone. */
  #findDaemon(): Promise<DaemonLink | null> {
    const now = this.#context.clock.monotonicMs()
    if (this.#daemon === null || now - this.#daemon.lookedAt >= LOOK_AGAIN_MS) {
      this.#daemon = { link: this.#look(), lookedAt: now }
    }
    return this.#daemon.link
  }

  async #look(): Promise<DaemonLink | null> {
    const { clock, paths } = this.#context
    for (const path of daemonFiles(paths)) {
      const file = jsonFile(path, clock)
      if ((await file.read()) === null) continue
      const token = await readToken(this.#loaded.config.server.token_file, 'server.token_file', clock).catch(() => null)
      const link = await findDaemon(file, token, clock)
      if (link !== null) return link
    }
    return null
  }

  #discover() {
    return openStore(this.#context, this.#log('error')).discover()
  }
}
