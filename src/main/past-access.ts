import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Client } from '../client/client.ts'
import type { Config } from '../config/load.ts'
import { copyHistory, verifyBackup } from '../history/backup.ts'
import { type App, AppError, type ExportFormat } from '../model/app.ts'
import type { HistoryQuery, HistoryStore } from '../model/history.ts'
import { type PastQuery, toHistoryDocument } from '../model/past-document.ts'
import type { Log } from '../model/ports.ts'
import { acquireLock } from '../platform/lock.ts'
import { jsonFile } from '../platform/store.ts'
import type { Past } from '../server/deps.ts'
import { readCycles } from '../server/past-cycles.ts'
import { RefusalError } from '../server/problems.ts'
import { readRange } from '../server/query-range.ts'
import type { Context } from './context.ts'
import { openHistoryOf } from './keep-history.ts'
import { pastOf } from './past.ts'
import { privacyKey, privateNames } from './privacy.ts'

type PastAccess = Pick<App, 'history' | 'cycles' | 'exportHistory' | 'backup' | 'verifyBackup'>

export interface PastAccessOptions {
  readonly context: Context
  readonly config: () => Config
  readonly log: Log
  readonly daemon: () => Promise<{ readonly client: Client } | null>
}

type StoreOptions = Pick<PastAccessOptions, 'context' | 'config' | 'log'>

const DEFAULT_POINTS = 500

/** The past for the command line: from the daemon when one runs, else from the file, under `engine.lock`. */
export function createPastAccess(options: PastAccessOptions): PastAccess {
  const { context } = options
  return {
    history: async (query) => {
      const daemon = await options.daemon()
      if (daemon !== null) return daemon.client.history(query)
      return withPast(options, (past) =>
        toHistoryDocument(
          past.store.series({ ...past.hidden(rangeOf(query, context)), points: query.points ?? DEFAULT_POINTS }),
          past.shown,
        ),
      )
    },
    cycles: async (query) => {
      const daemon = await options.daemon()
      if (daemon !== null) return daemon.client.cycles(query)
      return withPast(options, (past) => readCycles(past, past.hidden(rangeOf(query, context))))
    },
    exportHistory: async (format, query, write) => {
      const daemon = await options.daemon()
      if (daemon !== null) return write(await daemon.client.exported(format, query))
      return withPast(options, (past) => writeExport(past, format, past.hidden(rangeOf(query, context)), write))
    },
    // A copy is made beside whoever writes: SQLite's online backup reads a consistent state.
    backup: async (path) => copyHistory(context.paths.history, resolve(context.environment.cwd, path)),
    verifyBackup: async (path) => verifyBackup(resolve(context.environment.cwd, path)),
  }
}

function writeExport(past: Past, format: ExportFormat, query: HistoryQuery, write: (text: string) => void): void {
  const { text } = past.exported(format, query)
  for (let piece = text.next(); piece.done !== true; piece = text.next()) write(piece.value)
}

async function withPast<Result>(
  options: PastAccessOptions,
  read: (past: Past) => Result | Promise<Result>,
): Promise<Result> {
  return withStore(options, async (store) => read(pastOf(store, await namesOf(store, options))))
}

/**
 * Opens the history for one reader: the file itself under `engine.lock`, or, while another process polls, a copy of
 * it, because a history has one writer.
 */
export async function withStore<Result>(
  options: StoreOptions,
  read: (store: HistoryStore) => Result | Promise<Result>,
): Promise<Result> {
  const { context } = options
  const lock = await acquireLock(context.paths.engineLock, { role: 'command' }, context.clock)
  return lock.kind === 'busy' ? withCopy(options, read) : withLocked(lock, options, read)
}

/** Opens the history for one change. Throws AppError while another process polls: a history has one writer. */
export async function withOwnStore<Result>(
  options: StoreOptions,
  change: (store: HistoryStore) => Result | Promise<Result>,
): Promise<Result> {
  const { context } = options
  const lock = await acquireLock(context.paths.engineLock, { role: 'command' }, context.clock)
  if (lock.kind === 'held') return withLocked(lock, options, change)
  const who = lock.by === null ? 'Another process' : `Process ${lock.by.pid}`
  throw new AppError(1, 'busy', `${who} writes the history now and does not answer.`, 'Try again in a moment.')
}

async function withLocked<Result>(
  lock: { release(): Promise<void> },
  { context, config, log }: StoreOptions,
  use: (store: HistoryStore) => Result | Promise<Result>,
): Promise<Result> {
  try {
    const store = openHistoryOf(context, config(), log)
    try {
      return await use(store)
    } finally {
      store.close()
    }
  } finally {
    await lock.release()
  }
}

async function withCopy<Result>(
  { context, config, log }: StoreOptions,
  read: (store: HistoryStore) => Result | Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tokstat-'))
  try {
    const history = join(folder, 'history.db')
    await copyHistory(context.paths.history, history)
    const store = openHistoryOf({ ...context, paths: { ...context.paths, history } }, config(), log)
    try {
      return await read(store)
    } finally {
      store.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Pseudonyms when privacy is on; they are the ones that the daemon shows. */
export async function namesOf(store: HistoryStore, { config, context }: Pick<PastAccessOptions, 'config' | 'context'>) {
  if (!config().privacy.enabled) return null
  const key = await privacyKey(jsonFile(`${context.paths.state}/privacy.json`, context.clock))
  return privateNames(
    store.accounts().map(({ account }) => account),
    key,
  )
}

/** The parameters of a query as instants. Throws AppError 4 for one that cannot be read. */
export function rangeOf(query: PastQuery, { clock }: Pick<Context, 'clock'>): HistoryQuery {
  const { account, quota, since, until } = query
  const parameters: Readonly<Record<string, string | undefined>> = { account, quota, since, until }
  try {
    return readRange((name) => parameters[name], clock.now())
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    throw new AppError(4, 'bad_argument', error.refusal.message, error.refusal.hint)
  }
}
