import { clean } from '../../format/clean.ts'
import { instantText } from '../../format/instant.ts'
import type { AlertsOverview } from '../../model/app.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import { MOST_FIRING } from '../alert-names.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { printAlerts, snoozeText } from '../print-alerts.ts'
import { type Cell, layOut, renderRow } from '../table.ts'

/** `tokstat alerts list`: what fires now, what is snoozed, and what is watched. */
export const alertsList: CliCommand = {
  examples: [
    ['tokstat alerts list', 'what fires now, what is snoozed, the rules, the channels'],
    ['tokstat alerts list --json', 'for a script'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const app = await context.app()
  const overview = await app.alerts({ firing: true, limit: MOST_FIRING })
  if (context.json) {
    context.printJson(overview)
    return 0
  }
  if (overview.alerts.length === 0) context.print('Nothing fires now.')
  printAlerts(overview.alerts, context, app.now())
  printSnoozes(overview, context, app.now())
  printRules(overview, context)
  if (!overview.live) context.note('No daemon runs, so nobody watches now. Start one: tokstat serve')
  return 0
}

function printSnoozes({ snoozes }: AlertsOverview, context: CommandContext, now: EpochMs): void {
  if (snoozes.length === 0) return
  const instant = instantText(context.io.timeZone)
  context.print()
  context.print(context.paint.bold('Snoozed'))
  table(
    context,
    snoozes.map((snooze) => {
      const until = fromIso(snooze.until)
      return [
        { text: `  ${clean(snoozeText(snooze))}` },
        { text: until === null ? '' : `until ${instant(until, now)}` },
        { text: snooze.id, paint: context.paint.dim },
      ]
    }),
  )
}

function printRules({ rules, channels }: AlertsOverview, context: CommandContext): void {
  const { paint } = context
  context.print()
  context.print(paint.bold('Rules'))
  table(
    context,
    rules.map((rule) => [
      { text: `  ${clean(rule.name)}` },
      { text: clean(rule.when) },
      { text: rule.notify.length === 0 ? 'log and web page' : clean(rule.notify.join(', ')), paint: paint.dim },
    ]),
  )
  if (channels.length === 0) return
  context.print()
  context.print(paint.bold('Channels'))
  table(
    context,
    channels.map((channel) => [
      { text: `  ${clean(channel.name)}` },
      { text: channel.type },
      { text: clean(channel.target) },
      { text: channel.waiting === 0 ? '' : `${channel.waiting} waiting` },
      { text: clean(channel.lastError ?? ''), paint: (text) => paint.tone('amber', text) },
    ]),
  )
}

function table(context: CommandContext, rows: readonly (readonly Cell[])[]): void {
  const columns = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, () => ({ title: '' }))
  const layout = layOut(columns, rows, null)
  for (const row of rows) context.print(renderRow(layout, row))
}
