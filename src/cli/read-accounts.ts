import { clean } from '../format/clean.ts'
import type { App, Snapshot, SnapshotOptions } from '../model/app.ts'
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
    const ids = await wantedIds(app, filter)
    const snapshot = await app.snapshot({ mode, accounts: ids, onProgress: progress.report })
    const document = pickAccounts(snapshot.document, filter)
    return { app, snapshot, document }
  } finally {
    progress.end()
  }
}

/** Undefined: all of them. */
async function wantedIds(app: App, filter: Filter): Promise<readonly string[] | undefined> {
  if (filter.provider === null && filter.account === null) return undefined
  if (filter.provider !== null) {
    const known = await app.providers()
    checkProvider(
      filter.provider,
      known.map((provider) => provider.id),
    )
  }
  const listed = await app.snapshot({ mode: 'fresh', accounts: [] })
  return pickAccounts(listed.document, filter).accounts.map((account) => account.id)
}

/** Says on stderr what a person must know about where the numbers come from. */
export function noteOrigin({ snapshot, app }: ReadAccounts, context: CommandContext): void {
  const isSaid = app.upstream !== null && /upstream/i.test(snapshot.notice ?? '')
  if (snapshot.notice !== null && !isSaid) context.note(clean(snapshot.notice))
}
