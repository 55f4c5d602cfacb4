import type { AccountComparison, AccountDocument, AccountsDocument } from '../../../src/model/index.ts'

/** The quotas that are worth comparing, in the order given. */
export function comparedRows(
  quotas: readonly AccountComparison[],
  { accounts }: Pick<AccountsDocument, 'accounts'>,
): readonly AccountComparison[] {
  const byId = new Map(accounts.map((account) => [account.id, account]))
  return quotas.filter((row) => isCompared(byId.get(row.account), row.quota))
}

/** Models that share a window say the same as it does; helpers count for nothing. */
function isCompared(account: AccountDocument | undefined, id: string): boolean {
  const quota = account?.quotas.find((one) => one.id === id)
  if (account === undefined || quota === undefined) return true
  return !quota.helper && (quota.kind !== 'model' || !account.quotas.some(({ kind }) => kind === 'window'))
}
