import { clean } from '../format/clean.ts'
import { type InstantText, instantText } from '../format/instant.ts'
import type { Alert, Snooze } from '../model/alerts.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { CommandContext } from './command.ts'
import { type Cell, type Column, layOut, renderRow } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: '' },
  { title: '' },
  { title: '', dispensable: 1 },
  { title: '', dispensable: 2 },
]

/** One line an alert: when, whether it still fires, the sentence, what became of its messages, its id. */
export function printAlerts(alerts: readonly Alert[], context: CommandContext, now: EpochMs): void {
  const instant = instantText(context.io.timeZone)
  const rows = alerts.map((alert): readonly Cell[] => {
    const at = fromIso(alert.at)
    return [
      { text: at === null ? '' : instant(at, now) },
      stateCell(alert, context),
      { text: clean(alert.message) },
      { text: clean(deliveryText(alert, now, instant)), paint: context.paint.dim },
      { text: alert.state === 'firing' ? clean(alert.id) : '', paint: context.paint.dim },
    ]
  })
  const layout = layOut(COLUMNS, rows, context.io.stdout.columns())
  for (const row of rows) context.print(renderRow(layout, row))
}

function stateCell(alert: Alert, { paint }: CommandContext): Cell {
  if (alert.state === 'firing') return { text: '! firing', paint: (text) => paint.tone('red', text) }
  return { text: alert.resolvedAt === alert.at ? '· said' : '✓ over', paint: (text) => paint.tone('fine', text) }
}

/** `rule low, account claude/work, quota session` */
export function snoozeText({ rule, account, quota }: Omit<Snooze, 'id' | 'until'>): string {
  const parts = [rule && `rule ${rule}`, account && `account ${account}`, quota && `quota ${quota}`]
  return parts.filter((part) => part !== null).join(', ')
}

function deliveryText(alert: Alert, now: EpochMs, instant: InstantText): string {
  const snoozed = fromIso(alert.snoozedUntil)
  if (alert.state === 'firing' && snoozed !== null && snoozed > now) return `snoozed until ${instant(snoozed, now)}`
  if (alert.acknowledgedAt !== null) return 'seen'
  return alert.deliveries.map((one) => `${one.channel}: ${one.state}`).join(', ')
}
