import { capitals } from '../../format/provider-names.ts'
import { linesOf } from '../../model/account-lines.ts'
import type { AccountRow } from './model.ts'
import type { ShownQuota } from './quota-line.ts'

/** One account of the fleet: all of its quotas that are shown at a glance. */
export interface FleetAccount {
  readonly row: AccountRow
  /** As the service lists them: always in the same place. */
  readonly lines: readonly ShownQuota[]
  /** The one to look at first; null: nothing is known. */
  readonly worst: ShownQuota | null
}

/** What the fleet shows of an account: the same quotas as the web page, and always the one its colour is about. */
export function fleetAccount(row: AccountRow): FleetAccount {
  const { account, shown } = row
  const { main } = linesOf(account, (pool) => `${capitals(pool)} pool`)
  const lines = main.map(({ label, quota }) => ({ account, label, quota }))
  if (shown === null) return { row, lines, worst: null }
  const at = main.findIndex(({ quota, members }) => quota === shown || members.includes(shown))
  const worst = lines[at]
  if (worst !== undefined) return { row, lines, worst }
  const own = { account, label: shown.label, quota: shown }
  return { row, lines: [own, ...lines], worst: own }
}
