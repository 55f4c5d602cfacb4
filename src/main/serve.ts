import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { type Config, requireConfig } from '../config/load.ts'
import { watchConfig } from '../config/watch-config.ts'
import { createOwnMetrics } from '../metrics/own.ts'
import { createMetricsPage } from '../metrics/page.ts'
import { AppError, type ServeOptions } from '../model/app.ts'
import type { Engine } from '../model/engine.ts'
import type { Log } from '../model/ports.ts'
import { acquireLock } from '../platform/lock.ts'
import { jsonFile } from '../platform/store.ts'
import { watchPlaces } from '../platform/watch.ts'
import { allowedHostsOf, assertSafeBind } from '../server/address.ts'
import type { About } from '../server/deps.ts'
import { createEventHub } from '../server/events.ts'
import { createHttpServer } from '../server/front.ts'
import { createLoginLinks } from '../server/login-links.ts'
import { openSessions } from '../server/sessions.ts'
import { loadWebAssets } from '../server/web-assets.ts'
import { rehearseNow } from './alert-commands.ts'
import { openAlerts } from './alert-parts.ts'
import type { Context } from './context.ts'
import { type DemoBeside, demoBeside, type RunningDemo } from './demo-beside.ts'
import { type Alongside, maintainHistory } from './keep-history.ts'
import { type Listening, listenOn } from './listen.ts'
import { followAccounts } from './own-counts.ts'
import { type EngineParts, type Flags, openEngine, readConfig } from './parts.ts'
import { pastOf } from './past.ts'
import { providerInfos } from './provider-info.ts'
import { openToggles } from './toggles.ts'
import { readToken } from './tokens.ts'
import { webFolder } from './web-folder.ts'
import { pageWords } from './words.ts'

export interface Daemon {
  readonly url: string
  readonly engine: Engine
  /** Stops everything in order: no new request, no new poll, files written, lock freed. Within 5 s. */
  stop(): Promise<void>
}

export interface DaemonOptions {
  readonly context: Context
  readonly options: ServeOptions
  readonly log: Log
  readonly version: string
  /** Starts invented accounts beside this daemon, for a person who asks for them in the page. */
  readonly startDemo?: (() => Promise<RunningDemo>) | undefined
  /** Only of a demo: makes up what was before its accounts were read. Returns the stop function. */
  readonly writePast?: WritePast | undefined
}

type WritePast = (parts: Pick<EngineParts, 'engine' | 'history'>) => () => void

/**
 * Starts the daemon: it answers before the first poll has finished. Throws AppError 4 for settings it must not run
 * with, 1 for a taken port or when another process already polls.
 */
