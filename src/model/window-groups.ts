import { linesOf } from './account-lines.ts'
import type { AccountDocument, QuotaDocument } from './document.ts'

/** Quotas whose used shares may be added up, since a full one is as long as any other. */
export interface WindowGroup {
  /** Null: of every service. */
  readonly provider: string | null
  /** Null: no length is reported; only windows of one service stand together then. */
  readonly windowSeconds: number | null
  readonly members: readonly WindowMember[]
}

interface WindowMember {
  readonly account: string
  readonly quota: string
  readonly unit: string
}

/**
 * The windows of all accounts that can be summed: by length over every service, then by service and length, the
 * largest group first. A five-hour window and a week are never one group.
 */
export function windowGroups(accounts: readonly AccountDocument[]): readonly WindowGroup[] {
  const counted = accounts.flatMap((account) =>
    countedQuotas(account).map(({ id, unit, windowSeconds }) => ({
      provider: account.provider,
      windowSeconds,
      member: { account: account.id, quota: id, unit },
    })),
  )
  const everywhere = counted
    .filter(({ windowSeconds }) => windowSeconds !== null)
    .map((one) => ({ ...one, provider: null }))
  return [...grouped(everywhere), ...grouped(counted)]
}

interface Counted {
  readonly provider: string | null
  readonly windowSeconds: number | null
  readonly member: WindowMember
}

function grouped(counted: readonly Counted[]): readonly WindowGroup[] {
  const groups = Map.groupBy(counted, ({ provider, windowSeconds }) => `${provider} ${windowSeconds}`)
  return [...groups.values()]
    .flatMap((list) => {
      const [first] = list
      if (first === undefined) return []
      return [{ provider: first.provider, windowSeconds: first.windowSeconds, members: list.map((one) => one.member) }]
    })
    .sort((one, other) => other.members.length - one.members.length)
}

/**
 * The quotas of an account that together say what was used, each use once for each length of window: helpers count for
 * nothing, models behind a reported window are that window, and a pool is its tightest member.
 */
function countedQuotas(account: AccountDocument): readonly QuotaDocument[] {
  const { main, more } = linesOf(account, (pool) => pool)
  const shown = [...main, ...more].map(({ quota }) => quota)
  const windows = shown.filter(({ kind }) => kind === 'window')
  const counted = windows.length > 0 ? windows : shown.filter(({ kind }) => kind === 'model')
  return counted.filter((quota) => quota.usedRatio !== null && !isUnknownWindow(quota) && !isPartOf(quota, windows))
}

/** Nobody knows what else a window counts that we do not know (`x.…`). */
function isUnknownWindow({ id }: QuotaDocument): boolean {
  return id.startsWith('x.')
}

/** `weekly.opus` beside `weekly`: what one model burns is burned in the whole as well. */
function isPartOf({ id, windowSeconds }: QuotaDocument, windows: readonly QuotaDocument[]): boolean {
  return windows.some((whole) => id.startsWith(`${whole.id}.`) && whole.windowSeconds === windowSeconds)
}
