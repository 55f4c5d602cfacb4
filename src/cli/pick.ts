import { AppError } from '../model/app.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { isGateway, knowsModel, modelNames } from '../model/known-model.ts'
import { didYouMean } from '../model/suggest.ts'

export interface Filter {
  readonly provider: string | null
  /** Id (`provider/name`) or name. */
  readonly account: string | null
}

/**
 * The account that an argument means: by id, else by name. Throws AppError 4 when there is none (naming the known
 * ones) or more than one (listing their ids).
 */
export function findAccount(accounts: readonly AccountDocument[], wanted: string): AccountDocument {
  const byId = accounts.find((account) => account.id === wanted)
  if (byId) return byId
  const byName = accounts.filter((account) => account.name === wanted)
  const [first, ...others] = byName
  if (first && others.length === 0) return first
  if (first) {
    const ids = byName.map((account) => account.id).join(', ')
    throw new AppError(
      4,
      'ambiguous_account',
      `"${wanted}" fits more than one account: ${ids}.`,
      'Use one of these ids.',
    )
  }
  const known = accounts.map((account) => account.id)
  const near = didYouMean(wanted, [...known, ...accounts.map((account) => account.name)])
  const list = known.length === 0 ? 'There are no accounts yet.' : `Known accounts: ${known.join(', ')}.`
  throw new AppError(4, 'unknown_account', `There is no account "${wanted}".`, [near, list].filter(Boolean).join(' '))
}

/** Throws AppError 4 for a provider that is not known, naming those that are. */
export function checkProvider(wanted: string, known: readonly string[]): void {
  if (known.includes(wanted)) return
  const list = known.length === 0 ? null : `Known providers: ${known.join(', ')}.`
  const hint = [didYouMean(wanted, known), list].filter((part) => part !== null).join(' ')
  throw new AppError(4, 'unknown_provider', `There is no provider "${wanted}".`, hint === '' ? null : hint)
}

/** Throws AppError 4 for a quota that none of the accounts has, naming those they have. Null, and no quotas at all: fine. */
export function checkQuota(wanted: string | null, accounts: readonly AccountDocument[]): void {
  const known = new Set(accounts.flatMap((account) => account.quotas.map((quota) => quota.id)))
  if (wanted === null || known.size === 0 || known.has(wanted)) return
  const hint = [didYouMean(wanted, known), `Known quotas: ${[...known].join(', ')}.`].filter(Boolean).join(' ')
  const [only, ...others] = accounts
  const who = only !== undefined && others.length === 0 ? `${only.id} has no` : 'No account has a'
  throw new AppError(4, 'unknown_quota', `${who} quota "${wanted}".`, hint)
}

/**
 * Throws AppError 4 for a model that none of the accounts has anything to do with, naming those they have. No accounts:
 * fine. `isNamed`: the service was named, and a gateway's models are not known to us.
 */
export function checkModel(wanted: string, accounts: readonly AccountDocument[], isNamed: boolean): void {
  if (accounts.length === 0 || accounts.some((account) => knowsModel(account, wanted))) return
  const hasGateway = accounts.some(isGateway)
  if (isNamed && hasGateway) return
  const known = modelNames(accounts)
  const hint = [
    didYouMean(wanted, known),
    known.length === 0 ? null : `Known models: ${known.join(', ')}.`,
    hasGateway ? 'Name the gateway with --provider for a model that only it has, or write it as vendor/model.' : null,
  ]
  throw new AppError(4, 'unknown_model', `No account knows a model "${wanted}".`, hint.filter(Boolean).join(' '))
}

/** Throws AppError 4 for a pool that none of the accounts has, naming those they have. No quotas at all: fine. */
export function checkPool(wanted: string, accounts: readonly AccountDocument[]): void {
  const quotas = accounts.flatMap((account) => account.quotas.filter((quota) => !quota.helper))
  const known = new Set(quotas.map((quota) => quota.pool))
  if (known.size === 0 || known.has(wanted)) return
  const hint = [didYouMean(wanted, known), `Known pools: ${[...known].join(', ')}.`].filter(Boolean).join(' ')
  throw new AppError(4, 'unknown_pool', `No account has a pool "${wanted}".`, hint)
}

/** The document with only the accounts asked for. An account that another provider has does not count as found. */
export function pickAccounts(document: AccountsDocument, filter: Filter): AccountsDocument {
  const ofProvider =
    filter.provider === null
      ? document.accounts
      : document.accounts.filter((account) => account.provider === filter.provider)
  const accounts = filter.account === null ? ofProvider : [findAccount(ofProvider, filter.account)]
  return { ...document, accounts }
}
