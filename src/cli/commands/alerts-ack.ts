import { clean } from '../../format/clean.ts'
import type { Alert } from '../../model/alerts.ts'
import { AppError } from '../../model/app.ts'
import { type AlertName, findAlertName, MOST_FIRING } from '../alert-names.ts'
import type { CliCommand, CommandContext } from '../command.ts'

/** `tokstat alerts ack`: seen, so it is not said again while it lasts. */
export const alertsAck: CliCommand = {
  arguments: [
    { name: '[what]', description: 'an alert that fires (its id), a rule, or an account', completes: 'account' },
  ],
  options: [{ flags: '--all', description: 'everything that fires' }],
  examples: [
    ['tokstat alerts ack claude/work', 'seen: what fires about this account is not repeated'],
    ['tokstat alerts ack --all', 'everything that fires is seen'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const [word] = context.args
  const isAll = context.options.has('all')
  if (isAll === (word !== undefined)) {
    throw new AppError(4, 'bad_argument', 'Name one alert, or say --all.', '`tokstat alerts list` shows them.')
  }
  const app = await context.app()
  const overview = await app.alerts({ firing: true, limit: MOST_FIRING })
  const named = word === undefined ? null : await findAlertName(app, overview, word)
  const desk = await app.alertDesk()
  const acknowledged: Alert[] = []
  for (const alert of overview.alerts.filter((one) => named === null || isMeant(named, one))) {
    const seen = await desk.acknowledge(alert.id)
    if (seen !== null) acknowledged.push(seen)
  }
  if (context.json) context.printJson({ acknowledged })
  else if (acknowledged.length === 0) context.print('Nothing of it fires now.')
  else
    for (const { message } of acknowledged) context.print(`${context.paint.tone('fine', '✓')} Seen: ${clean(message)}`)
  return 0
}

function isMeant(named: AlertName, { id, rule, account }: Alert): boolean {
  switch (named.kind) {
    case 'alert':
      return named.alert.id === id
    case 'rule':
      return named.rule === rule
    case 'account':
      return named.account === account
  }
}
