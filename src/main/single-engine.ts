import type { Config } from '../config/load.ts'
import { type AccountsDocument, toAccountsDocument } from '../model/document.ts'
import type { Log } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import { SECOND_MS } from '../model/time.ts'
import { acquireLock } from '../platform/lock.ts'
import type { Context } from './context.ts'
import { boardOf } from './kept-board.ts'
import { closeEngine, type EngineParts, openEngine } from './parts.ts'

export interface OneShotOptions {
  readonly context: Context
  readonly config: Config
  readonly log: Log
  readonly version: string
}

/**
 * Runs the engine once in this process, under `engine.lock`, and hands it to `work`. Null when another process holds
 * the lock: whoever polls is alone.
 */
async function withEngine<Result>(
  options: OneShotOptions,
  work: (parts: EngineParts) => Promise<Result>,
): Promise<Result | null> {
  const { context, config, log, version } = options
  const lock = await acquireLock(context.paths.engineLock, { role: 'command' }, context.clock)
  if (lock.kind === 'busy') return null
  try {
    const parts = await openEngine(context, config, log, { version })
    try {
      await parts.engine.openOnce()
      return await work(parts)
    } finally {
      await closeEngine(parts)
    }
  } finally {
    await lock.release()
  }
}

/** Like `withEngine`, but waits up to a second for the other command to finish. */
export async function withEngineSoon<Result>(
  options: OneShotOptions,
  work: (parts: EngineParts) => Promise<Result>,
): Promise<Result | null> {
  const { clock } = options.context
  const end = clock.monotonicMs() + SECOND_MS
  for (;;) {
    const result = await withEngine(options, work)
    if (result !== null || clock.monotonicMs() >= end) return result
    await new Promise<void>((done) => clock.after(SECOND_MS / 10, done))
  }
}

/** The board of an engine as the document of contracts section 4.1. */
export function documentOf({ shown, rules }: EngineParts, context: Context): AccountsDocument {
  return toAccountsDocument(shown.board(), context.clock.now(), rules())
}

/** What the last readings were, as they look now and under the names that are shown; null when there are none. */
export async function keptDocument(context: Context, rules: Rules): Promise<AccountsDocument | null> {
  const { clock, paths } = context
  return (await boardOf(paths.shownBoard, clock, rules)) ?? (await boardOf(paths.board, clock, rules))
}
