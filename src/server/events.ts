import {
  type AccountState,
  type BoardChange,
  type Clock,
  type Engine,
  type EpochMs,
  nextChangeAt,
  type Rules,
  type Timer,
  toAccountDocument,
  toAccountsDocument,
  toIso,
} from '../model/index.ts'
import { EventLog } from './event-log.ts'
import { EventReader, type EventSink } from './event-reader.ts'

/** Server-sent events for any number of readers, with bounded memory for each. */
export interface EventHub {
  /** Starts a reader: with a known `Last-Event-ID` the events it missed, else a fresh `snapshot`. */
  attach(sink: EventSink, lastEventId: string | undefined): void
  /** Sends an event that is not about the board (an `alert`). */
  publish(event: string, data: unknown): void
  /** A heartbeat out of turn: something about the program itself is another. */
  beat(): void
  /** Readers at the moment. */
  readers(): number
  /** Cuts every reader and stops all timers. */
  stop(): void
}

export interface EventHubOptions {
  readonly engine: Pick<Engine, 'board' | 'subscribe'>
  readonly clock: Clock
  readonly rules: () => Rules
}

const PING_MS = 15_000
const PIECE_BYTES = 64 * 1024

export function createEventHub(options: EventHubOptions): EventHub {
  return new Hub(options)
}

class Hub implements EventHub {
  readonly #options: EventHubOptions
  readonly #log: EventLog
  readonly #readers = new Set<EventReader>()
  #snapshot: { readonly sequence: number; readonly pieces: readonly Buffer[] } | null = null
  #unsubscribe: (() => void) | null = null
  #ping: Timer | null = null
  #aging: Timer | null = null
  #changesAt = new Map<string, EpochMs>()

  constructor(options: EventHubOptions) {
    this.#options = options
    this.#log = new EventLog(options.clock.now().toString(36))
  }

  attach(sink: EventSink, lastEventId: string | undefined): void {
    this.#start()
    const missed = this.#log.since(lastEventId)
    const reader = new EventReader({
      sink,
      clock: this.#options.clock,
      snapshot: () => this.#snapshotPieces(),
      onGone: (gone) => this.#readers.delete(gone),
    })
    this.#readers.add(reader)
    if (missed === null) reader.sendSnapshot()
    else reader.resume(missed)
  }

  publish(event: string, data: unknown): void {
    const frame = this.#log.add(event, data)
    for (const reader of this.#readers) reader.send(frame)
  }

  beat(): void {
    if (this.#ping === null) return
    this.#ping.cancel()
    this.#beat()
  }

  readers(): number {
    return this.#readers.size
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = null
    this.#ping?.cancel()
    this.#aging?.cancel()
    for (const reader of [...this.#readers]) reader.drop()
  }

  /** Nothing runs before the first reader; from then on events are kept, so that it can come back. */
  #start(): void {
    if (this.#unsubscribe !== null) return
    const { clock, engine } = this.#options
    this.#unsubscribe = engine.subscribe((change) => this.#onChange(change))
    this.#ping = clock.after(PING_MS, () => this.#beat())
    this.#watchAging()
  }

  #onChange(change: BoardChange): void {
    this.#watchAging()
    if (change.removed.length > 0) {
      this.#log.breakOff()
      for (const reader of this.#readers) reader.sendSnapshot()
      return
    }
    const changed = new Set(change.changed)
    for (const state of change.board.accounts) if (changed.has(state.account.id)) this.#sendAccount(state)
  }

  #sendAccount(state: AccountState): void {
    this.publish('account', toAccountDocument(state, this.#options.clock.now(), this.#options.rules()))
  }

  #snapshotPieces(): readonly Buffer[] {
    const { sequence } = this.#log
    if (this.#snapshot?.sequence === sequence) return this.#snapshot.pieces
    const { engine, clock, rules } = this.#options
    const whole = this.#log.frame('snapshot', toAccountsDocument(engine.board(), clock.now(), rules()))
    const pieces: Buffer[] = []
    for (let at = 0; at < whole.length; at += PIECE_BYTES) pieces.push(whole.subarray(at, at + PIECE_BYTES))
    this.#snapshot = { sequence, pieces }
    return pieces
  }

  /** Accounts also change without a reading: a reset passes, a reading turns stale. */
  #watchAging(): void {
    const { engine, clock } = this.#options
    const now = clock.now()
    this.#changesAt = new Map()
    let next: EpochMs | null = null
    for (const state of engine.board().accounts) {
      const at = nextChangeAt(state, now)
      if (at === null) continue
      this.#changesAt.set(state.account.id, at)
      if (next === null || at < next) next = at
    }
    this.#aging?.cancel()
    this.#aging = next === null ? null : clock.after(next - now, () => this.#sendAged())
  }

  #sendAged(): void {
    const { engine, clock } = this.#options
    const now = clock.now()
    const due = engine.board().accounts.filter((state) => (this.#changesAt.get(state.account.id) ?? now + 1) <= now)
    this.#watchAging()
    for (const state of due) this.#sendAccount(state)
  }

  #beat(): void {
    const { clock } = this.#options
    const frame = Buffer.concat([Buffer.from(': ping\n'), this.#log.frame('heartbeat', { at: toIso(clock.now()) })])
    for (const reader of this.#readers) if (!reader.isBlocked) reader.send(frame)
    this.#ping = clock.after(PING_MS, () => this.#beat())
  }
}
