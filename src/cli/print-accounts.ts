import { clean } from '../format/clean.ts'
import { providerTitle } from '../format/provider-names.ts'
import type { CommandContext } from './command.ts'
import { brokenLoginRow, emptyLines, flatList, groupedList, type ListView } from './list-view.ts'
import { brokenLoginLines, filterOf, type ReadAccounts } from './read-accounts.ts'

/** Prints the accounts as JSON, or as one of the two tables; without any account, what to do. */
export async function printAccounts(
  read: ReadAccounts,
  context: CommandContext,
  shape: 'grouped' | 'flat',
): Promise<void> {
  const { app, snapshot, document } = read
  const brokenLogins = brokenLoginLines(read, context)
  if (context.json) {
    for (const line of brokenLogins) context.note(clean(line))
    context.printJson(document)
    return
  }
  const { io, options, paint } = context
  if (document.accounts.length === 0) {
    const { provider } = filterOf(context)
    const infos = (await app.providers()).filter((info) => provider === null || info.id === provider)
    const signIn = infos.map((info) => ({ title: info.title, how: info.signIn }))
    const lines =
      provider !== null && snapshot.document.accounts.length > 0
        ? [`No account at ${providerTitle(provider)} yet.`, ...signIn.map(({ how }) => how)]
        : emptyLines(snapshot.sources, signIn, paint)
    const broken = brokenLogins.flatMap((line) => brokenLoginRow(line, io.stdout.columns(), paint))
    context.print([...broken, ...(broken.length === 0 ? [] : ['']), ...lines].join('\n'))
    return
  }
  const view: ListView = {
    document,
    whole: snapshot.document,
    now: app.now(),
    rules: app.rules,
    width: io.stdout.columns(),
    timeZone: io.timeZone,
    allModels: options.has('allModels'),
    brokenLogins,
    paint,
  }
  context.print((shape === 'grouped' ? groupedList(view) : flatList(view)).join('\n'))
}
