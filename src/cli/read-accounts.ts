import { brokenLoginSentence, brokenLogins } from '../format/broken-login.ts'
import { clean } from '../format/clean.ts'
import type { App, ProviderInfo, Snapshot, SnapshotOptions } from '../model/app.ts'
import type { AccountsDocument } from '../model/document.ts'
import type { ArgumentSpec, CommandContext, OptionSpec } from './command.ts'
import { checkProvider, type Filter, pickAccounts } from './pick.ts'
import { SILENT, startProgress } from './progress.ts'

export const PROVIDER_OPTION: OptionSpec = {
  flags: '--provider <id>',
  description: 'only this service',
  completes: 'provider',
}
export const ACCOUNT_OPTION: OptionSpec = {
  flags: '--account <name>',
  description: 'only this account, by id or name',
  completes: 'account',
}

/** Accounts that `login` has made. */
export const OWN_ACCOUNTS: NonNullable<ArgumentSpec['only']> = {
  fits: ({ sources }) => sources.includes('vault'),
  none: 'tokstat has not logged in to any account itself; `tokstat login` does, and other logins belong to their tools.',
}

export interface ReadAccounts {
  readonly app: App
  readonly snapshot: Snapshot
  /** What was asked for. */
  readonly document: AccountsDocument
  /** The services there are; empty when the command did not name one. */
  readonly providers: readonly ProviderInfo[]
}

export function filterOf({ options }: CommandContext): Filter {
  return { provider: options.text('provider'), account: options.text('account') }
}

/**
 * The accounts a command asked for, fetched where they are due. Only those are fetched: with a filter the accounts are
 * listed first, which asks nobody. Throws AppError 4 for a provider or account that does not exist.
 */
export async function readAccounts(
  context: CommandContext,
  mode: SnapshotOptions['mode'],
  options: { readonly isQuiet?: boolean } = {},
): Promise<ReadAccounts> {
  const filter = filterOf(context)
  const app = await context.app()
  const progress = options.isQuiet === true ? SILENT : startProgress(context.io, 'Asking the services')
  try {
    const providers = filter.provider === null ? [] : await app.providers()
    const ids = await wantedIds(app, filter, providers)
    const snapshot = await app.snapshot({ mode, accounts: ids, onProgress: progress.report })
    const document = pickAccounts(snapshot.document, filter)
    return { app, snapshot, document, providers }
  } finally {
    progress.end()
  }
}

/** Undefined: all of them. */
async function wantedIds(
  app: App,
  filter: Filter,
  providers: readonly ProviderInfo[],
): Promise<readonly string[] | undefined> {
  if (filter.provider === null && filter.account === null) return undefined
  if (filter.provider !== null) {
    checkProvider(
      filter.provider,
      providers.map((provider) => provider.id),
    )
  }
  const listed = await app.snapshot({ mode: 'fresh', accounts: [] })
  return pickAccounts(listed.document, filter).accounts.map((account) => account.id)
}

/** What is wrong with logins that no account of the answer tells of, one sentence each; only those that were asked for. */
export function brokenLoginLines(
  { snapshot, document, providers }: ReadAccounts,
  context: CommandContext,
): readonly string[] {
  const { provider, account } = filterOf(context)
  if (account !== null) return []
  return brokenLogins(snapshot.sources, { provider, providers, accounts: document.accounts }).map(brokenLoginSentence)
}

/** Says on stderr what a person must know about where the numbers come from. */
export function noteOrigin({ snapshot, app }: ReadAccounts, context: CommandContext): void {
  const isSaid = app.upstream !== null && /upstream/i.test(snapshot.notice ?? '')
  if (snapshot.notice !== null && !isSaid) context.note(clean(snapshot.notice))
}
