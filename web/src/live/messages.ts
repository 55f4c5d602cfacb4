import type { AccountDocument, AccountsDocument } from '../../../src/model/index.ts'

/** Whether what is shown can be current. `lost`: the line broke and is being tried again. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused'

/** What one tab is told by whoever holds the stream. Structured clones pass between threads. */
export type LiveMessage =
  | { readonly kind: 'snapshot'; readonly document: AccountsDocument }
  /** Accounts that changed since the last message, the newest state of each. */
  | { readonly kind: 'accounts'; readonly accounts: readonly AccountDocument[] }
  | { readonly kind: 'alert'; readonly alert: unknown }
  /** The daemon lives, whether or not a number changed. */
  | { readonly kind: 'heartbeat'; readonly at: number }
  | { readonly kind: 'connection'; readonly state: ConnectionState; readonly since: number }

/**
 * What a tab asks. `start` after a login: the stream was refused before. `forget` after signing out. `keep`: what
 * comes may be kept for a page that is opened while the daemon is away (a demo is nothing to come back to).
 */
export type LiveRequest = 'start' | 'bye' | 'forget' | 'keep'
