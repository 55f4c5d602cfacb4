import type { Client } from '../../../src/client/client.ts'
import { ClientError } from '../../../src/client/errors.ts'
import type { LiveEvent } from '../../../src/client/live.ts'
import type { AccountDocument, AccountsDocument, Clock } from '../../../src/model/index.ts'
import type { BoardKeeper, KeptBoard } from './keep-board.ts'
import type { LiveMessage, LiveRequest } from './messages.ts'

/** One tab that listens. */
export interface Listener {
  post(message: LiveMessage): void
}

export interface HubOptions {
  readonly client: Pick<Client, 'events'>
  readonly clock: Clock
  /** The last accounts of an earlier page; null keeps none. */
  readonly kept: BoardKeeper | null
}

/** Many accounts change at once when they are polled together: one message for all that come within this. */
const GATHER_MS = 60
/** A daemon that has said nothing for this long is not about to: what is kept is better than an empty page. */
const PATIENCE_MS = 2_000

/**
 * One event stream for any number of tabs. A tab that joins gets the newest document at once; the stream is opened for
 * the first one, and closed with the last. While no daemon answers at all, what an earlier page kept stands in, under
 * a connection that says since when it is away.
 */
export class LiveHub {
  readonly #options: HubOptions
  readonly #listeners = new Set<Listener>()
  #accounts = new Map<string, AccountDocument>()
  #frame: AccountsDocument | null = null
  /** Stands in for the frame until there is one. */
  #old: KeptBoard | null = null
  #connection: Extract<LiveMessage, { kind: 'connection' }>
  #stream: AbortController | null = null
  #changed = new Map<string, AccountDocument>()
  #mayKeep = false

  constructor(options: HubOptions) {
    this.#options = options
    this.#connection = { kind: 'connection', state: 'connecting', since: options.clock.now() }
  }

  get listeners(): number {
    return this.#listeners.size
  }

  join(listener: Listener): void {
    this.#listeners.add(listener)
    const frame = this.#frame
    const document = frame === null ? this.#old?.document : this.#document(frame)
    if (document !== undefined) listener.post({ kind: 'snapshot', document })
    listener.post(this.#connection)
    this.start()
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    this.#options.kept?.flush()
    this.#stream?.abort()
    this.#stream = null
  }

  /** What a tab asks for. */
  asked(request: LiveRequest, listener: Listener): void {
    if (request === 'bye') this.leave(listener)
    else if (request === 'forget') this.#forget()
    else if (request === 'keep') this.#keep()
    else this.#startAnew()
  }

  /** After a login: what was asked for without a session may still be answered, and must not count any more. */
  #startAnew(): void {
    if (this.#connection.state === 'open') return
    this.#stream?.abort()
    this.#stream = null
    this.start()
  }

  /** Opens the stream unless it is open or being tried. */
  start(): void {
    if (this.#stream !== null || this.#listeners.size === 0) return
    const stream = new AbortController()
    this.#stream = stream
    if (this.#frame === null) this.#options.clock.after(PATIENCE_MS, () => void this.#showOld())
    this.#options.client
      .events((event) => this.#onEvent(event), stream.signal)
      .catch((error: unknown) => {
        if (this.#stream !== stream) return
        this.#stream = null
        if (error instanceof ClientError && error.status === 401) this.#forget()
        else this.#connected('lost')
      })
  }

  #keep(): void {
    if (this.#mayKeep) return
    this.#mayKeep = true
    this.#changedBoard()
  }

  /** The session is over: nothing of what it could see stays. */
  #forget(): void {
    this.#stream?.abort()
    this.#stream = null
    this.#frame = null
    this.#old = null
    this.#mayKeep = false
    this.#accounts.clear()
    this.#changed.clear()
    void this.#options.kept?.forget()
    this.#connected('refused')
  }

  async #showOld(): Promise<void> {
    const { kept } = this.#options
    if (kept === null || this.#frame !== null || this.#old !== null) return
    const old = await kept.read()
    if (old === null || this.#frame !== null || this.#connection.state === 'refused') return
    this.#old = old
    this.#tell({ kind: 'snapshot', document: old.document })
    if (this.#connection.state !== 'lost') return
    this.#connection = { ...this.#connection, since: old.at }
    this.#tell(this.#connection)
  }

  /** The accounts changed: they are what a page without a daemon shows later. */
  #changedBoard(): void {
    const frame = this.#frame
    if (frame !== null && this.#mayKeep) this.#options.kept?.changed(() => this.#document(frame))
  }

  #onEvent(event: LiveEvent): void {
    switch (event.kind) {
      case 'snapshot':
        this.#frame = event.document
        this.#old = null
        this.#accounts = new Map(event.document.accounts.map((account) => [account.id, account]))
        this.#changed.clear()
        this.#tell({ kind: 'snapshot', document: event.document })
        this.#changedBoard()
        return
      case 'account':
        this.#accounts.set(event.account.id, event.account)
        this.#gather(event.account)
        this.#changedBoard()
        return
      case 'alert':
        this.#tell({ kind: 'alert', alert: event.alert })
        return
      case 'connection':
        this.#connected(event.state)
        return
      case 'heartbeat':
        this.#tell({ kind: 'heartbeat', at: this.#options.clock.now() })
        if (this.#mayKeep) this.#options.kept?.heard()
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
    const since = state === 'lost' && this.#old !== null ? this.#old.at : this.#options.clock.now()
    this.#connection = { kind: 'connection', state, since }
    this.#tell(this.#connection)
    if (state !== 'lost') return
    this.#options.kept?.flush()
    void this.#showOld()
  }

  #document(frame: AccountsDocument): AccountsDocument {
    return { ...frame, accounts: [...this.#accounts.values()] }
  }

  #tell(message: LiveMessage): void {
    for (const listener of this.#listeners) listener.post(message)
  }
}
