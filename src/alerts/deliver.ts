import {
  type Alert,
  type Clock,
  DAY_MS,
  type EpochMs,
  epochMs,
  type HistoryStore,
  type HistoryTx,
  HOUR_MS,
  type Log,
  MINUTE_MS,
  type OutboxRow,
  plusMs,
  type Random,
  SECOND_MS,
  type Timer,
} from '../model/index.ts'
import { DeliveryError, type Outgoing, SEND_LIMIT_MS } from './channels/channel.ts'
import type { ReadyChannel } from './channels/registry.ts'
import { createFlood, type Flood } from './flood.ts'
import { digestOf } from './make-alert.ts'
import { alertsIn, type Message, post, readMessage, shortHash } from './outbox.ts'

export type Outcome = 'delivered' | 'failed' | 'expired' | 'held' | 'retry'

export interface DeliveryOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly history: Pick<HistoryStore, 'transact' | 'pending'>
  /** The channel as it is configured now; null: it is not any more. */
  readonly channel: (name: string) => ReadyChannel | null
  /** Whether it is still worth saying (A13). */
  readonly isStillTrue: (message: Message, channel: string) => boolean
  readonly isQuiet: (message: Message) => EpochMs | null
  /** The message under the names that are shown. */
  readonly outgoing: (message: Message) => Outgoing
  /** Told inside the transaction that settles a row. */
  readonly settled: (message: Message, channel: string, outcome: Outcome, error: string | null, tx: HistoryTx) => void
  readonly counted: (event: string, channel: string, outcome: Outcome) => void
}

/** Sends what waits in the outbox: each channel by itself, one message at a time, again until it arrives. */
export interface Delivery {
  /** Looks at the outbox now. Never throws. */
  kick(): void
  /** Messages that wait, and why the last try failed, by channel. */
  waiting(channel: string): { readonly count: number; readonly lastError: string | null }
  /** Ends what is under way; it is sent again after the next start. */
  stop(): Promise<void>
}

const FIRST_WAIT_MS = 5 * SECOND_MS
const LONGEST_WAIT_MS = 10 * MINUTE_MS
const LONGEST_ASKED_MS = 6 * HOUR_MS
/** A message that could not be delivered in a day is old news (A02). */
const GIVE_UP_MS = DAY_MS
const ALL = epochMs(Number.MAX_SAFE_INTEGER)
const MOST_ROWS = 10_000
const STOP_LIMIT_MS = 2 * SECOND_MS

export function createDelivery(options: DeliveryOptions): Delivery {
  return new Workers(options)
}

