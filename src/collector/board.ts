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
  return new MemoryBoard(clock, log)
}

class MemoryBoard implements BoardStore {
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners = new Set<(change: BoardChange) => void>()
  readonly #pending: BoardChange[] = []
  readonly #byId = new Map<string, AccountState>()
  readonly #changesAt = new Map<string, EpochMs>()
  #board: Board = { accounts: [] }
  #revision = 0
  #telling = false
  #watching = false
  #timer: Timer | null = null

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  board(): Board {
    return this.#board
  }

  revision(): number {
    return this.#revision
  }

  get(id: string): AccountState | undefined {
    return this.#byId.get(id)
  }

  subscribe(listener: (change: BoardChange) => void): () => void {
    // A wrapper of its own, so that subscribing one function twice gives two subscriptions.
    const own = (change: BoardChange): void => listener(change)
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  watchTime(): void {
    this.#watching = true
    this.#arm()
  }

  stop(): void {
    this.#watching = false
    this.#timer?.cancel()
    this.#timer = null
  }

  commit(update: BoardUpdate): void {
    const next = applyUpdate(this.#board, update)
    if (next.board === this.#board) return
    this.#board = next.board
    this.#revision += 1
    const now = this.#clock.now()
    for (const id of next.removed) {
      this.#byId.delete(id)
      this.#changesAt.delete(id)
    }
    for (const state of update.set ?? []) {
      this.#byId.set(state.account.id, state)
      this.#noteTime(state, now)
    }
    this.#pending.push({ ...next, revision: this.#revision })
    this.#arm()
    this.#tell()
  }

  #noteTime(state: AccountState, now: EpochMs): void {
    const at = nextChangeAt(state, now)
    if (at === null) this.#changesAt.delete(state.account.id)
    else this.#changesAt.set(state.account.id, at)
  }

  /** A listener that causes another change hears of it after everybody has heard of this one. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    for (let change = this.#pending.shift(); change !== undefined; change = this.#pending.shift()) {
      for (const listener of [...this.#listeners]) {
        try {
          listener(change)
        } catch (thrown) {
          this.#log.error('A listener of the board failed.', describeFault(thrown))
        }
      }
    }
    this.#telling = false
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#timer = null
    if (!this.#watching || this.#changesAt.size === 0) return
    let next = Number.POSITIVE_INFINITY
    for (const at of this.#changesAt.values()) next = Math.min(next, at)
    this.#timer = this.#clock.after(Math.max(0, next - this.#clock.now()), () => this.reconsider())
  }

  reconsider(): void {
    const now = this.#clock.now()
    const due = [...this.#changesAt].filter(([, at]) => at <= now).map(([id]) => id)
    const touched = due.flatMap((id) => this.#byId.get(id) ?? [])
    // A copy, so that whoever compares states by identity sees that this one looks different now.
    if (touched.length > 0) this.commit({ set: touched.map((state) => ({ ...state })) })
    else this.#arm()
  }
}
