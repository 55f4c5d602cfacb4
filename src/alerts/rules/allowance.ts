import { type AccountState, type AlertRule, isSameReset, poolOf, type Quota, type Rules } from '../../model/index.ts'
import type { Edge } from './quotas.ts'
import { watchesQuota } from './select.ts'
import { type RuleState, stateKey } from './state.ts'

/** Two answers of one service: their shares may differ by a rounding. */
const SAME_SHARE = 0.005

/**
 * Whether two quotas of an account are one allowance, seen twice: models of one pool that say the same, and the
 * window that they draw on. Models of one pool that say different things stay apart.
 */
export function isSameAllowance(one: Quota, other: Quota, provider: string, rules: Rules): boolean {
  if (!hasSameValue(one, other)) return false
  if (one.kind === 'model' && other.kind === 'model') {
    return poolOf(provider, one, rules.poolGroup) === poolOf(provider, other, rules.poolGroup)
  }
  const kinds = [one.kind, other.kind].sort().join()
  return kinds === 'model,window' && one.providerPool !== null && one.providerPool === other.providerPool
}

function hasSameValue(one: Quota, other: Quota): boolean {
  if (one.remainingRatio === null || other.remainingRatio === null) return false
  const isSpent = (quota: Quota): boolean => (quota.remainingRatio ?? 1) <= 0
  if (isSpent(one) !== isSpent(other) || Math.abs(one.remainingRatio - other.remainingRatio) > SAME_SHARE) return false
  if (one.resetsAt === null || other.resetsAt === null) return one.resetsAt === other.resetsAt
  return isSameReset(one.resetsAt, other.resetsAt)
}

/** What else of this account says the same of the same allowance, as far as the rule watches it. */
export function sharersOf(quota: Quota, rule: AlertRule, { account, reading }: AccountState, rules: Rules): Quota[] {
  return (reading?.quotas ?? []).filter(
    (other) =>
      other.id !== quota.id && watchesQuota(rule, other) && isSameAllowance(quota, other, account.provider, rules),
  )
}

export interface Grouping {
  readonly rules: Rules
  /** As it is after this reading. */
  readonly stateOf: (key: string) => RuleState | null
  readonly setState: (key: string, state: RuleState) => void
  readonly isSnoozed: (key: string) => boolean
}

/**
 * One edge for each allowance: its window speaks, else its first model. What follows while an alert of the same
 * allowance fires joins it in silence. Each quota keeps its own state, so that an alert ends with the last of them.
 */
export function byAllowance(edges: readonly Edge[], grouping: Grouping): readonly Edge[] {
  const rest = edges.filter(({ kind, quota }) => kind === 'resolved' || quota === null)
  let begun = edges.filter((edge) => !rest.includes(edge)).sort((a, b) => Number(isModel(a)) - Number(isModel(b)))
  const grouped: Edge[] = []
  for (let [lead] = begun; lead !== undefined; [lead] = begun) {
    const first = lead
    const members = begun.filter((edge) => edge === first || belongsTo(first, edge, grouping))
    begun = begun.filter((edge) => !members.includes(edge))
    if (join(members, begun, grouping)) continue
    if (members.length > 1 && first.kind === 'fired') markAll(members, grouping)
    const sharing = members.flatMap(({ quota }) => (quota === null || quota === first.quota ? [] : [quota]))
    grouped.push({ ...first, sharing })
  }
  return [...rest, ...grouped]
}

function isModel({ quota }: Edge): boolean {
  return quota?.kind === 'model'
}

/** Who is snoozed must not speak, in silence, for those who are not. */
function belongsTo(lead: Edge, edge: Edge, { rules, isSnoozed }: Grouping): boolean {
  if (lead.kind !== edge.kind || lead.rule !== edge.rule || lead.quota === null || edge.quota === null) return false
  const { provider } = lead.account.account
  return isSameAllowance(lead.quota, edge.quota, provider, rules) && isSnoozed(lead.key) === isSnoozed(edge.key)
}

function markAll(members: readonly Edge[], { stateOf, setState }: Grouping): void {
  for (const { key } of members) {
    const state = stateOf(key)
    if (state !== null) setState(key, { ...state, group: true })
  }
}

/** True: an alert of this allowance fires already, and speaks for these too. */
function join(members: readonly Edge[], begun: readonly Edge[], grouping: Grouping): boolean {
  const [lead] = members
  if (lead === undefined || lead.kind !== 'fired' || lead.quota === null) return false
  const fresh = new Set([...members, ...begun].map(({ key }) => key))
  const { rule, account } = lead
  for (const other of sharersOf(lead.quota, rule, account, grouping.rules)) {
    const key = stateKey(rule.name, account.account.id, other.id)
    const theirs = grouping.stateOf(key)
    if (fresh.has(key) || theirs?.phase !== 'firing' || theirs.alertId === null) continue
    if (grouping.isSnoozed(key) !== grouping.isSnoozed(lead.key)) continue
    grouping.setState(key, { ...theirs, group: true })
    const { alertId, saidAt, times, acknowledgedAt } = theirs
    for (const member of members) {
      const state = grouping.stateOf(member.key)
      if (state !== null)
        grouping.setState(member.key, { ...state, group: true, alertId, saidAt, times, acknowledgedAt })
    }
    return true
  }
  return false
}
