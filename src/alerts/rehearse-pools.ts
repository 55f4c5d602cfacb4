import type { EpochMs, Quota, Rules } from '../model/index.ts'
import { isSameAllowance } from './rules/allowance.ts'
import type { Edge } from './rules/quotas.ts'

/** What one quota would have fired. */
export interface Found {
  readonly edge: Edge
  readonly at: EpochMs
  readonly resolvedAt: EpochMs | null
}

export interface PoolGroup {
  readonly lead: Found
  readonly sharing: readonly Quota[]
}

/**
 * The quotas were judged one after the other; what one allowance would have fired is one alert, as it is in life: its
 * window speaks, else its first model, and it ends with the last of them. By time.
 */
export function byPool(found: readonly Found[], rules: Rules): readonly PoolGroup[] {
  const groups: PoolGroup[] = []
  const isModel = ({ edge }: Found): number => Number(edge.quota?.kind === 'model')
  for (const one of [...found].sort((a, b) => a.at - b.at || isModel(a) - isModel(b))) {
    const at = groups.findLastIndex(({ lead }) => speaksFor(lead, one, rules))
    const group = groups[at]
    if (group === undefined || one.edge.quota === null) groups.push({ lead: one, sharing: [] })
    else groups[at] = { lead: endedLast(group.lead, one), sharing: [...group.sharing, one.edge.quota] }
  }
  return groups
}

function speaksFor(lead: Found, { edge, at }: Found, rules: Rules): boolean {
  const { id, provider } = edge.account.account
  if (lead.edge.rule !== edge.rule || lead.edge.account.account.id !== id) return false
  if (lead.edge.quota === null || edge.quota === null) return false
  const isOn = edge.kind === 'fired' && (lead.resolvedAt === null || lead.resolvedAt > at)
  return (lead.at === at || isOn) && isSameAllowance(lead.edge.quota, edge.quota, provider, rules)
}

function endedLast(lead: Found, { resolvedAt }: Found): Found {
  if (lead.resolvedAt === null || resolvedAt === null) return { ...lead, resolvedAt: null }
  return resolvedAt > lead.resolvedAt ? { ...lead, resolvedAt } : lead
}
