import type { SourceReport } from '../model/credential.ts'
import type { AccountDocument } from '../model/document.ts'

export interface BrokenLoginQuery {
  /** Null: logins of every service; else those that may lie where logins of this one do. */
  readonly provider: string | null
  readonly providers: readonly { readonly id: string; readonly sources: readonly string[] }[]
  /** What is shown beside: an account that says itself that its login cannot be read needs no second word. */
  readonly accounts: readonly AccountDocument[]
}

/** Logins that are there and cannot be used, though no account says so. */
export function brokenLogins(reports: readonly SourceReport[], query: BrokenLoginQuery): readonly SourceReport[] {
  const { provider, providers, accounts } = query
  const sources = providers.find(({ id }) => id === provider)?.sources ?? []
  const told = new Set(
    accounts.flatMap((account) => (account.problem?.code === 'credential_unreadable' ? account.sources : [])),
  )
  return reports.filter(
    ({ state, count, source }) =>
      state === 'unreadable' && (count === 0 || !told.has(source)) && (provider === null || sources.includes(source)),
  )
}

/** What is wrong with it and what to do. `place` '': it is not told, or was not found. */
export function brokenLoginSentence({ source, place, detail, hint }: SourceReport): string {
  const what = place === '' ? `A login of ${source} cannot be used.` : `The login in ${place} cannot be used.`
  return [what, detail, hint].filter((part) => part !== null && part !== '').join(' ')
}
