import { providerTitle } from '../format/provider-names.ts'
import type { CommandContext } from './command.ts'
import { emptyLines, flatList, groupedList, type ListView } from './list-view.ts'
import { filterOf, type ReadAccounts } from './read-accounts.ts'

/** Prints the accounts as JSON, or as one of the two tables; without any account, what to do. */
export async function printAccounts(
  { app, snapshot, document }: ReadAccounts,
  context: CommandContext,
  shape: 'grouped' | 'flat',
): Promise<void> {
  if (context.json) {
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
    context.print(lines.join('\n'))
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
    paint,
  }
  context.print((shape === 'grouped' ? groupedList(view) : flatList(view)).join('\n'))
}
