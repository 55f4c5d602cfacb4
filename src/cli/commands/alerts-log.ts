import { epochMs, plusMs } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { parseDuration, parseWhole } from '../parse.ts'
import { accountNamed } from '../past-options.ts'
import { printAlerts } from '../print-alerts.ts'

/** `tokstat alerts log`: everything that was said, newest first. */
export const alertsLog: CliCommand = {
  options: [
    { flags: '--account <account>', description: 'only this account: id or name', completes: 'account' },
    { flags: '--since <age>', description: 'no older than this: 24h, 7d', default: '30d' },
    { flags: '--limit <number>', description: 'at most so many', default: '50' },
  ],
  examples: [
    ['tokstat alerts log', 'the last 30 days'],
    ['tokstat alerts log --account claude/work --since 7d', 'one account, a week'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const since = parseDuration(options.text('since') ?? '30d', '--since')
  const limit = parseWhole(options.text('limit') ?? '50', '--limit', 1, 2_000)
  const app = await context.app()
  const account = options.text('account')
  const query = { account: account ?? undefined, since: epochMs(plusMs(app.now(), -since)), limit }
  const { alerts } = await app.alerts(query)
  // One that was removed has its log still; a misspelt one never had any.
  if (alerts.length === 0 && account !== null) await accountNamed(context, account)
  if (context.json) context.printJson({ alerts })
  else if (alerts.length === 0) context.print('Nothing was said in that time.')
  else printAlerts(alerts, context, app.now())
  return 0
}
