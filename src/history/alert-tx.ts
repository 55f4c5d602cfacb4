import type { CycleEvent, HistoryTx, OutboxRow } from '../model/index.ts'
import type { LiveState } from './live-state.ts'
import type { Write } from './writes.ts'

/** The writes of one `also` or `transact`, and how the live state follows once they are safe. */
export interface RecordedTx {
  readonly tx: HistoryTx
  readonly writes: readonly Write[]
  adopt(): void
}

/** Collects alert writes; lookups see the transaction's own writes before the live state. */
export function recordTx(
  state: LiveState,
  events: readonly CycleEvent[],
  isSettled: (id: string) => boolean,
): RecordedTx {
  const writes: Write[] = []
  const alerts = new Map<string, unknown>()
  const outbox = new Map<string, OutboxRow | null>()
  const message = (id: string): OutboxRow | null => {
    const own = outbox.get(id)
    return own === undefined ? (state.outbox.get(id) ?? null) : own
  }
  const tx: HistoryTx = {
    events,
    alertState: (key) => (alerts.has(key) ? (alerts.get(key) ?? null) : (state.alerts.get(key) ?? null)),
    alertKeys() {
      const keys = new Set(state.alerts.keys())
      for (const [key, body] of alerts) {
        if (body === null) keys.delete(key)
        else keys.add(key)
      }
      return [...keys]
    },
    putAlertState(key, at, body) {
      const value = body ?? null
      alerts.set(key, value)
      writes.push({ kind: 'alert_state', key, at, body: value })
    },
    logAlert: (row) => void writes.push({ kind: 'alert_log', row }),
    enqueue(row) {
      if (outbox.has(row.id) || state.outbox.has(row.id) || isSettled(row.id)) return
      outbox.set(row.id, row)
      writes.push({ kind: 'enqueue', row })
    },
    settle(id, at, error) {
      outbox.set(id, null)
      writes.push({ kind: 'settle', id, at, error })
    },
    postpone(id, dueAt, error) {
      const row = message(id)
      if (row === null) return
      const later: OutboxRow = { ...row, dueAt, error, attempts: row.attempts + 1 }
      outbox.set(id, later)
      writes.push({ kind: 'postpone', id, dueAt, attempts: later.attempts, error })
    },
  }
  return {
    tx,
    writes,
    adopt() {
      for (const [key, body] of alerts) {
        if (body === null) state.alerts.delete(key)
        else state.alerts.set(key, body)
      }
      for (const [id, row] of outbox) {
        if (row === null) state.outbox.delete(id)
        else state.outbox.set(id, row)
      }
    },
  }
}
