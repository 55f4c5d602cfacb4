import {
  AppError,
  type Clock,
  DEFAULT_HISTORY_SETTINGS,
  type HistorySettings,
  type HistoryStore,
  type Log,
} from '../model/index.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { createStore } from './store.ts'

export interface OpenHistoryOptions {
  /** The database file; its folder is created. */
  readonly path: string
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
  readonly log: Log
  readonly settings?: Partial<HistorySettings>
  /** `[storage] url`; anything but `sqlite` is a configuration error. */
  readonly url?: string
  /** How a connection is made; tests hand in one that fails. */
  readonly open?: (path: string, options?: DatabaseOptions) => Database
  /** Writes that may wait in memory. */
  readonly mostWaiting?: number
}

/**
 * Opens the history. A place that cannot be written, a damaged file or a newer schema do not stop the program: see
 * `health`. Throws AppError for a wrong `url` (exit 4) and for a SQLite library that damages files (exit 1).
 */
export function openHistory(options: OpenHistoryOptions): HistoryStore {
  checkStorageUrl(options.url ?? 'sqlite')
  const settings = { ...DEFAULT_HISTORY_SETTINGS, ...options.settings }
  return createStore({ ...options, settings })
}

/** Only SQLite can store a history today. */
function checkStorageUrl(url: string): void {
  if (url === 'sqlite') return
  const scheme = /^[a-z0-9+.-]+(?=:)/i.exec(url)?.[0] ?? 'this'
  throw new AppError(
    4,
    'storage_url',
    `storage.url: ${scheme} is not supported; the history is kept in SQLite.`,
    'Set storage.url = "sqlite", or remove the key.',
  )
}
