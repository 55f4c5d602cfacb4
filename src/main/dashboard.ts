import type { Config } from '../config/load.ts'
import { providerTitle } from '../format/provider-names.ts'
import type { App, DashboardOptions, LiveSession, LiveUpdate } from '../model/app.ts'
import type { SourceReport } from '../model/credential.ts'
import type { Log } from '../model/ports.ts'
import { jsonFile } from '../platform/store.ts'
import type { DashboardDeps } from '../tui/session.ts'
import type { KeptUi } from '../tui/ui-state.ts'
import type { Context } from './context.ts'

export interface DashboardParts {
  readonly app: App
  readonly context: Context
  readonly config: Config
  readonly sources: () => Promise<readonly SourceReport[]>
}

/** Written over the screen it would only tear it; what matters stands on the screen itself. */
export const SILENT_LOG: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** `tokstat dashboard`: until its user leaves, a signal comes, or something breaks; the terminal is restored in each case. */
export async function runDashboard(parts: DashboardParts, options: DashboardOptions): Promise<number> {
  const { app } = parts
  const pending: LiveUpdate[] = []
  let tell = (event: LiveUpdate): void => void pending.push(event)
  const session = await openSession(app, (event) => tell(event))
  const deps = await depsOf(parts, options, session)
  const stops: (() => void)[] = []
  try {
    const running = options.plain
      ? (await import('../tui/plain.ts')).startPlain(deps, options)
      : (await import('../tui/start.tsx')).startDashboard(deps, process)
    tell = (event) => running.update(event)
    for (const event of pending) tell(event)
    stops.push(
      options.onInterrupt(() => running.quit()),
      onFault(running.fail),
    )
    await running.done
    return 0
  } finally {
    for (const stop of stops) stop()
    await session.close()
  }
}

/** A fault anywhere ends the screen first and is told afterwards: on the alternate screen nobody would ever read it. */
function onFault(fail: (error: unknown) => void): () => void {
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  return () => {
    process.off('uncaughtException', fail)
    process.off('unhandledRejection', fail)
  }
}

/** A session that can be closed for a while: what needs `engine.lock` for itself gets it, and then it goes on. */
interface PausableSession extends LiveSession {
  paused<Result>(work: () => Promise<Result>): Promise<Result>
}

async function openSession(app: App, listener: (event: LiveUpdate) => void): Promise<PausableSession> {
  let session = await app.live(listener)
  return {
    get via() {
      return session.via
    },
    refresh: (accounts) => session.refresh(accounts),
    history: (query) => session.history(query),
    cycles: (query) => session.cycles(query),
    alerts: () => session.alerts(),
    close: () => session.close(),
    async paused(work) {
      if (session.via !== 'engine') return work()
      await session.close()
      try {
        return await work()
      } finally {
        session = await app.live(listener)
      }
    },
  }
}

async function depsOf(
  { app, context, sources }: DashboardParts,
  options: DashboardOptions,
  session: PausableSession,
): Promise<DashboardDeps> {
  const settings = jsonFile(context.paths.settings, context.clock)
  return {
    clock: context.clock,
    rules: app.rules,
    timeZone: options.timeZone,
    upstream: app.upstream,
    color: options.color,
    session,
    providers: () => app.providers(),
    sources,
    alerts: () => session.alerts(),
    rename: async (account, name) => void (await session.paused(() => app.renameAccount(account, name))),
    remove: async (account) => void (await session.paused(() => app.removeAccount(account, { purge: false }))),
    login: (provider, name) => login(app, options, provider, name),
    kept: keptUi(await settings.read()),
    keep: async (ui) => {
      const content = await settings.read()
      const { order, ...dashboard } = ui
      await settings.write({ ...(isFields(content) ? content : {}), accountOrder: order, dashboard })
    },
  }
}

/** On the normal screen, with the same words as `tokstat login`. */
async function login(app: App, options: DashboardOptions, provider: string, name: string | null): Promise<string> {
  const { dialog, close } = options.openDialog()
  try {
    dialog.say(`Logging in to ${providerTitle(provider)}. Ctrl-C goes back to the dashboard.`)
    const account = await app.login({ provider, name, replace: false, browser: true, keyFromStdin: false }, dialog)
    return `${account.id} added successfully; its secret is kept in ${account.keptIn}.`
  } finally {
    close()
  }
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keptUi(content: unknown): KeptUi {
  const fields = isFields(content) ? content : {}
  const { accountOrder, dashboard } = fields as { accountOrder?: unknown; dashboard?: unknown }
  const ui = isFields(dashboard) ? dashboard : {}
  const text = (name: string): string | null => (typeof ui[name] === 'string' ? ui[name] : null)
  return {
    order: Array.isArray(accountOrder) ? accountOrder.filter((id) => typeof id === 'string') : [],
    theme: text('theme'),
    sort: text('sort'),
    numbers: text('numbers'),
  }
}
