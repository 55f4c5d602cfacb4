import { type AccountDocument, type AccountsDocument, agedDocument, type EpochMs } from '../../../src/model/index.ts'
import type { ConnectionState, LiveMessage } from '../live/messages.ts'
import type { Store } from './store.ts'

export interface BoardState {
  /** Null until the first one has come. Aged: a window that ended or a reading that is too old never looks current. */
  readonly document: AccountsDocument | null
  readonly connection: { readonly state: ConnectionState; readonly since: number }
  /** Alerts that came while the page was open, newest first. */
  readonly alerts: readonly unknown[]
  /** When the daemon last said that it lives; what is not about accounts is asked for anew then. */
  readonly beatAt: number
}

const MOST_ALERTS = 100

export function emptyBoard(now: number): BoardState {
  return { document: null, connection: { state: 'connecting', since: now }, alerts: [], beatAt: now }
}

/** The board after a message. Accounts that did not change stay the same objects, so that nothing draws them again. */
export function applyMessage(board: BoardState, message: LiveMessage, now: EpochMs): BoardState {
  switch (message.kind) {
    case 'snapshot':
      return { ...board, document: agedDocument(keepSame(board.document, message.document), now) }
    case 'accounts':
      if (board.document === null) return board
      return { ...board, document: agedDocument(merged(board.document, message.accounts), now) }
    case 'alert':
      return { ...board, alerts: [message.alert, ...board.alerts].slice(0, MOST_ALERTS) }
    case 'heartbeat':
      return { ...board, beatAt: message.at }
    case 'connection':
      return { ...board, connection: { state: message.state, since: message.since } }
  }
}

/** The same readings a moment later; the same object when no account looks different. */
export function ageBoard(store: Store<BoardState>, now: EpochMs): void {
  const board = store.get()
  if (board.document === null) return
  const aged = agedDocument(board.document, now)
  const isSame = aged.accounts.every((account, index) => account === board.document?.accounts[index])
  if (!isSame) store.set({ ...board, document: aged })
}

function merged(document: AccountsDocument, changed: readonly AccountDocument[]): AccountsDocument {
  const news = new Map(changed.map((account) => [account.id, account]))
  const accounts = document.accounts.map((account) => {
    const next = news.get(account.id)
    news.delete(account.id)
    return next ?? account
  })
  return { ...document, accounts: [...accounts, ...news.values()] }
}

/** A snapshot after a reconnect is mostly what is here already. */
function keepSame(before: AccountsDocument | null, next: AccountsDocument): AccountsDocument {
  if (before === null) return next
  const known = new Map(before.accounts.map((account) => [account.id, account]))
  return {
    ...next,
    accounts: next.accounts.map((account) => {
      const old = known.get(account.id)
      return old !== undefined && JSON.stringify(old) === JSON.stringify(account) ? old : account
    }),
  }
}
