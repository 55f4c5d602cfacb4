import {
  type AccountState,
  type Alert,
  type AlertRule,
  type EpochMs,
  epochMs,
  type HistoryTx,
  SECOND_MS,
  toIso,
} from '../model/index.ts'
import type { AlertBook } from './alert-book.ts'
import { alertId, plainAlert } from './make-alert.ts'
import { shortHash } from './outbox.ts'
import { type Outage, outageOf } from './rules/outage.ts'
import { type AlertWriter, outageChannels } from './writer.ts'

/** Notices when most of the world cannot be reached, says so once, and says when that is over (A01). */
export interface OutageWatch {
  look(states: readonly AccountState[], at: { readonly now: EpochMs; readonly isCalm: boolean }, tx: HistoryTx): Outage
  isOffline(): boolean
}

const KEY = 'outage'
/** Shorter ones are not worth a word; ages are held from the first moment on. */
const LEAST_MS = 30 * SECOND_MS

interface Remembered {
  readonly since: EpochMs
  readonly alertId: string | null
}

export interface OutageWatchOptions {
  readonly book: AlertBook
  readonly writer: AlertWriter
  readonly rules: () => readonly AlertRule[]
}

export function createOutageWatch({ book, writer, rules }: OutageWatchOptions): OutageWatch {
  let isOffline = false

  function end(remembered: Remembered, now: EpochMs, tx: HistoryTx): void {
    tx.putAlertState(KEY, now, null)
    const alert = remembered.alertId === null ? null : book.find(remembered.alertId)
    if (alert === null) return
    const over: Alert = { ...alert, state: 'resolved', resolvedAt: toIso(now) }
    writer.say({ ...over, message: 'The services can be reached again.' }, outageChannels(rules()), now, tx)
  }

  return {
    isOffline: () => isOffline,
    look(states, { now, isCalm }, tx) {
      const outage = outageOf(states, now)
      isOffline = outage.offline
      const remembered = readRemembered(tx.alertState(KEY))
      if (!outage.offline) {
        if (remembered !== null) end(remembered, now, tx)
        return outage
      }
      if (remembered === null) {
        tx.putAlertState(KEY, now, { since: now, alertId: null })
      } else if (remembered.alertId === null && !isCalm && now - remembered.since >= LEAST_MS) {
        const alert = offlineAlert(outage, states, now)
        writer.say(alert, outageChannels(rules()), now, tx)
        tx.putAlertState(KEY, now, { ...remembered, alertId: alert.id })
      }
      return outage
    },
  }
}

function offlineAlert(outage: Outage, states: readonly AccountState[], now: EpochMs): Alert {
  const isNetwork = states.some((state) => state.attempt?.problem?.code === 'offline')
  const what = isNetwork
    ? 'No service can be reached: this machine seems to be offline.'
    : `${outage.down.length} of ${outage.asked} services cannot be reached.`
  const message = `${what} tokstat keeps trying; nothing else is said about ages until it is over.`
  const id = alertId(now, shortHash(KEY))
  const alert = plainAlert({ id, event: 'offline', message, account: null, now })
  return { ...alert, state: 'firing', resolvedAt: null, severity: 'warning' }
}

function readRemembered(body: unknown): Remembered | null {
  if (typeof body !== 'object' || body === null || !('since' in body) || typeof body.since !== 'number') return null
  const id = 'alertId' in body && typeof body.alertId === 'string' ? body.alertId : null
  return { since: epochMs(body.since), alertId: id }
}
