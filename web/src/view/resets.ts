import { accountTitle } from '../../../src/format/headline.ts'
import { type AccountsDocument, type EpochMs, fromIso, type QuotaDocument } from '../../../src/model/index.ts'

/** What comes back at one instant for one account. */
export interface ResetEntry {
  readonly key: string
  readonly at: EpochMs
  readonly account: string
  readonly title: string
  readonly labels: readonly string[]
  /** The largest share that comes back; null: not known. */
  readonly usedRatio: number | null
}

export interface ResetDay {
  /** The reader's own calendar day. */
  readonly day: string
  readonly at: EpochMs
  readonly entries: readonly ResetEntry[]
}

/** Every reset ahead, day by day, soonest first. Models come back with the shared windows, where those are reported. */
export function resetsByDay(document: AccountsDocument, now: EpochMs): readonly ResetDay[] {
  const entries = document.accounts
    .filter((account) => account.status !== 'disabled')
    .flatMap((account) => {
      const byInstant = Map.groupBy(shownQuotas(account.quotas), ({ resetsAt }) => fromIso(resetsAt))
      return [...byInstant].flatMap(([at, quotas]): ResetEntry[] => {
        if (at === null || at <= now) return []
        const used = quotas.map(({ usedRatio }) => usedRatio).filter((ratio) => ratio !== null)
        return [
          {
            key: `${account.id} ${at}`,
            at,
            account: account.id,
            title: accountTitle(account, document),
            labels: quotas.map(({ label }) => label),
            usedRatio: used.length === 0 ? null : Math.min(1, Math.max(...used)),
          },
        ]
      })
    })
    .sort((a, b) => a.at - b.at)
  const days = Map.groupBy(entries, ({ at }) => new Date(at).toDateString())
  return [...days].flatMap(([day, list]) => (list[0] === undefined ? [] : [{ day, at: list[0].at, entries: list }]))
}

function shownQuotas(quotas: readonly QuotaDocument[]): readonly QuotaDocument[] {
  const shown = quotas.filter((quota) => !quota.helper)
  return shown.some((quota) => quota.kind === 'window') ? shown.filter((quota) => quota.kind !== 'model') : shown
}
