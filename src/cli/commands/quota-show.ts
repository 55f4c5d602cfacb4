import type { CliCommand } from '../command.ts'
import { exitCodeOf } from '../exit-code.ts'
import { printAccounts } from '../print-accounts.ts'
import { ACCOUNT_OPTION, noteOrigin, PROVIDER_OPTION, readAccounts } from '../read-accounts.ts'
import { showBoxes } from '../show-view.ts'

/** `tokstat quota show --provider antigravity`: a box an account. */
export const quotaShow: CliCommand = {
  options: [
    PROVIDER_OPTION,
    ACCOUNT_OPTION,
    { flags: '--all-models', description: 'helper models too (tab_*, chat_*)' },
    { flags: '--refresh', description: 'ask now, even where the last answer is recent' },
  ],
  examples: [
    ['tokstat quota show --provider antigravity', 'every Antigravity account'],
    ['tokstat quota show --account ada@example.com', 'one account'],
  ],
  run: async (context) => {
    const { io, options, paint } = context
    const read = await readAccounts(context, options.has('refresh') ? 'refresh' : 'fresh')
    noteOrigin(read, context)
    if (context.json || read.document.accounts.length === 0) await printAccounts(read, context, 'flat')
    else {
      const view = { now: read.app.now(), timeZone: io.timeZone, width: io.stdout.columns(), paint }
      const boxes = showBoxes(read.document, { ...view, allModels: options.has('allModels') })
      context.print(boxes.join('\n'))
    }
    return exitCodeOf(read.document.accounts.map((account) => account.status))
  },
}
