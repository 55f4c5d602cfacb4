import type { Config } from '../config/load.ts'
import type { ForecastBook } from '../forecast/book.ts'
import { openHistory } from '../history/open.ts'
import type { AccountState } from '../model/account.ts'
import type { AttemptRecorder } from '../model/engine.ts'
import type { HistoryCommit, HistoryStore, HistoryTx } from '../model/history.ts'
import type { Clock, Log } from '../model/ports.ts'
import { MINUTE_MS, SECOND_MS } from '../model/time.ts'
import type { Context } from './context.ts'

/** The history of this machine, by `[storage]`. Throws AppError for settings that no store can keep. */
export function openHistoryOf({ paths, clock }: Context, config: Config, log: Log): HistoryStore {
  const { url, raw_retention, rollup_retention, max_size } = config.storage
  return openHistory({
    path: paths.history,
    clock,
    log,
    url,
    settings: { rawRetentionMs: raw_retention, rollupRetentionMs: rollup_retention, maxBytes: max_size },
  })
}

/** What one finished attempt writes down. A value that was only kept is not a new one. */
function commitOf(state: AccountState): HistoryCommit | null {
  const { account, attempt, reading, observedAt } = state
  if (attempt === null) return null
  const isRead = attempt.problem === null && reading !== null
  return {
    at: attempt.at,
    account,
    reading: isRead
      ? { notes: reading.notes, quotas: reading.quotas.filter((quota) => quota.observedAt === null) }
      : null,
    observedAt: isRead ? observedAt : null,
    problem: attempt.problem?.code ?? null,
  }
}

/** Every finished attempt goes into the history before the board shows it. */
export function historyRecorder(options: RecorderOptions): AttemptRecorder {
  const { history, book } = options
  return {
    record: (after) => {
      const commit = commitOf(after)
      if (commit === null) return
      const alongside = options.alongside()
      const { stored, events } = history.record(commit, alongside && ((tx) => alongside.write(after, tx)))
      options.onStored(stored)
      book.follow(after, events)
      alongside?.done()
    },
  }
}

/** What is written in the same transaction as a reading: the alerts that it makes fire. */
export interface Alongside {
  write(after: AccountState, tx: HistoryTx): void
  /** The transaction is on disk. */
  done(): void
}

export interface RecorderOptions {
  readonly history: HistoryStore
  readonly book: ForecastBook
  /** Told how many samples a reading has stored. */
  readonly onStored: (samples: number) => void
  readonly alongside: () => Alongside | undefined
}

/** Rolls up, forgets and checkpoints about once a minute, in small pieces. Returns the stop function. */
export function maintainHistory(history: HistoryStore, clock: Clock, log: Log): () => void {
  let timer = clock.after(SECOND_MS, work)
  function work(): void {
    let wait = MINUTE_MS
    try {
      if (history.maintain(clock.now()).more) wait = SECOND_MS
    } catch (error) {
      log.error('the history could not be tidied', { error: error instanceof Error ? error.message : 'unknown error' })
    }
    timer = clock.after(wait, work)
  }
  return () => timer.cancel()
}
