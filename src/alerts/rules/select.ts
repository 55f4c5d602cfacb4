import type { Account, AlertCondition, AlertEvent, AlertRule, Quota } from '../../model/index.ts'

/** Conditions about an account as a whole; the others are about a quota. */
export function isAccountRule(rule: AlertRule): boolean {
  const { kind } = rule.when
  return kind === 'auth_required' || kind === 'forbidden' || kind === 'stale'
}

export function eventOf(condition: AlertCondition): AlertEvent {
  switch (condition.kind) {
    case 'remaining_ratio':
    case 'remaining_amount':
      return 'remaining'
    default:
      return condition.kind
  }
}

export function watchesAccount(rule: AlertRule, account: Pick<Account, 'id' | 'name' | 'provider'>): boolean {
  return fits(rule.provider, account.provider) && fits(rule.account, account.id, account.name)
}

/**
 * Helper models are watched only by name; windows that tokstat does not know (`x.…`) never are (contracts section 8,
 * Kinds).
 */
export function watchesQuota(rule: AlertRule, quota: Pick<Quota, 'id' | 'kind' | 'helper'>): boolean {
  if (quota.id.startsWith('x.') || !fits(rule.kind, quota.kind)) return false
  return rule.quota.includes(quota.id) || (!quota.helper && rule.quota.includes('*'))
}

function fits(selector: readonly string[], ...names: readonly string[]): boolean {
  return selector.includes('*') || names.some((name) => selector.includes(name))
}
