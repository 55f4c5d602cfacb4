import type { Clock, Timer } from '../model/index.ts'

/** Where one reader's bytes go. */
export interface EventSink {
  /** False: no more until `onDrain` has called. */
  write(chunk: Buffer): boolean
  onDrain(run: () => void): void
  /** Called once or more when the reader is gone, whatever the reason. */
  onClose(run: () => void): void
  /** Cuts the connection. */
  destroy(): void
}

export interface EventReaderOptions {
  readonly sink: EventSink
  readonly clock: Clock
  /** The newest snapshot, in pieces that all readers share. */
  readonly snapshot: () => readonly Buffer[]
  readonly onGone: (reader: EventReader) => void
}

/** What may wait for one reader that does not keep up, before it gets the newest snapshot instead. */
const QUEUE_BYTES = 64 * 1024
const STALLED_MS = 30_000

/** One reader with a bounded queue: it never holds more than 64 KiB of its own, and is cut after 30 s of standstill. */
export class EventReader {
  readonly #options: EventReaderOptions
  #isBlocked = false
  #stalled: Timer | null = null
  /** Pieces of a snapshot that is on its way: shared, so they cost this reader nothing. */
  #pieces: Buffer[] = []
  #queue: Buffer[] = []
  #queuedBytes = 0
  #needsSnapshot = false

  constructor(options: EventReaderOptions) {
    this.#options = options
    options.sink.onClose(() => this.#forget())
    options.sink.onDrain(() => {
      this.#stalled?.cancel()
      this.#isBlocked = false
      this.#flush()
    })
  }

  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** Begins with the events that were missed. */
  resume(missed: readonly Buffer[]): void {
    this.#pieces = [Buffer.from(': resumed\n\n'), ...missed]
    this.#flush()
  }

  send(frame: Buffer): void {
    if (this.#needsSnapshot) return
    const mustWait = this.#isBlocked || this.#pieces.length > 0
    if (mustWait && this.#queuedBytes + frame.length > QUEUE_BYTES) {
      this.sendSnapshot()
      return
    }
    this.#queue.push(frame)
    this.#queuedBytes += frame.length
    this.#flush()
  }

  /** Everything that waits is older than the snapshot that will be made when there is room for it. */
  sendSnapshot(): void {
    this.#queue = []
    this.#queuedBytes = 0
    this.#needsSnapshot = true
    this.#flush()
  }

  drop(): void {
    this.#forget()
    this.#options.sink.destroy()
  }

  #flush(): void {
    while (!this.#isBlocked) {
      const next = this.#next()
      if (next === undefined) return
      if (!this.#options.sink.write(next)) this.#block()
    }
  }

  #next(): Buffer | undefined {
    if (this.#pieces.length === 0 && this.#needsSnapshot) {
      this.#needsSnapshot = false
      this.#pieces = [...this.#options.snapshot()]
    }
    const piece = this.#pieces.shift()
    if (piece !== undefined) return piece
    const frame = this.#queue.shift()
    this.#queuedBytes -= frame?.length ?? 0
    return frame
  }

  #block(): void {
    this.#isBlocked = true
    this.#stalled?.cancel()
    this.#stalled = this.#options.clock.after(STALLED_MS, () => this.drop())
  }

  #forget(): void {
    this.#stalled?.cancel()
    this.#options.onGone(this)
  }
}
