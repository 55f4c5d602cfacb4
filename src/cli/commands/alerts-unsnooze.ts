import { clean } from '../../format/clean.ts'
import type { Snooze } from '../../model/alerts.ts'
import { AppError } from '../../model/app.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { snoozeText } from '../print-alerts.ts'

/** `tokstat alerts unsnooze`: what still holds is said again. */
export const alertsUnsnooze: CliCommand = {
  arguments: [
    { name: '[what]', description: "a snooze's id, or the rule, account or quota it names", completes: 'account' },
  ],
  options: [{ flags: '--all', description: 'every snooze' }],
  examples: [
    ['tokstat alerts unsnooze claude/work', 'end what is snoozed about this account'],
    ['tokstat alerts unsnooze --all', 'end every snooze'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const [word] = context.args
  const isAll = context.options.has('all')
  if (isAll === (word !== undefined)) {
    throw new AppError(4, 'bad_argument', 'Name one snooze, or say --all.', '`tokstat alerts list` shows them.')
  }
  const app = await context.app()
  const { snoozes } = await app.alerts({ firing: true, limit: 1 })
  const wanted = word === undefined ? snoozes : snoozes.filter((snooze) => fits(snooze, word))
  if (word !== undefined && wanted.length === 0) throw unknown(word, snoozes)
  const desk = await app.alertDesk()
  const ended: Snooze[] = []
  for (const { id } of wanted) {
    const snooze = await desk.unsnooze(id)
    if (snooze !== null) ended.push(snooze)
  }
  if (context.json) context.printJson({ ended })
  else if (ended.length === 0) context.print('Nothing is snoozed.')
  else
    for (const snooze of ended)
      context.print(`${context.paint.tone('fine', '✓')} Not snoozed any more: ${clean(snoozeText(snooze))}`)
  return 0
}

function fits({ id, rule, account, quota }: Snooze, word: string): boolean {
  return [id, rule, account, account?.slice(account.indexOf('/') + 1), quota].includes(word)
}

function unknown(word: string, snoozes: readonly Snooze[]): AppError {
  const known = snoozes.map((snooze) => `${snooze.id} (${snoozeText(snooze)})`).join(', ')
  const hint = known === '' ? 'Nothing is snoozed.' : `Snoozed: ${known}.`
  return new AppError(4, 'unknown_snooze', `Nothing is snoozed under "${word}".`, hint)
}
