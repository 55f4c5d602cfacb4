import { QuotaError } from '../../model/problem.ts'
import { makeQuota, type Quota } from '../../model/quota.ts'
import type { Reading } from '../../model/reading.ts'
import { unexpected } from '../shared/json.ts'
import { corruptNote } from '../shared/notes.ts'
import { ENDPOINT, HOST, TITLE } from './ask.ts'
import { Balance, type BalanceInfo } from './schema.ts'

/** Their answer as a reading: one balance a currency, never added up. `subject` is the hash of the key. */
export function parse(json: unknown, subject: string): Reading {
  const parsed = Balance.safeParse(json)
  if (!parsed.success || !parsed.data.balance_infos.isPresent) throw unexpected({ title: TITLE, endpoint: ENDPOINT })
  const { balance_infos: infos, is_available: isAvailable } = parsed.data
  const quotas = lowestByCurrency(infos.items).map((info) => toQuota(info, isAvailable !== false))
  if (quotas.length === 0) throw infos.dropped > 0 ? unexpected({ title: TITLE, endpoint: ENDPOINT }) : noBalance()
  return {
    identity: { subject, workspace: null, email: null, login: null },
    plan: null,
    quotas,
    notes: corruptNote(infos.dropped),
    observedAt: null,
    via: HOST,
  }
}

/** In the order of their names, so that the order of the answer decides nothing. */
function lowestByCurrency(infos: readonly BalanceInfo[]): readonly BalanceInfo[] {
  const lowest = new Map<string, BalanceInfo>()
  for (const info of infos) {
    const known = lowest.get(info.currency)
    if (known === undefined || info.total_balance < known.total_balance) lowest.set(info.currency, info)
  }
  return [...lowest.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
}

function toQuota({ currency, total_balance: remaining }: BalanceInfo, isAvailable: boolean): Quota {
  return makeQuota({
    id: `balance.${currency.toLowerCase()}`,
    label: `Balance ${currency}`,
    kind: 'balance',
    unit: currency,
    remaining,
    // The service refuses to work on this money: nothing of it can be spent, whatever its amount.
    ...(isAvailable ? {} : { remainingRatio: 0 }),
  })
}

/** An empty list says nothing about money; it is not a balance of 0. */
function noBalance(): QuotaError {
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'DeepSeek reports no balance for this key.',
    hint: 'Look at the billing page of the account that the key belongs to.',
    endpoint: ENDPOINT,
  })
}
