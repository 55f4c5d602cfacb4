import { clean } from '../../format/clean.ts'
import { instantText } from '../../format/instant.ts'
import type { Rehearsal } from '../../model/alerts.ts'
import { type EpochMs, fromIso, plusMs } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { parseDuration } from '../parse.ts'
import { layOut, renderRow } from '../table.ts'

/** `tokstat alerts rehearse`: the rules over the stored history; nothing is sent. */
export const alertsRehearse: CliCommand = {
  options: [{ flags: '--since <age>', description: 'how far back: 24h, 7d', default: '30d' }],
  examples: [
    ['tokstat alerts rehearse', 'what your rules would have said in the last 30 days'],
    ['tokstat alerts rehearse --since 7d --json', 'for a script'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const ageMs = parseDuration(context.options.text('since') ?? '30d', '--since')
  const app = await context.app()
  const rehearsal = await app.rehearseAlerts(plusMs(app.now(), -ageMs))
  if (context.json) context.printJson(rehearsal)
  else print(rehearsal, context, app.now())
  return 0
}

function print({ alerts, rules }: Rehearsal, context: CommandContext, now: EpochMs): void {
  const { paint } = context
  const instant = instantText(context.io.timeZone)
  const rows = alerts.map((alert) => {
    const [at, end] = [fromIso(alert.at), fromIso(alert.resolvedAt)]
    return [
      { text: at === null ? '' : instant(at, now) },
      { text: clean(alert.rule), paint: paint.bold },
      { text: clean(alert.message) },
      { text: end === null ? '' : `until ${instant(end, now)}`, paint: paint.dim },
    ]
  })
  const columns = [{ title: '' }, { title: '' }, { title: '' }, { title: '', dispensable: 1 }]
  const layout = layOut(columns, rows, context.io.stdout.columns())
  for (const row of rows) context.print(renderRow(layout, row))
  if (rows.length > 0) context.print()
  for (const rule of rules) {
    const times = rule.fired === 1 ? 'once' : `${rule.fired} times`
    const what = rule.rehearsable ? `would have fired ${times}` : 'cannot be rehearsed: the history does not keep it'
    context.print(`${clean(rule.name)}: ${what}`)
  }
}
