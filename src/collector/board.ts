import type { AccountState, Board } from '../model/account.ts'
import type { BoardChange } from '../model/engine.ts'
import { nextChangeAt } from '../model/freshness.ts'
import type { Clock, Log, Timer } from '../model/ports.ts'
import type { EpochMs } from '../model/time.ts'
import { describeFault } from './faults.ts'

/** What to make different on a board. */
export interface BoardUpdate {
  /** States that are new or different. */
  readonly set?: readonly AccountState[]
  /** Ids that go. */
  readonly remove?: readonly string[]
  /** Display order; ids it does not name come last, in their old order. */
  readonly order?: readonly string[]
}

/** The next board and what differs; the same board when nothing does. Pure. */
export function applyUpdate(board: Board, update: BoardUpdate): Omit<BoardChange, 'revision'> {
  const states = new Map(board.accounts.map((state) => [state.account.id, state]))
  const removed = (update.remove ?? []).filter((id) => states.delete(id))
  const changed = (update.set ?? []).filter((state) => states.get(state.account.id) !== state)
  for (const state of changed) states.set(state.account.id, state)
  const ordered = update.order === undefined ? [...states.values()] : inOrder(states, update.order)
  const same =
    ordered.length === board.accounts.length && ordered.every((state, index) => board.accounts[index] === state)
  return {
    board: same ? board : { accounts: ordered },
    changed: changed.map((state) => state.account.id),
    removed,
  }
}

function inOrder(states: ReadonlyMap<string, AccountState>, order: readonly string[]): readonly AccountState[] {
  const named = order.flatMap((id) => states.get(id) ?? [])
  const ordered = new Set(order)
  const rest = [...states.values()].filter((state) => !ordered.has(state.account.id))
  return [...named, ...rest]
}

/** Holds the present, tells everybody about each change, in order and never while one is being made. */
export interface BoardStore {
  board(): Board
  revision(): number
  get(id: string): AccountState | undefined
  subscribe(listener: (change: BoardChange) => void): () => void
  commit(update: BoardUpdate): void
  /** Publishes accounts that time alone has changed (a reset passed, a reading turned stale); at once after a leap. */
  reconsider(): void
  /** From now on changes by time are published when they happen. */
  watchTime(): void
  stop(): void
}

export function createBoardStore(clock: Clock, log: Log): BoardStore {
  const listeners = new Set<(change: BoardChange) => void>()
  const pending: BoardChange[] = []
  const byId = new Map<string, AccountState>()
  const changesAt = new Map<string, EpochMs>()
  let board: Board = { accounts: [] }
  let revision = 0
  let telling = false
  let watching = false
  let timer: Timer | null = null

  function commit(update: BoardUpdate): void {
    const next = applyUpdate(board, update)
    if (next.board === board) return
    board = next.board
    revision += 1
    const now = clock.now()
    for (const id of next.removed) {
      byId.delete(id)
      changesAt.delete(id)
    }
    for (const state of update.set ?? []) {
      byId.set(state.account.id, state)
      noteTime(state, now)
    }
    pending.push({ ...next, revision })
    arm()
    tell()
  }

  function noteTime(state: AccountState, now: EpochMs): void {
    const at = nextChangeAt(state, now)
    if (at === null) changesAt.delete(state.account.id)
    else changesAt.set(state.account.id, at)
  }

  /** A listener that causes another change hears of it after everybody has heard of this one. */
  function tell(): void {
    if (telling) return
    telling = true
    for (let change = pending.shift(); change !== undefined; change = pending.shift()) {
      for (const listener of [...listeners]) {
        try {
          listener(change)
        } catch (thrown) {
          log.error('A listener of the board failed.', describeFault(thrown))
        }
      }
    }
    telling = false
  }

  function arm(): void {
    timer?.cancel()
    timer = null
    if (!watching || changesAt.size === 0) return
    let next = Number.POSITIVE_INFINITY
    for (const at of changesAt.values()) next = Math.min(next, at)
    timer = clock.after(Math.max(0, next - clock.now()), reconsider)
  }

  function reconsider(): void {
    const now = clock.now()
    const due = [...changesAt].filter(([, at]) => at <= now).map(([id]) => id)
    const touched = due.flatMap((id) => byId.get(id) ?? [])
    // A copy, so that whoever compares states by identity sees that this one looks different now.
    if (touched.length > 0) commit({ set: touched.map((state) => ({ ...state })) })
    else arm()
  }

  return {
    board: () => board,
    revision: () => revision,
    get: (id) => byId.get(id),
    subscribe: (listener) => {
      // A wrapper of its own, so that subscribing one function twice gives two subscriptions.
      const own = (change: BoardChange): void => listener(change)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
    commit,
    reconsider,
    watchTime: () => {
      watching = true
      arm()
    },
    stop: () => {
      watching = false
      timer?.cancel()
      timer = null
    },
  }
}
