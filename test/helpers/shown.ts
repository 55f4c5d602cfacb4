/** What a daemon has shown over its API, and what of it a later one, or the same one after a kill, no longer knows. */
import type { Alert } from '../../src/model/alerts.ts'
import type { AccountsDocument } from '../../src/model/document.ts'
import type { Daemon } from './machine.ts'

/** One row of `GET /api/v1/export?format=json`. */
interface StoredRow {
  readonly at: string
  readonly account: string
  readonly quota: string
  readonly remaining_ratio: number | null
}

interface ShownValue {
  readonly account: string
  readonly quota: string
  readonly at: string
  readonly remainingRatio: number | null
}

export interface Shown {
  /** Reads everything once, of the past only what is younger than `since`. What does not arrive whole was not shown. */
  look(daemon: Daemon, since: Date): Promise<void>
  /** One line for each value, sample or alert that was ever shown and is not known any more. */
  missing(daemon: Daemon): Promise<readonly string[]>
  readonly values: number
  readonly samples: number
  readonly alerts: number
}

export function rememberShown(): Shown {
  const values = new Map<string, ShownValue>()
  const rows = new Set<string>()
  const alerts = new Set<string>()
  return {
    get values() {
      return values.size
    },
    get samples() {
      return rows.size
    },
    get alerts() {
      return alerts.size
    },
    async look(daemon, since) {
      const range = `since=${since.toISOString()}`
      for (const value of valuesOf(await json(daemon, '/api/v1/accounts'))) values.set(JSON.stringify(value), value)
      for (const row of await storedRows(daemon, range)) rows.add(JSON.stringify(row))
      for (const { id } of await alertsOf(daemon, range)) alerts.add(id)
    },
    async missing(daemon) {
      const stored = await storedRows(daemon)
      const kept = new Set(stored.map((row) => JSON.stringify(row)))
      const series = Map.groupBy(
        stored.map((row) => ({ ...row, ms: Date.parse(row.at) })),
        ({ account, quota }) => `${account} ${quota}`,
      )
      const logged = new Set((await loggedAlerts(daemon)).map(({ id }) => id))
      return [
        ...[...rows].filter((row) => !kept.has(row)).map((row) => `sample ${row}`),
        ...[...values.values()]
          .filter((value) => !isStored(value, series.get(`${value.account} ${value.quota}`) ?? []))
          .map((value) => `value ${JSON.stringify(value)}`),
        ...[...alerts].filter((id) => !logged.has(id)).map((id) => `alert ${id}`),
      ]
    },
  }
}

/** Every alert of the log, account by account: one answer has an end. */
export async function loggedAlerts(daemon: Daemon): Promise<readonly Alert[]> {
  const { accounts } = await json<AccountsDocument>(daemon, '/api/v1/accounts')
  const pages = accounts.map(({ id }) => alertsOf(daemon, `account=${encodeURIComponent(id)}`))
  return (await Promise.all(pages)).flat()
}

async function alertsOf(daemon: Daemon, query: string): Promise<readonly Alert[]> {
  return (await json<{ alerts: Alert[] }>(daemon, `/api/v1/alerts?limit=2000&${query}`)).alerts
}

async function storedRows(daemon: Daemon, range = ''): Promise<readonly StoredRow[]> {
  return (await json<{ samples: StoredRow[] }>(daemon, `/api/v1/export?format=json&${range}`)).samples
}

async function json<Answer>(daemon: Daemon, path: string): Promise<Answer> {
  return (await (await daemon.get(path)).json()) as Answer
}

function valuesOf(document: AccountsDocument): readonly ShownValue[] {
  return document.accounts.flatMap((account) =>
    account.quotas.flatMap((quota) => {
      const at = quota.observedAt ?? account.observedAt
      return at === null ? [] : [{ account: account.id, quota: quota.id, at, remainingRatio: quota.remainingRatio }]
    }),
  )
}

/** A value that has not changed is not stored anew, so the last row up to its instant must say the same. */
function isStored(value: ShownValue, rows: readonly (StoredRow & { readonly ms: number })[]): boolean {
  const at = Date.parse(value.at)
  return rows.findLast(({ ms }) => ms <= at)?.remaining_ratio === value.remainingRatio
}
