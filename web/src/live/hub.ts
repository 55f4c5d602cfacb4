import type { Client } from '../../../src/client/client.ts'
import { ClientError } from '../../../src/client/errors.ts'
import type { LiveEvent } from '../../../src/client/live.ts'
import type { AccountDocument, AccountsDocument, Clock } from '../../../src/model/index.ts'
import type { LiveMessage } from './messages.ts'

/** One tab that listens. */
export interface Listener {
  post(message: LiveMessage): void
}

export interface HubOptions {
  readonly client: Pick<Client, 'events'>
  readonly clock: Clock
}

/** Many accounts change at once when they are polled together: one message for all that come within this. */
const GATHER_MS = 60

/**
 * One event stream for any number of tabs. A tab that joins gets the newest document at once; the stream is opened for
 * the first one, and closed with the last.
 */
export class LiveHub {
  readonly #options: HubOptions
  readonly #listeners = new Set<Listener>()
  #accounts = new Map<string, AccountDocument>()
  #frame: AccountsDocument | null = null
  #connection: Extract<LiveMessage, { kind: 'connection' }>
  #stream: AbortController | null = null
  #changed = new Map<string, AccountDocument>()

  constructor(options: HubOptions) {
    this.#options = options
    this.#connection = { kind: 'connection', state: 'connecting', since: options.clock.now() }
  }

  get listeners(): number {
    return this.#listeners.size
  }

  join(listener: Listener): void {
    this.#listeners.add(listener)
    if (this.#frame !== null) listener.post({ kind: 'snapshot', document: this.#document(this.#frame) })
    listener.post(this.#connection)
    this.start()
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    this.#stream?.abort()
    this.#stream = null
  }

  /** Opens the stream unless it is open or being tried. */
  start(): void {
    if (this.#stream !== null || this.#listeners.size === 0) return
    const stream = new AbortController()
    this.#stream = stream
    this.#options.client
      .events((event) => this.#onEvent(event), stream.signal)
      .catch((error: unknown) => {
        if (this.#stream === stream) this.#stream = null
        this.#connected(error instanceof ClientError && error.status === 401 ? 'refused' : 'lost')
      })
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case 'snapshot':
        this.#frame = event.document
        this.#accounts = new Map(event.document.accounts.map((account) => [account.id, account]))
        this.#changed.clear()
        this.#tell({ kind: 'snapshot', document: event.document })
        return
      case 'account':
        this.#accounts.set(event.account.id, event.account)
        this.#gather(event.account)
        return
      case 'alert':
        this.#tell({ kind: 'alert', alert: event.alert })
        return
      case 'connection':
        this.#connected(event.state)
        return
      case 'heartbeat':
        return
    }
  }

  #gather(account: AccountDocument): void {
    if (this.#changed.size === 0) this.#options.clock.after(GATHER_MS, () => this.#flush())
    this.#changed.set(account.id, account)
  }

  #flush(): void {
    if (this.#changed.size === 0) return
    const accounts = [...this.#changed.values()]
    this.#changed.clear()
    this.#tell({ kind: 'accounts', accounts })
  }

  #connected(state: 'open' | 'lost' | 'refused'): void {
    if (state === this.#connection.state) return
    this.#connection = { kind: 'connection', state, since: this.#options.clock.now() }
    this.#tell(this.#connection)
  }

  #document(frame: AccountsDocument): AccountsDocument {
    return { ...frame, accounts: [...this.#accounts.values()] }
  }

  #tell(message: LiveMessage): void {
    for (const listener of this.#listeners) listener.post(message)
  }
}
