import type { CliCommand } from '../command.ts'
import { exitCodeOf } from '../exit-code.ts'
import { printAccounts } from '../print-accounts.ts'
import { ACCOUNT_OPTION, noteOrigin, PROVIDER_OPTION, readAccounts } from '../read-accounts.ts'

/** `tokstat quota list`: one row a quota, provider and account in front. */
export const quotaList: CliCommand = {
  options: [
    PROVIDER_OPTION,
    ACCOUNT_OPTION,
    { flags: '--all-models', description: 'helper models too (tab_*, chat_*)' },
    { flags: '--refresh', description: 'ask now, even where the last answer is recent' },
  ],
  examples: [
    ['tokstat quota list', 'every quota, one a row'],
    ['tokstat quota list | grep LOW', 'what is getting low'],
  ],
  run: async (context) => {
    const read = await readAccounts(context, context.options.has('refresh') ? 'refresh' : 'fresh')
    noteOrigin(read, context)
    await printAccounts(read, context, 'flat')
    return exitCodeOf(read.document.accounts.map((account) => account.status))
  },
}
