import { AppError } from '../../model/app.ts'
import { printCached } from '../cached.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { exitCodeOf } from '../exit-code.ts'
import { printAccounts } from '../print-accounts.ts'
import { ACCOUNT_OPTION, filterOf, noteOrigin, PROVIDER_OPTION, readAccounts } from '../read-accounts.ts'

/** `tokstat list`: every account and its quotas. */
export const list: CliCommand = {
  options: [
    PROVIDER_OPTION,
    ACCOUNT_OPTION,
    { flags: '--all-models', description: 'helper models too (tab_*, chat_*)' },
    { flags: '--refresh', description: 'ask now, even where the last answer is recent' },
    { flags: '--cached', description: 'only what was read before; asks nobody' },
    { flags: '--schema', description: 'the JSON Schema of --json' },
  ],
  examples: [
    ['tokstat list', 'every account'],
    ['tokstat list --provider claude --refresh', 'one service, asked now'],
    ["tokstat list --json | jq '.accounts[].status'", 'for a script'],
    ['tokstat list --cached', 'at once, from the last readings'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  if (options.has('schema')) {
    context.printJson(await (await context.app()).accountsSchema())
    return 0
  }
  if (options.has('cached')) {
    if (options.has('refresh')) throw new AppError(4, 'bad_argument', '--refresh and --cached exclude each other.')
    const { provider, account } = filterOf(context)
    const flags = [context.json ? '--json' : null, options.has('allModels') ? '--all-models' : null]
    const values = [
      ...(provider === null ? [] : ['--provider', provider]),
      ...(account === null ? [] : ['--account', account]),
    ]
    const argv = ['list', '--cached', ...flags.filter((flag) => flag !== null), ...values]
    return printCached({ argv, readBoardFile: context.readBoardFile, io: context.io })
  }
  const read = await readAccounts(context, options.has('refresh') ? 'refresh' : 'fresh')
  noteOrigin(read, context)
  await printAccounts(read, context, context.io.stdout.isTTY ? 'grouped' : 'flat')
  return exitCodeOf(read.document.accounts.map((account) => account.status))
}
