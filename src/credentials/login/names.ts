import { AppError } from '../../model/app.ts'
import { didYouMean } from '../../model/suggest.ts'
import { type OwnAccount, sameName } from '../vault/accounts.ts'

const LONGEST_NAME = 128

/** A name for an account, trimmed. Throws AppError 4. */
export function checkedName(text: string): string {
  const name = text.trim()
  if (name === '') throw new AppError(4, 'bad_argument', 'An account name cannot be empty.')
  if (name.length > LONGEST_NAME || /[\u0000-\u001f\u007f/]/.test(name)) {
    throw new AppError(
      4,
      'bad_argument',
      'An account name is at most 128 characters long, without "/" and line breaks.',
      'The "/" is what divides provider and name in an id.',
    )
  }
  return name
}

/** Names we own are unique over all providers. Throws AppError 4 when it is taken. */
export function requireFree(name: string, accounts: readonly OwnAccount[], hint: string): void {
  const taken = accounts.find((account) => sameName(account.name, name))
  if (taken === undefined) return
  throw new AppError(4, 'name_taken', `There is an account "${taken.name}" already (${idOf(taken)}).`, hint)
}

export function idOf(account: Pick<OwnAccount, 'provider' | 'name'>): string {
  return `${account.provider}/${account.name}`
}

/** The account of ours that an argument means: by id, else by name. Throws AppError 4 for none or two. */
export function findOwn(accounts: readonly OwnAccount[], wanted: string): OwnAccount {
  const exact = accounts.filter((account) => idOf(account) === wanted || account.name === wanted)
  const fitting = exact.length > 0 ? exact : accounts.filter((account) => sameName(account.name, wanted))
  const [first, ...others] = fitting
  if (first !== undefined && others.length === 0) return first
  const ids = (list: readonly OwnAccount[]): string => list.map(idOf).join(', ')
  if (first !== undefined) {
    const message = `"${wanted}" fits more than one account: ${ids(fitting)}.`
    throw new AppError(4, 'ambiguous_account', message, 'Use one of these ids.')
  }
  const known =
    accounts.length === 0 ? 'tokstat has not logged in to any account itself.' : `Its own accounts: ${ids(accounts)}.`
  const near = didYouMean(wanted, [...accounts.map((account) => account.name), ...accounts.map(idOf)])
  const hint = [near, known, 'Logins of other tools are ended with those tools.'].filter(Boolean).join(' ')
  throw new AppError(4, 'unknown_account', `Account '${wanted}' not found.`, hint)
}
