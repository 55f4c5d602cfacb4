/**
 * What `import … from 'tokstat'` gives. The types are those of `list --json`, REST and events; semver covers them all.
 */
import { type Client, createClient } from '../client/client.ts'
import type { App } from '../model/app.ts'
import { systemClock } from '../platform/clock.ts'

export type { Client } from '../client/client.ts'
export { ClientError } from '../client/errors.ts'
export type { LiveEvent } from '../client/live.ts'
export type { Alert } from '../model/alerts.ts'
export type {
  LiveSession,
  LiveUpdate,
  ProviderInfo,
  Snapshot,
  SnapshotOptions,
} from '../model/app.ts'
export { AppError } from '../model/app.ts'
export type { BestDocument, BestQuery, Choice } from '../model/best.ts'
export type { AccountDocument, AccountsDocument, QuotaDocument } from '../model/document.ts'
export type { CyclesDocument, HistoryDocument, PastQuery } from '../model/past-document.ts'
export type { RefreshResult } from '../model/ports.ts'
export type { ProblemCode, Status } from '../model/problem.ts'

export interface ConnectOptions {
  /** Where `tokstat serve` answers; default `http://127.0.0.1:8000`. */
  readonly url?: string
  /** The token of the server, when it has one. */
  readonly token?: string | null
  /** Milliseconds a request may take; default 5000, and 30000 for `refresh`. */
  readonly timeoutMs?: number
}

/** A client of a running daemon. Asks nobody yet; its methods throw ClientError. */
export function connect({ url = 'http://127.0.0.1:8000', token = null, timeoutMs }: ConnectOptions = {}): Client {
  return createClient({ url, token, timeoutMs, fetch: globalThis.fetch, clock: systemClock() })
}

/** The engine of this machine, as the command line uses it. Every method may throw AppError. */
export type Tokstat = Pick<
  App,
  'version' | 'snapshot' | 'refresh' | 'best' | 'providers' | 'history' | 'cycles' | 'metrics' | 'live'
>

/**
 * Reads settings, logins and readings of the user that runs this program. Where a daemon runs, it is asked; else the
 * engine runs once in this process, under the same lock and the same waits as every other tokstat here.
 */
export async function openTokstat(): Promise<Tokstat> {
  const { createApp } = await import('./app.ts')
  return createApp()
}