class Workers implements Delivery {
  readonly #options: DeliveryOptions
  readonly #busy = new Map<string, Promise<void>>()
  readonly #pausedUntil = new Map<string, EpochMs>()
  readonly #errors = new Map<string, string>()
  readonly #flood: Flood
  readonly #abort = new AbortController()
  #timer: Timer | null = null

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#flood = createFlood()
  }

  kick(): void {
    if (this.#abort.signal.aborted) return
    this.#timer?.cancel()
    this.#timer = null
    const now = this.#options.clock.now()
    let next: number | null = null
    for (const [channel, rows] of this.#rowsByChannel()) {
      if (this.#busy.has(channel)) continue
      const at = this.#nextTry(channel, rows, now)
      if (at <= now) this.#begin(channel)
      else if (next === null || at < next) next = at
    }
    if (next !== null) this.#timer = this.#options.clock.after(next - now, () => this.kick())
  }

  waiting(channel: string): { readonly count: number; readonly lastError: string | null } {
    const rows = this.#rowsByChannel().get(channel) ?? []
    return { count: rows.length, lastError: this.#errors.get(channel) ?? rows.at(0)?.error ?? null }
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#timer?.cancel()
    let timer: Timer | null = null
    const limit = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(STOP_LIMIT_MS, resolve)
    })
    await Promise.race([Promise.allSettled(this.#busy.values()), limit])
    ;(timer as Timer | null)?.cancel()
  }

  #rowsByChannel(): Map<string, OutboxRow[]> {
    return Map.groupBy(this.#options.history.pending(ALL, MOST_ROWS), (row) => row.channel)
  }

  #nextTry(channel: string, rows: readonly OutboxRow[], now: EpochMs): number {
    const paused = this.#pausedUntil.get(channel) ?? 0
    // A clock that was set back must not hold messages for the time it lost.
    const isSane = paused <= now + LONGEST_ASKED_MS
    return Math.max(Math.min(...rows.map((row) => row.dueAt)), isSane ? paused : 0)
  }

  #begin(channel: string): void {
    const work = this.#drain(channel)
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : 'unknown error'
        this.#options.log.error('alerts could not be delivered', { channel, reason })
        this.#pausedUntil.set(channel, plusMs(this.#options.clock.now(), FIRST_WAIT_MS))
      })
      .finally(() => {
        this.#busy.delete(channel)
        this.kick()
      })
    this.#busy.set(channel, work)
  }

  /** One message after the other until none is due, one fails, or enough was said for a while. */
  async #drain(name: string): Promise<void> {
    for (;;) {
      if (this.#abort.signal.aborted) return
      const { clock } = this.#options
      const channel = this.#options.channel(name)
      const rows = this.#due(name, channel)
      const [row] = rows
      if (row === undefined || channel === null) return
      if (channel.isLimited) {
        const wait = this.#flood.waitMs(name, clock.now())
        if (wait > 0) {
          this.#flood.hold(name, plusMs(clock.now(), wait))
          this.#pausedUntil.set(name, plusMs(clock.now(), wait))
          return
        }
      }
      if (!(await this.#sendRow(name, channel, row))) return
    }
  }

  /**
   * What is due and still worth saying; what was held back together is one message now. Where nothing is joined, the
   * first is enough: a channel that was down for long must not have its whole backlog judged for each message.
   */
  #due(name: string, channel: ReadyChannel | null): readonly Waiting[] {
    const { history, clock } = this.#options
    const now = clock.now()
    const due = history.pending(now, MOST_ROWS).filter((row) => row.channel === name)
    if (due.length === 0) return []
    const joins = channel?.isForPrograms === false || channel?.isLimited === true
    return history.transact((tx) => {
      const kept: Waiting[] = []
      for (const row of due) {
        const message = readMessage(row)
        if (message === null) tx.settle(row.id, now, 'cannot be read')
        else if (channel === null)
          this.#settle({ row, message }, 'failed', 'this channel is not configured any more', tx)
        else if (!this.#options.isStillTrue(message, name)) this.#settle({ row, message }, 'expired', null, tx)
        else if (!this.#isPutOff(row, message, tx)) kept.push({ row, message })
        if (!joins && kept.length > 0) break
      }
      return joins ? this.#merged(name, kept, tx) : kept
    })
  }

  /** Quiet hours may have moved (a change of clocks, of the rule): then it waits on. */
  #isPutOff(row: OutboxRow, message: Message, tx: HistoryTx): boolean {
    const until = message.quiet ? this.#options.isQuiet(message) : null
    if (until === null) return false
    tx.postpone(row.id, until, 'quiet hours')
    return true
  }

  #merged(name: string, rows: readonly Waiting[], tx: HistoryTx): readonly Waiting[] {
    const held = rows.filter(({ row, message }) => message.quiet || this.#flood.isHeld(name, row.createdAt))
    const merge = held.filter(({ message }) => message.kind !== 'digest')
    const wait = this.#flood.waitMs(name, this.#options.clock.now())
    if (merge.length < 2 || wait > 0) return rows
    const now = this.#options.clock.now()
    const alerts = merge.flatMap(({ message }) => alertsIn(message)) satisfies readonly Alert[]
    const id = `digest-${shortHash(...merge.map(({ row }) => row.id))}`
    const digest: Message = {
      kind: 'digest',
      deliveryId: id,
      alert: digestOf(id, alerts, now),
      quiet: false,
      alerts,
    }
    post(tx, name, digest, { now, dueAt: now })
    for (const one of merge) this.#settle(one, 'held', `part of ${id}`, tx)
    const row = {
      id: `${id}@${name}`,
      channel: name,
      createdAt: now,
      dueAt: now,
      attempts: 0,
      error: null,
      body: digest,
    }
    return [{ row, message: digest }, ...rows.filter((one) => !merge.includes(one))]
  }

  async #sendRow(name: string, channel: ReadyChannel, waiting: Waiting): Promise<boolean> {
    const { clock, history } = this.#options
    try {
      await this.#withinLimit((signal) => channel.send(this.#options.outgoing(waiting.message), signal))
    } catch (thrown) {
      if (this.#abort.signal.aborted) return false
      this.#fail(name, waiting, thrown)
      return false
    }
    this.#errors.delete(name)
    this.#pausedUntil.delete(name)
    this.#flood.said(name, clock.now())
    history.transact((tx) => this.#settle(waiting, 'delivered', null, tx))
    return true
  }

  /** A channel that hangs holds up nobody but itself, and that for ten seconds (A09). */
  async #withinLimit(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const limit = new AbortController()
    const signal = AbortSignal.any([limit.signal, this.#abort.signal])
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new DeliveryError('It did not answer within 10 s.')), {
        once: true,
      })
    })
    late.catch(() => undefined)
    const timer = this.#options.clock.after(SEND_LIMIT_MS, () => limit.abort())
    try {
      await Promise.race([run(signal), late])
    } finally {
      timer.cancel()
    }
  }

  #fail(name: string, waiting: Waiting, thrown: unknown): void {
    const { clock, history, random, log } = this.#options
    const now = clock.now()
    const error = thrown instanceof DeliveryError ? thrown : null
    // A text that is not ours may hold an address; it is not passed on (L12).
    const reason = error?.message ?? 'It failed in a way that tokstat does not know.'
    const { row } = waiting
    const isOver = error?.permanent === true || now - row.createdAt >= GIVE_UP_MS
    const doubled = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(row.attempts, 16))
    const asked = Math.min(error?.retryAfterMs ?? 0, LONGEST_ASKED_MS)
    const wait = Math.max(doubled * (1 + random() / 2), asked)
    this.#errors.set(name, reason)
    log.warn('an alert could not be delivered', { channel: name, reason, attempts: row.attempts + 1, isOver })
    history.transact((tx) => {
      if (isOver) this.#settle(waiting, 'failed', reason, tx)
      else tx.postpone(row.id, plusMs(now, wait), reason)
    })
    if (isOver) return
    this.#options.counted(waiting.message.alert.event, name, 'retry')
    this.#pausedUntil.set(name, plusMs(now, wait))
  }

  #settle({ row, message }: Waiting, outcome: Exclude<Outcome, 'retry'>, error: string | null, tx: HistoryTx): void {
    tx.settle(row.id, this.#options.clock.now(), error ?? (outcome === 'expired' ? 'over before it was sent' : null))
    this.#options.settled(message, row.channel, outcome, error, tx)
    this.#options.counted(message.alert.event, row.channel, outcome)
  }
}

interface Waiting {
  readonly row: OutboxRow
  readonly message: Message
}
