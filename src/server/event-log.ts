/** What can be replayed to a reader that comes back. */
const MOST_EVENTS = 512
const MOST_BYTES = 1024 * 1024

interface Logged {
  readonly sequence: number
  readonly frame: Buffer
}

/** Numbers the events of one run of the program, and keeps the last of them. */
export class EventLog {
  /** Ids of another run must not be taken for ours. */
  readonly #run: string
  #logged: Logged[] = []
  #bytes = 0
  #sequence = 0

  constructor(run: string) {
    this.#run = run
  }

  get sequence(): number {
    return this.#sequence
  }

  /** One event in the wire format, under the id of the last one that was counted. */
  frame(event: string, data: unknown): Buffer {
    return Buffer.from(`event: ${event}\nid: ${this.#run}-${this.#sequence}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  /** Counts an event and keeps it. */
  add(event: string, data: unknown): Buffer {
    this.#sequence += 1
    const frame = this.frame(event, data)
    this.#logged.push({ sequence: this.#sequence, frame })
    this.#bytes += frame.length
    while (this.#logged.length > MOST_EVENTS || (this.#bytes > MOST_BYTES && this.#logged.length > 0)) {
      this.#bytes -= this.#logged.shift()?.frame.length ?? 0
    }
    return frame
  }

  /** Counts something that no single event tells: whoever comes back from before it needs a snapshot. */
  breakOff(): void {
    this.#sequence += 1
    this.#logged = []
    this.#bytes = 0
  }

  /** The events after the given id; null when they are not all here, or the id is not one of ours. */
  since(id: string | undefined): readonly Buffer[] | null {
    const match = /^([0-9a-z]+)-(\d{1,15})$/.exec(id ?? '')
    if (match === null || match[1] !== this.#run) return null
    const last = Number(match[2])
    if (last > this.#sequence) return null
    if (last === this.#sequence) return []
    if ((this.#logged[0]?.sequence ?? Number.POSITIVE_INFINITY) > last + 1) return null
    return this.#logged.filter((one) => one.sequence > last).map((one) => one.frame)
  }
}
