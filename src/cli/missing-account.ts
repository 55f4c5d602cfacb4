import { clean } from '../format/clean.ts'
import { AppError } from '../model/app.ts'
import type { AccountDocument } from '../model/document.ts'
import type { ArgumentSpec, CommandContext, Registered } from './command.ts'

/** What a person reads at a glance. */
const MOST_NAMED = 10

/**
 * The account that is meant where a command needs one and none was named: the only one there is, for a command that
 * changes nothing. Throws AppError 4 that says which there are, else.
 */
export async function accountInstead(
  spec: ArgumentSpec,
  { name }: Registered,
  context: CommandContext,
): Promise<string> {
  const fitting = await accountsFor(spec, context)
  const [only, ...others] = fitting ?? []
  if (spec.orTheOnlyOne === true && only !== undefined && others.length === 0) return only.id
  throw new AppError(4, 'bad_argument', `${name} needs an account, by id or name.`, hintOf(spec, fitting))
}

/** Null: they cannot be looked at now. Asks no service. */
async function accountsFor(
  { only }: ArgumentSpec,
  context: CommandContext,
): Promise<readonly AccountDocument[] | null> {
  try {
    const { document } = await (await context.app()).snapshot({ mode: 'fresh', accounts: [] })
    return document.accounts.filter((account) => only?.fits(account) ?? true)
  } catch {
    // What keeps it from looking (a broken config.toml) is not what was asked about; the next command says it.
    return null
  }
}

function hintOf({ only }: ArgumentSpec, fitting: readonly AccountDocument[] | null): string {
  if (fitting === null) return '`tokstat list` shows them.'
  if (fitting.length === 0) return only?.none ?? 'There are no accounts yet; `tokstat list` says how to add one.'
  const named = fitting.slice(0, MOST_NAMED).map((account) => clean(account.id))
  const more = fitting.length - named.length
  return `Known accounts: ${named.join(', ')}${more > 0 ? ` and ${more} more (\`tokstat list\`)` : ''}.`
}
