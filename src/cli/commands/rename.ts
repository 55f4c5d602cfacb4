import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { OWN_ACCOUNTS } from '../read-accounts.ts'

/** `tokstat rename <old> <new>`: another name for an account of tokstat's own. */
export const rename: CliCommand = {
  arguments: [
    { name: '<old>', description: 'id or name', completes: 'account', only: OWN_ACCOUNTS },
    { name: '<new>', description: 'the new name' },
  ],
  examples: [['tokstat rename home work', 'the login itself stays as it is']],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { args, json, paint } = context
  const [from = '', to = ''] = args
  const app = await context.app()
  const account = await app.renameAccount(from, to)
  if (json) context.printJson({ account })
  else context.print(`${paint.tone('fine', '✓')} Renamed to ${clean(account.id)}`)
  return 0
}
