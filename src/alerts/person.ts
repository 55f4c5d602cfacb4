import {
  type Alert,
  type EpochMs,
  fromIso,
  type HistoryStore,
  type HistoryTx,
  plusMs,
  type Snooze,
  type SnoozeTarget,
  toIso,
  toIsoOrNull,
} from '../model/index.ts'
import type { AlertBook } from './alert-book.ts'
import { type KeyParts, partsOfKey, type RuleState, readState } from './rules/state.ts'
import { dropSnooze, putSnooze, readSnoozes } from './snoozes.ts'

/** Where what a person says about alerts is written: the daemon's history, or the file while nobody polls. */
export interface Desk {
  readonly history: Pick<HistoryStore, 'transact'>
  readonly book: AlertBook
  readonly now: EpochMs
}

/** Nothing is said about what fits the target, for so long. */
export function snoozeTarget(desk: Desk, target: SnoozeTarget, forMs: number): Snooze {
  return write(desk, (tx) => {
    const snooze = putSnooze(target, plusMs(desk.now, forMs), desk.now, tx)
    showSnoozes(desk, tx)
    return snooze
  })
}

/** Nothing is said about what this alert is about. Null: no such alert, or it is over. */
export function snoozeAlert(desk: Desk, id: string, forMs: number): Alert | null {
  return write(desk, (tx) => {
    const alert = firing(desk, id)
    if (alert === null) return null
    const states = firingStates(tx).filter(({ state }) => state.alertId === id)
    // No rule's state stands behind an outage: its own name is what is snoozed.
    const targets = states.length > 0 ? states.map(({ parts }) => parts) : [alert]
    for (const target of targets) putSnooze(target, plusMs(desk.now, forMs), desk.now, tx)
    showSnoozes(desk, tx)
    return desk.book.find(id)
  })
}

/** What was snoozed is spoken of again. Null: no such snooze, or it has ended. */
export function unsnooze(desk: Desk, id: string): Snooze | null {
  return write(desk, (tx) => {
    const snooze = readSnoozes(tx, desk.now).all.find((one) => one.id === id)
    if (snooze === undefined) return null
    dropSnooze(id, desk.now, tx)
    showSnoozes(desk, tx)
    return snooze
  })
}

/** Seen: it is not repeated. Null: no such alert, or it is over. */
export function acknowledge(desk: Desk, id: string): Alert | null {
  return write(desk, (tx) => {
    const alert = firing(desk, id)
    if (alert === null) return null
    for (const { key, state } of firingStates(tx)) {
      if (state.alertId === id) tx.putAlertState(key, desk.now, { ...state, acknowledgedAt: desk.now })
    }
    const seen: Alert = { ...alert, acknowledgedAt: toIso(desk.now) }
    desk.book.write(seen, tx)
    return seen
  })
}

function write<T>({ history, book }: Desk, run: (tx: HistoryTx) => T): T {
  book.begin()
  return history.transact(run)
}

function firing({ book }: Desk, id: string): Alert | null {
  const alert = book.find(id)
  return alert?.state === 'firing' ? alert : null
}

/** Every firing alert says until when it is snoozed. One of several accounts is, when all of them are. */
function showSnoozes(desk: Desk, tx: HistoryTx): void {
  const snoozes = readSnoozes(tx, desk.now)
  const byAlert = Map.groupBy(firingStates(tx), ({ state }) => state.alertId)
  const ids = desk.book.list({ firing: true, limit: MOST_FIRING }).map((alert) => alert.id)
  for (const id of ids) {
    const alert = firing(desk, id)
    if (alert === null) continue
    const targets = byAlert.get(id)?.map(({ parts }) => parts) ?? [alert]
    const ends = targets.map((target) => snoozes.until(target))
    const snoozedUntil = toIsoOrNull(
      ends.reduce((one, other) => (one === null || other === null ? null : earlier(one, other))),
    )
    if (fromIso(snoozedUntil) !== fromIso(alert.snoozedUntil)) desk.book.write({ ...alert, snoozedUntil }, tx)
  }
}

const MOST_FIRING = 2_000

function earlier(one: EpochMs, other: EpochMs): EpochMs {
  return one < other ? one : other
}

interface FiringState {
  readonly key: string
  readonly parts: KeyParts
  readonly state: RuleState
}

function firingStates(tx: HistoryTx): readonly FiringState[] {
  return tx.alertKeys().flatMap((key) => {
    const [parts, state] = [partsOfKey(key), readState(tx.alertState(key))]
    return parts !== null && state?.phase === 'firing' ? [{ key, parts, state }] : []
  })
}
