/** An engine whose board a test sets by hand; it keeps the promises of `model/engine.ts` and asks nobody. */
import type { Board, BoardChange, Engine, RefreshResult } from '../../src/model/index.ts'

export interface FakeEngine extends Engine {
  /** Publishes a board as the next revision. */
  publish(board: Board): void
  /** What each call of `refresh` asked for. */
  readonly asked: (readonly string[] | null)[]
  /** Replaces what `refresh` does. */
  onRefresh(run: (accounts: readonly string[] | null) => Promise<readonly RefreshResult[]>): void
  setReady(ready: boolean): void
}

export function createFakeEngine(initial: Board): FakeEngine {
  let board = initial
  let revision = 1
  let ready = true
  let refresh: (accounts: readonly string[] | null) => Promise<readonly RefreshResult[]> = async () => []
  const listeners = new Set<(change: BoardChange) => void>()
  const asked: (readonly string[] | null)[] = []
  return {
    board: () => board,
    revision: () => revision,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async refresh(accounts) {
      asked.push(accounts)
      return refresh(accounts)
    },
    sources: () => [],
    isReady: () => ready,
    publish(next) {
      const before = new Map(board.accounts.map((state) => [state.account.id, state]))
      const ids = new Set(next.accounts.map((state) => state.account.id))
      const changed = next.accounts.filter((state) => before.get(state.account.id) !== state)
      board = next
      revision += 1
      const change: BoardChange = {
        revision,
        board,
        changed: changed.map((state) => state.account.id),
        removed: [...before.keys()].filter((id) => !ids.has(id)),
      }
      for (const listener of listeners) listener(change)
    },
    asked,
    onRefresh(run) {
      refresh = run
    },
    setReady(next) {
      ready = next
    },
  }
}
