import {
  type Alert,
  type AlertDelivery,
  type AlertLogRow,
  type AlertQuery,
  epochMs,
  fromIso,
  type HistoryStore,
  type HistoryTx,
} from '../model/index.ts'

const MOST_KEPT = 2_000

/**
 * The alerts as they are logged. What a transaction writes is seen by itself at once and by everybody else when it is
 * through.
 */
export class AlertBook {
  readonly #history: Pick<HistoryStore, 'alertLog'>
  readonly #known = new Map<string, Alert>()
  #staged = new Map<string, Alert>()

  constructor(history: Pick<HistoryStore, 'alertLog'>) {
    this.#history = history
  }

  /** Forgets what a transaction that failed had written. */
  begin(): void {
    this.#staged = new Map()
  }

  write(alert: Alert, tx: Pick<HistoryTx, 'logAlert'>): void {
    this.#staged.set(alert.id, alert)
    tx.logAlert({ id: alert.id, at: fromIso(alert.at) ?? epochMs(0), account: alert.account, body: alert })
  }

  /** The transaction is through: what it wrote, in its order. */
  commit(): readonly Alert[] {
    const written = [...this.#staged.values()]
    for (const alert of written) {
      this.#known.delete(alert.id)
      this.#known.set(alert.id, alert)
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MOST_KEPT) break
      this.#known.delete(id)
    }
    this.#staged = new Map()
    return written
  }

  find(id: string): Alert | null {
    const near = this.#staged.get(id) ?? this.#known.get(id)
    if (near !== undefined) return near
    const [row] = this.#history.alertLog({ id, limit: 1 })
    return row === undefined ? null : readAlert(row)
  }

  list(query: AlertQuery): readonly Alert[] {
    const limit = query.firing === true ? MOST_KEPT : query.limit
    const rows = this.#history.alertLog({ since: query.since, limit: query.account === undefined ? limit : MOST_KEPT })
    return rows
      .flatMap((row) => readAlert(row) ?? [])
      .filter((alert) => query.firing !== true || alert.state === 'firing')
      .filter((alert) => query.account === undefined || isAbout(alert, query.account))
      .slice(0, query.limit)
  }
}

function isAbout({ account }: Alert, wanted: string): boolean {
  return account !== null && (account === wanted || account.slice(account.indexOf('/') + 1) === wanted)
}

/** A logged alert; null for a row of another form. Fields that an older version did not write are empty. */
function readAlert(row: Pick<AlertLogRow, 'body'>): Alert | null {
  const { body } = row
  if (typeof body !== 'object' || body === null) return null
  const held: Partial<Alert> = body
  const { id, rule, event, state, at, message } = held
  if (typeof id !== 'string' || typeof rule !== 'string' || event === undefined || state === undefined) return null
  if (typeof at !== 'string' || typeof message !== 'string') return null
  return {
    id,
    rule,
    event,
    state,
    severity: held.severity ?? 'warning',
    account: held.account ?? null,
    provider: held.provider ?? null,
    quota: held.quota ?? null,
    level: held.level ?? null,
    remainingRatio: held.remainingRatio ?? null,
    resetsAt: held.resetsAt ?? null,
    at,
    resolvedAt: held.resolvedAt ?? null,
    message,
    acknowledgedAt: held.acknowledgedAt ?? null,
    snoozedUntil: held.snoozedUntil ?? null,
    deliveries: Array.isArray(held.deliveries) ? held.deliveries : [],
  }
}

/** The alert with one channel's delivery as it is now. What was delivered stays so, whatever comes after. */
export function withDelivery(alert: Alert, delivery: AlertDelivery): Alert {
  const before = alert.deliveries.find((one) => one.channel === delivery.channel)
  if (before?.state === 'delivered' && delivery.state !== 'delivered') return alert
  const others = alert.deliveries.filter((one) => one.channel !== delivery.channel)
  return { ...alert, deliveries: [...others, delivery] }
}
