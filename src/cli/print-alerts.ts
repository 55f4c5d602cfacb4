import { clean } from '../format/clean.ts'
import { instantText } from '../format/instant.ts'
import type { Alert } from '../model/alerts.ts'
import { type EpochMs, fromIso } from '../model/time.ts'
import type { CommandContext } from './command.ts'
import { type Cell, type Column, layOut, renderRow } from './table.ts'

const COLUMNS: readonly Column[] = [{ title: '' }, { title: '' }, { title: '' }, { title: '', dispensable: 1 }]

/** One line an alert: when, whether it still fires, the sentence, what became of its messages. */
export function printAlerts(alerts: readonly Alert[], context: CommandContext, now: EpochMs): void {
  const instant = instantText(context.io.timeZone)
  const rows = alerts.map((alert): readonly Cell[] => {
    const at = fromIso(alert.at)
    return [
      { text: at === null ? '' : instant(at, now) },
      stateCell(alert, context),
      { text: clean(alert.message) },
      { text: clean(deliveryText(alert)), paint: context.paint.dim },
    ]
  })
  const layout = layOut(COLUMNS, rows, context.io.stdout.columns())
  for (const row of rows) context.print(renderRow(layout, row))
}

function stateCell(alert: Alert, { paint }: CommandContext): Cell {
  if (alert.state === 'firing') return { text: '! firing', paint: (text) => paint.tone('red', text) }
  return { text: alert.resolvedAt === alert.at ? '· said' : '✓ over', paint: (text) => paint.tone('fine', text) }
}

function deliveryText(alert: Alert): string {
  if (alert.acknowledgedAt !== null) return 'seen'
  return alert.deliveries.map((one) => `${one.channel}: ${one.state}`).join(', ')
}
