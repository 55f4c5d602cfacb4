import { type AccountDocument, type EpochMs, fromIso, type Level, levelRank } from '../../../src/model/index.ts'
import { accountVerdict } from './lines.ts'

export const SORTS = ['listed', 'attention', 'left', 'reset', 'name'] as const
type Sort = (typeof SORTS)[number]
export const GROUPS = ['provider', 'level', 'pool', 'none'] as const
export type Group = (typeof GROUPS)[number]
export const SHOWS = ['all', 'attention', 'usable'] as const
type Show = (typeof SHOWS)[number]

/** What the address asks of the overview. */
export interface Arrangement {
  readonly text: string
  readonly sort: Sort
  readonly group: Group
  readonly show: Show
}

export function readArrangement(parameters: ReadonlyMap<string, string>): Arrangement {
  const one = <Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice =>
    choices.find((choice) => choice === parameters.get(name)) ?? fallback
  return {
    text: parameters.get('q') ?? '',
    sort: one('sort', SORTS, 'listed'),
    group: one('group', GROUPS, 'provider'),
    show: one('show', SHOWS, 'all'),
  }
}

export interface AccountGroup {
  /** Provider id, level or pool; '' for the one group of all. */
  readonly key: string
  readonly accounts: readonly AccountDocument[]
}

/** The accounts as the overview shows them: filtered, sorted, grouped. Groups come in the order of their first one. */
export function arrange(
  accounts: readonly AccountDocument[],
  arrangement: Arrangement,
  now: EpochMs,
): readonly AccountGroup[] {
  const words = arrangement.text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = accounts.filter(
    (account) => isShown(account, arrangement.show, now) && words.every((word) => haystack(account).includes(word)),
  )
  const sorted = sortAccounts(found, arrangement.sort, now)
  const groups = new Map<string, AccountDocument[]>()
  for (const account of sorted) {
    for (const key of groupKeys(account, arrangement.group)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [account])
      else group.push(account)
    }
  }
  return [...groups].map(([key, members]) => ({ key, accounts: members }))
}

const haystacks = new WeakMap<AccountDocument, string>()

/** Everything a person may type to find an account. */
function haystack(account: AccountDocument): string {
  const known = haystacks.get(account)
  if (known !== undefined) return known
  const parts = [account.id, account.name, account.email, account.plan?.name, account.plan?.id, account.status]
  for (const quota of account.quotas) if (!quota.helper) parts.push(quota.label, quota.id, quota.level)
  const text = parts.filter(Boolean).join(' ').toLowerCase()
  haystacks.set(account, text)
  return text
}

function isShown(account: AccountDocument, show: Show, now: EpochMs): boolean {
  if (show === 'all') return true
  const needs = needsAttention(account, now)
  return show === 'attention' ? needs : !needs && account.status === 'ok'
}

/** Something is wrong with the account, or it runs out before it comes back. */
export function needsAttention(account: AccountDocument, now: EpochMs): boolean {
  return account.problem !== null || accountVerdict(account, now)?.colour === 'red'
}

const COLOUR_RANK = { red: 1, amber: 2, calm: 3, grey: 4 } as const

function attentionRank(account: AccountDocument, now: EpochMs): number {
  if (account.problem !== null) return account.problem.code === 'rate_limited' ? 1 : 0
  const verdict = accountVerdict(account, now)
  return verdict === null ? 5 : COLOUR_RANK[verdict.colour]
}

/** The least share that is left of the account's quotas; null when none is known. */
export function leastLeft(account: AccountDocument): number | null {
  let least: number | null = null
  for (const quota of account.quotas) {
    if (quota.helper || quota.due || quota.remainingRatio === null) continue
    if (least === null || quota.remainingRatio < least) least = quota.remainingRatio
  }
  return least
}

function nextReset(account: AccountDocument, now: EpochMs): number {
  let next = Number.POSITIVE_INFINITY
  for (const quota of account.quotas) {
    const at = quota.helper ? null : fromIso(quota.resetsAt)
    if (at !== null && at > now && at < next) next = at
  }
  return next
}

function sortAccounts(accounts: readonly AccountDocument[], sort: Sort, now: EpochMs): readonly AccountDocument[] {
  const keyed = accounts.map((account, index) => ({ account, index, key: sortKey(account, sort, now) }))
  keyed.sort((a, b) => a.key - b.key || (sort === 'name' ? compareNames(a.account, b.account) : a.index - b.index))
  return keyed.map(({ account }) => account)
}

function sortKey(account: AccountDocument, sort: Sort, now: EpochMs): number {
  switch (sort) {
    case 'attention':
      return attentionRank(account, now)
    case 'left':
      return leastLeft(account) ?? 2
    case 'reset':
      return nextReset(account, now) === Number.POSITIVE_INFINITY ? Number.MAX_SAFE_INTEGER : nextReset(account, now)
    case 'listed':
    case 'name':
      return 0
  }
}

function compareNames(a: AccountDocument, b: AccountDocument): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

function groupKeys(account: AccountDocument, group: Group): readonly string[] {
  switch (group) {
    case 'provider':
      return [account.provider]
    case 'level':
      return [accountLevel(account)]
    case 'pool': {
      const pools = new Set(
        account.quotas.filter((quota) => quota.kind === 'model' && !quota.helper).map((q) => q.pool),
      )
      return pools.size > 0 && account.provider === 'antigravity' ? [...pools] : [account.provider]
    }
    case 'none':
      return ['']
  }
}

/** The lowest level of the account's quotas: what stands in the way first. */
function accountLevel(account: AccountDocument): Level {
  let lowest: Level = 'unknown'
  for (const { helper, level } of account.quotas) {
    const rank = helper ? null : levelRank(level)
    const known = levelRank(lowest)
    if (rank !== null && (known === null || rank < known)) lowest = level
    else if (level === 'unlimited' && !helper && lowest === 'unknown') lowest = level
  }
  return lowest
}
