import { AppError } from '../model/app.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import { didYouMean } from './suggest.ts'

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

/** The document with only the accounts asked for. An account that another provider has does not count as found. */
export function pickAccounts(document: AccountsDocument, filter: Filter): AccountsDocument {
  const ofProvider =
    filter.provider === null
      ? document.accounts
      : document.accounts.filter((account) => account.provider === filter.provider)
  const accounts = filter.account === null ? ofProvider : [findAccount(ofProvider, filter.account)]
  return { ...document, accounts }
}
