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

/** Where one reader's bytes go. */
export interface EventSink {
  /** False: no more until `onDrain` has called. */
  write(chunk: Buffer): boolean
  onDrain(run: () => void): void
  /** Called once when the reader is gone, whatever the reason. */
  onClose(run: () => void): void
  /** Cuts the connection. */
  destroy(): void
}

/** Server-sent events for any number of readers, with bounded memory for each. */
export interface EventHub {
  /** Starts a reader: with a known `Last-Event-ID` the events it missed, else a fresh `snapshot`. */
  attach(sink: EventSink, lastEventId: string | undefined): void
  /** Sends an event that is not about the board (an `alert`). */
  publish(event: string, data: unknown): void
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

/** What may wait for one reader that does not keep up, before it gets the newest snapshot instead. */
const QUEUE_BYTES = 64 * 1024
const STALLED_MS = 30_000
const PING_MS = 15_000
/** What can be replayed to a reader that comes back. */
const BUFFER_EVENTS = 512
const BUFFER_BYTES = 1024 * 1024
const PIECE_BYTES = 64 * 1024

interface Sent {
  readonly sequence: number
  readonly frame: Buffer
}

interface Reader {
  readonly sink: EventSink
  blocked: boolean
  stalled: Timer | null
  /** Pieces of a snapshot that is on its way: shared by all readers, so they cost this one nothing. */
  pieces: Buffer[]
  queue: Buffer[]
  queuedBytes: number
  needsSnapshot: boolean
}

export function createEventHub(options: EventHubOptions): EventHub {
  const { engine, clock } = options
  const readers = new Set<Reader>()
  /** Ids of another run of the program must not be taken for ours. */
  const run = clock.now().toString(36)
  const sent: Sent[] = []
  let sentBytes = 0
  let sequence = 0
  let snapshot: { readonly sequence: number; readonly pieces: readonly Buffer[] } | null = null
  let unsubscribe: (() => void) | null = null
  let ping: Timer | null = null
  let aging: Timer | null = null
  let changesAt = new Map<string, EpochMs>()

  function frame(event: string, data: unknown): Buffer {
    return Buffer.from(`event: ${event}\nid: ${run}-${sequence}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  function snapshotPieces(): readonly Buffer[] {
    if (snapshot?.sequence === sequence) return snapshot.pieces
    const whole = frame('snapshot', toAccountsDocument(engine.board(), clock.now(), options.rules()))
    const pieces: Buffer[] = []
    for (let at = 0; at < whole.length; at += PIECE_BYTES) pieces.push(whole.subarray(at, at + PIECE_BYTES))
    snapshot = { sequence, pieces }
    return pieces
  }

  function remember(bytes: Buffer): void {
    sent.push({ sequence, frame: bytes })
    sentBytes += bytes.length
    while (sent.length > BUFFER_EVENTS || (sentBytes > BUFFER_BYTES && sent.length > 0)) {
      sentBytes -= sent.shift()?.frame.length ?? 0
    }
  }

  /** The events after the given id; null when they are not all here. */
  function missedSince(lastEventId: string | undefined): readonly Buffer[] | null {
    const match = /^([0-9a-z]+)-(\d{1,15})$/.exec(lastEventId ?? '')
    if (match === null || match[1] !== run) return null
    const last = Number(match[2])
    if (last > sequence) return null
    if (last === sequence) return []
    if ((sent[0]?.sequence ?? Number.POSITIVE_INFINITY) > last + 1) return null
    return sent.filter((one) => one.sequence > last).map((one) => one.frame)
  }

  function broadcast(event: string, data: unknown): void {
    sequence += 1
    const bytes = frame(event, data)
    remember(bytes)
    for (const reader of readers) enqueue(reader, bytes)
  }

  function broadcastSnapshot(): void {
    sequence += 1
    sent.length = 0
    sentBytes = 0
    for (const reader of readers) wantSnapshot(reader)
  }

  function enqueue(reader: Reader, bytes: Buffer): void {
    if (reader.needsSnapshot) return
    if (reader.queuedBytes + bytes.length > QUEUE_BYTES && (reader.blocked || reader.pieces.length > 0)) {
      wantSnapshot(reader)
      return
    }
    reader.queue.push(bytes)
    reader.queuedBytes += bytes.length
    flush(reader)
  }

  /** Everything that waits is older than the snapshot that will be made when there is room for it. */
  function wantSnapshot(reader: Reader): void {
    reader.queue = []
    reader.queuedBytes = 0
    reader.needsSnapshot = true
    flush(reader)
  }

  function flush(reader: Reader): void {
    while (!reader.blocked) {
      if (reader.pieces.length === 0 && reader.needsSnapshot) {
        reader.needsSnapshot = false
        reader.pieces = [...snapshotPieces()]
      }
      const piece = reader.pieces.shift()
      const next = piece ?? reader.queue.shift()
      if (next === undefined) return
      if (piece === undefined) reader.queuedBytes -= next.length
      if (!reader.sink.write(next)) block(reader)
    }
  }

  function block(reader: Reader): void {
    reader.blocked = true
    reader.stalled?.cancel()
    reader.stalled = clock.after(STALLED_MS, () => drop(reader))
  }

  function drop(reader: Reader): void {
    forget(reader)
    reader.sink.destroy()
  }

  function forget(reader: Reader): void {
    reader.stalled?.cancel()
    readers.delete(reader)
  }

  function onChange(change: BoardChange): void {
    watchAging()
    if (change.removed.length > 0) {
      broadcastSnapshot()
      return
    }
    const changed = new Set(change.changed)
    for (const state of change.board.accounts) if (changed.has(state.account.id)) sendAccount(state)
  }

  function sendAccount(state: AccountState): void {
    broadcast('account', toAccountDocument(state, clock.now(), options.rules()))
  }

  /** Accounts also change without a reading: a reset passes, a reading turns stale. */
  function watchAging(): void {
    const now = clock.now()
    changesAt = new Map()
    let next: EpochMs | null = null
    for (const state of engine.board().accounts) {
      const at = nextChangeAt(state, now)
      if (at === null) continue
      changesAt.set(state.account.id, at)
      if (next === null || at < next) next = at
    }
    aging?.cancel()
    aging = next === null ? null : clock.after(next - now, sendAged)
  }

  function sendAged(): void {
    const now = clock.now()
    const due = engine.board().accounts.filter((state) => (changesAt.get(state.account.id) ?? now + 1) <= now)
    watchAging()
    for (const state of due) sendAccount(state)
  }

  function beat(): void {
    const bytes = Buffer.concat([Buffer.from(': ping\n'), frame('heartbeat', { at: toIso(clock.now()) })])
    for (const reader of readers) if (!reader.blocked) enqueue(reader, bytes)
    ping = clock.after(PING_MS, beat)
  }

  /** Nothing runs before the first reader; from then on events are kept, so that it can come back. */
  function start(): void {
    if (unsubscribe !== null) return
    unsubscribe = engine.subscribe(onChange)
    ping = clock.after(PING_MS, beat)
    watchAging()
  }

  return {
    attach(sink, lastEventId) {
      start()
      const missed = missedSince(lastEventId)
      const reader: Reader = {
        sink,
        blocked: false,
        stalled: null,
        pieces: missed === null ? [] : [Buffer.from(': resumed\n\n'), ...missed],
        queue: [],
        queuedBytes: 0,
        needsSnapshot: missed === null,
      }
      readers.add(reader)
      sink.onClose(() => forget(reader))
      sink.onDrain(() => {
        reader.stalled?.cancel()
        reader.blocked = false
        flush(reader)
      })
      flush(reader)
    },
    publish: broadcast,
    readers: () => readers.size,
    stop() {
      unsubscribe?.()
      unsubscribe = null
      ping?.cancel()
      aging?.cancel()
      for (const reader of [...readers]) drop(reader)
    },
  }
}
