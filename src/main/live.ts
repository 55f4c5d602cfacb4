import type { LiveEvent } from '../client/live.ts'
import type { LiveSession, LiveUpdate } from '../model/app.ts'
import { AppError } from '../model/app.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { toHistoryDocument } from '../model/past-document.ts'
import type { RefreshResult } from '../model/ports.ts'
import { fromIso, SECOND_MS } from '../model/time.ts'
import { acquireLock } from '../platform/lock.ts'
import { readCycles } from '../server/past-cycles.ts'
import type { DaemonLink } from './daemon-link.ts'
import { closeEngine, openEngine } from './parts.ts'
import { pastOf } from './past.ts'
import { rangeOf } from './past-access.ts'
import { documentOf, keptDocument, type OneShotOptions } from './single-engine.ts'

export interface LiveOptions extends OneShotOptions {
  readonly daemon: DaemonLink | null
}

type Listener = (event: LiveUpdate) => void

const POINTS = 500
/** How often what another process writes is looked at. */
const LOOK_AGAIN_MS = 2 * SECOND_MS

/**
 * Follows the accounts: the daemon's events when one runs, else an engine of our own under `engine.lock`, else (some
 * other command polls just now) the file that it writes. Whoever polls is alone in every case.
 */
export async function openLive(options: LiveOptions, listener: Listener): Promise<LiveSession> {
  if (options.daemon !== null) return followDaemon(options.daemon, listener)
  const lock = await acquireLock(options.context.paths.engineLock, { role: 'command' }, options.context.clock)
  if (lock.kind === 'busy') return followFile(options, listener)
  try {
    return await followEngine(options, listener, () => lock.release())
  } catch (error) {
    await lock.release()
    throw error
  }
}

function followDaemon({ client }: DaemonLink, listener: Listener): LiveSession {
  const stop = new AbortController()
  let document: AccountsDocument | null = null
  const onEvent = (event: LiveEvent): void => {
    if (event.kind === 'connection') listener(event)
    else if (event.kind === 'alert') listener({ kind: 'alert' })
    else {
      document = next(document, event)
      if (document !== null && event.kind !== 'heartbeat') listener({ kind: 'document', document })
    }
  }
  // It rejects only when the token is refused for good; then nothing that is shown can be current.
  const following = client.events(onEvent, stop.signal).catch(() => listener({ kind: 'connection', state: 'lost' }))
  return {
    via: 'daemon',
    refresh: async (accounts) => {
      const answers = []
      for (const account of accounts ?? [null]) answers.push(...(await client.refresh(account)))
      return answers.map(
        (answer): RefreshResult => ({
          ...answer,
          provider: answer.account.split('/')[0] ?? '',
          observedAt: fromIso(answer.observedAt),
          retryAt: fromIso(answer.retryAt),
        }),
      )
    },
    history: (query) => client.history(query),
    cycles: (query) => client.cycles(query),
    alerts: () => client.alerts(),
    close: async () => {
      stop.abort()
      await following
    },
  }
}

function next(document: AccountsDocument | null, event: LiveEvent): AccountsDocument | null {
  if (event.kind === 'snapshot') return event.document
  if (event.kind !== 'account' || document === null) return document
  return { ...document, accounts: withAccount(document.accounts, event.account) }
}

function withAccount(accounts: readonly AccountDocument[], account: AccountDocument): readonly AccountDocument[] {
  const at = accounts.findIndex((one) => one.id === account.id)
  return at < 0 ? [...accounts, account] : accounts.with(at, account)
}

async function followEngine(
  options: LiveOptions,
  listener: Listener,
  release: () => Promise<unknown>,
): Promise<LiveSession> {
  const { context, config, log, version } = options
  const parts = await openEngine(context, config, log, { version })
  const past = pastOf(parts.history, parts.view)
  const tell = (): void => listener({ kind: 'document', document: documentOf(parts, context) })
  const unsubscribe = parts.shown.subscribe(tell)
  await parts.engine.start()
  tell()
  return {
    via: 'engine',
    refresh: (accounts) => parts.shown.refresh(accounts),
    history: async (query) => {
      const range = past.hidden(rangeOf(query, context))
      return toHistoryDocument(past.store.series({ ...range, points: query.points ?? POINTS }), past.shown)
    },
    cycles: async (query) => readCycles(past, past.hidden(rangeOf(query, context))),
    // A one-shot run fires none (contracts section 8).
    alerts: async () => null,
    close: async () => {
      unsubscribe()
      await closeEngine(parts)
      await release()
    },
  }
}

async function followFile({ context, config }: LiveOptions, listener: Listener): Promise<LiveSession> {
  const { clock } = context
  const { toRules } = await import('../config/load.ts')
  const rules = toRules(config)
  let last = ''
  let isOver = false
  const look = async (): Promise<void> => {
    const document = await keptDocument(context, rules)
    const text = JSON.stringify(document?.accounts)
    if (document !== null && text !== last && !isOver) listener({ kind: 'document', document })
    last = text
    if (!isOver) timer = clock.after(LOOK_AGAIN_MS, () => void look())
  }
  let timer = clock.after(0, () => void look())
  const busy = async (): Promise<never> => {
    throw new AppError(1, 'busy', 'Another tokstat is asking right now.', 'Try again in a moment.')
  }
  return {
    via: 'board-file',
    refresh: busy,
    history: busy,
    cycles: busy,
    alerts: async () => null,
    close: async () => {
      isOver = true
      timer.cancel()
    },
  }
}
