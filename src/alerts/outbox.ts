import { createHash } from 'node:crypto'
import type { Alert, EpochMs, HistoryTx, OutboxRow } from '../model/index.ts'

/** Why a message goes out. Machines get `resolved` too; people ask for `recovered`. */
export type MessageKind = 'firing' | 'moment' | 'repeat' | 'resolved' | 'digest' | 'test'

/** One message for one channel, as it waits in the outbox. */
export interface Message {
  readonly kind: MessageKind
  /** Sent along on every try, so that a receiver can tell a repeat (A14). */
  readonly deliveryId: string
  readonly alert: Alert
  /** It waits for the end of quiet hours. */
  readonly quiet: boolean
  /** What a digest holds. */
  readonly alerts: readonly Alert[]
}

export function deliveryIdOf(kind: MessageKind, alertId: string, times: number): string {
  if (kind === 'resolved') return `${alertId}.resolved`
  return kind === 'repeat' ? `${alertId}.${times}` : alertId
}

/** Puts a message into the outbox; the same one twice is one message. */
export function post(tx: HistoryTx, channel: string, message: Message, at: { now: EpochMs; dueAt: EpochMs }): void {
  tx.enqueue({
    id: `${message.deliveryId}@${channel}`,
    channel,
    createdAt: at.now,
    dueAt: at.dueAt,
    attempts: 0,
    error: null,
    body: message,
  })
}

/** A stored message; null for a body that is none (an older or damaged row). */
export function readMessage(row: OutboxRow): Message | null {
  const { body } = row
  if (typeof body !== 'object' || body === null) return null
  const held: Partial<Message> = body
  if (typeof held.deliveryId !== 'string' || typeof held.kind !== 'string') return null
  if (typeof held.alert !== 'object' || held.alert === null || typeof held.alert.message !== 'string') return null
  return {
    kind: held.kind,
    deliveryId: held.deliveryId,
    alert: held.alert,
    quiet: held.quiet === true,
    alerts: Array.isArray(held.alerts) ? held.alerts : [],
  }
}

/** The alerts that a message speaks of. */
export function alertsIn(message: Message): readonly Alert[] {
  return message.kind === 'digest' ? message.alerts : [message.alert]
}

/** Eight hex digits of the parts. */
export function shortHash(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex').slice(0, 8)
}