export async function startDaemon(daemon: DaemonOptions): Promise<Daemon> {
  const { context, options, log, version, startDemo, writePast } = daemon
  const flags: Flags = {
    host: options.host,
    port: options.port,
    intervalSeconds: options.intervalSeconds,
    ...(options.privacy ? { privacy: true } : {}),
  }
  const config = requireConfig(await readConfig(context, flags))
  const token = await readToken(config.server.token_file, 'server.token_file', context.clock)
  const metricsToken = await readToken(config.server.metrics_token_file, 'server.metrics_token_file', context.clock)
  assertSafeBind(config.server.host, token)
  const lock = await acquireLock(context.paths.engineLock, { role: 'daemon' }, context.clock)
  if (lock.kind === 'busy') throw alreadyRunning(lock.by?.pid ?? null)
  const undo: (() => Promise<unknown> | unknown)[] = [() => lock.release()]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const notes: Notes = {
      startedAt: context.clock.now(),
      demo: options.demo === true,
      configProblems: [],
      restartNeeded: [],
    }
    const web = options.web
    const demo = startDemo === undefined ? undefined : demoBeside(startDemo, context.clock)
    if (demo !== undefined) undo.push(() => demo.stop())
    const about = (): About => notes
    const parts = await assemble(
      { context, config, log, version, token, metricsToken, web, about, demo, writePast },
      undo,
    )
    const { reconfigure, noted } = parts
    undo.push(followConfig({ context, config, log, flags, notes, reconfigure, noted }))
    return { url: parts.listening.url, engine: parts.engine, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What is told about this run; kept up to date by whoever learns it. */
type Notes = { -readonly [Key in keyof About]: About[Key] }

interface Assembly {
  readonly context: Context
  readonly config: Config
  readonly log: Log
  readonly version: string
  readonly token: string | null
  readonly metricsToken: string | null
  readonly web: boolean
  readonly about: () => About
  readonly demo: DemoBeside | undefined
  readonly writePast: WritePast | undefined
}

interface Assembled extends Pick<EngineParts, 'reconfigure'> {
  /** Tells the pages that something about this run is another. */
  readonly noted: () => void
  readonly engine: Engine
  readonly listening: Listening
}

/** Connects engine, metrics and server, listens, and only then starts to poll. What must be undone goes to `undo`. */
async function assemble(assembly: Assembly, undo: (() => Promise<unknown> | unknown)[]): Promise<Assembled> {
  const { context, config, log, version } = assembly
  const { clock, paths } = context
  const own = createOwnMetrics({ version, clock })
  let alongside: Alongside | undefined
  const parts = await openEngine(context, config, log, {
    version,
    observer: own,
    onStored: own.historySamples,
    alongside: () => alongside,
  })
  const { shown: engine, history, view } = parts
  undo.push(() => history.close())
  undo.push(maintainHistory(history, clock, log))
  undo.push(followAccounts({ engine: parts.engine, shown: engine, own }))
  undo.push(assembly.writePast?.(parts) ?? (() => undefined))
  const events = createEventHub({ engine, clock, rules: parts.rules })
  const instance = randomUUID()
  let current = config
  let listening: Listening | null = null
  const alerting = openAlerts({
    context,
    log,
    history,
    config: () => current,
    rules: parts.rules,
    sources: { board: () => parts.engine.board(), forecast: parts.book.lookup },
    shown: (id) => view?.shown(id) ?? id,
    hide: (text, account) => view?.hide(text, account) ?? text,
    publish: (alert) => events.publish('alert', alert),
    counted: own.alert,
    link: () => listening?.url ?? null,
  })
  alongside = alerting.alongside
  const server = createHttpServer({
    engine,
    clock,
    rules: parts.rules,
    metricsPage: createMetricsPage({
      engine,
      rules: parts.rules,
      clock,
      own,
      forecast: (account, quota) => parts.rules().forecast?.(account, quota) ?? null,
    }),
    own,
    events,
    past: pastOf(history, view),
    alerts: alerting.alerts,
    rehearse: (since) => rehearseNow(since, current, history, (id) => view?.shown(id) ?? id),
    toggles: await openToggles(jsonFile(paths.settings, clock)),
    providers: () =>
      providerInfos(current, (id) => engine.board().accounts.filter((one) => one.account.provider === id).length),
    version,
    instance,
    upstream: context.environment.upstream?.origin ?? null,
    token: assembly.token,
    metricsToken: assembly.metricsToken,
    allowedHosts: allowedHostsOf(config.server.host, config.server.allowed_hosts),
    trustedProxies: config.server.trusted_proxies,
    basePath: config.server.base_path,
    log,
    sessions:
      assembly.token === null
        ? undefined
        : await openSessions({ clock, token: assembly.token, file: jsonFile(`${paths.state}/sessions.json`, clock) }),
    links: assembly.token === null ? undefined : createLoginLinks(clock),
    about: assembly.about,
    demo: assembly.demo?.url,
    web: assembly.web ? loadWebAssets(webFolder(), config.server.base_path) : null,
    words: pageWords(null),
    privacy: config.privacy.enabled,
    // The history is open before the port is: it has nothing to be waited for.
    readiness: [],
  })
  const opened = await listenOn(server, config.server, () => events.stop())
  listening = opened
  undo.push(() => opened.close())
  const daemonFile = jsonFile(paths.daemon, clock)
  await daemonFile.write({ url: opened.url, pid: process.pid, instance })
  undo.push(() => rm(paths.daemon, { force: true }))
  undo.push(alerting.start(parts.engine))
  undo.push(() => parts.engine.stop())
  await parts.engine.start()
  return {
    engine,
    listening: opened,
    noted: () => events.beat(),
    reconfigure: (next) => {
      current = next
      parts.reconfigure(next)
    },
  }
}

interface Following {
  readonly context: Context
  readonly config: Config
  readonly log: Log
  readonly flags: Flags
  readonly notes: Notes
  readonly reconfigure: (config: Config) => void
  readonly noted: () => void
}

/** Hot reload: a valid change counts at once, an invalid one changes nothing and is a warning. */
function followConfig({ context, config, log, flags, notes, reconfigure, noted }: Following): () => void {
  return watchConfig({
    initial: config,
    load: async () => {
      const loaded = await readConfig(context, flags)
      notes.configProblems = loaded.problems
      return loaded
    },
    watch: (onChange) =>
      watchPlaces([context.paths.config, context.paths.dotenv], onChange, { clock: context.clock, log }),
    onEvent: (event) => {
      if (event.kind === 'invalid') {
        const [first] = event.problems
        log.warn('config.toml is not valid, the settings stay as they were', {
          key: first?.key,
          line: first?.line,
          problem: first?.message,
        })
        noted()
        return
      }
      reconfigure(event.config)
      notes.restartNeeded = [...new Set([...notes.restartNeeded, ...event.restartNeeded])]
      log.info('config.toml was read again')
      for (const key of event.restartNeeded) log.warn('this setting needs a restart', { key })
      noted()
    },
  })
}

function alreadyRunning(pid: number | null): AppError {
  const who = pid === null ? 'Another process' : `Process ${pid}`
  return new AppError(
    1,
    'already_running',
    `${who} already polls for this data folder.`,
    'Use it (tokstat list reads it), or stop it first.',
  )
}
