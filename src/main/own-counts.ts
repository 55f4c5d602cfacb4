import type { OwnMetrics, Renamed } from '../metrics/own.ts'
import type { AccountState, Attempt } from '../model/account.ts'
import type { AttemptRecorder, Engine, FetchEvent, FetchObserver } from '../model/engine.ts'

interface Followed {
  /** Under their real ids. */
  readonly engine: Engine
  /** The same accounts in the same order, under the ids that metrics show. */
  readonly shown: Engine
  readonly own: Pick<OwnMetrics, 'renameAccounts' | 'keepAccounts'>
}

/**
 * Keeps the daemon's own counts under the ids that accounts have now. One that goes on under another id (its service
 * told its name, a person renamed it) has still the very same last attempt. Returns the stop function.
 */
export function followAccounts({ engine, shown, own }: Followed): () => void {
  const idsByAttempt = (): ReadonlyMap<Attempt, string> => {
    const names = shown.board().accounts
    return new Map(
      engine.board().accounts.flatMap(({ attempt }, index) => {
        const id = names[index]?.account.id
        return attempt === null || id === undefined ? [] : [[attempt, id]]
      }),
    )
  }
  let before = idsByAttempt()
  return engine.subscribe(() => {
    const now = idsByAttempt()
    const renamed: Renamed[] = []
    for (const [attempt, to] of now) {
      const from = before.get(attempt)
      if (from !== undefined && from !== to) renamed.push({ from, to })
    }
    before = now
    if (renamed.length > 0) own.renameAccounts(renamed)
    own.keepAccounts(new Set(shown.board().accounts.map(({ account }) => account.id)))
  })
}

/** Counts readings when they are written down: by then an account has the name that its service gave it. */
export function countsReadings(inner: AttemptRecorder, fetched: (event: FetchEvent) => void): AttemptRecorder {
  return {
    record(after) {
      const read = readingOf(after)
      if (read !== null) fetched(read)
      inner.record(after)
    },
  }
}

/** The others: an attempt that failed teaches no name, and some of them are never written down. */
export function countsFailures(fetched: (event: FetchEvent) => void): FetchObserver {
  return {
    fetched(event) {
      if (event.outcome !== 'read') fetched(event)
    },
  }
}

function readingOf({ account, attempt }: AccountState): FetchEvent | null {
  if (attempt === null || attempt.problem !== null) return null
  return { provider: account.provider, account: account.id, outcome: 'read', tookMs: attempt.tookMs }
}
