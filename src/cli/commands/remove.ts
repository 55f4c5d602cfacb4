import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { OWN_ACCOUNTS } from '../read-accounts.ts'

/** `tokstat remove <account>`: forgets an account of tokstat's own. */
export const remove: CliCommand = {
  arguments: [{ name: '<account>', description: 'id or name', completes: 'account', only: OWN_ACCOUNTS }],
  options: [{ flags: '--purge', description: 'delete its history as well' }],
  examples: [
    ['tokstat remove home', 'its secret goes, its history stays'],
    ['tokstat remove copilot/home --purge', 'everything goes'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { args, options, json, paint } = context
  const [wanted = ''] = args
  const app = await context.app()
  const removed = await app.removeAccount(wanted, { purge: options.has('purge') })
  if (json) {
    context.printJson({ removed })
    return 0
  }
  context.print(`${paint.tone('fine', '✓')} Removed account '${clean(removed.name)}'`)
  if (removed.purged) context.print('  Its history is deleted.')
  else context.print(`  Its history is kept. To delete it too: tokstat remove ${shellWord(removed.id)} --purge`)
  return 0
}

function shellWord(text: string): string {
  const shown = clean(text)
  return /^[\w.@+/-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`
}
