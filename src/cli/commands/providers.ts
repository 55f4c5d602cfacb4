import { clean } from '../../format/clean.ts'
import { durationText } from '../../format/countdown.ts'
import type { CliCommand } from '../command.ts'
import { type Cell, type Column, layOut, renderRow, renderTitles } from '../table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'NAME' },
  { title: 'ACCOUNTS' },
  { title: 'EVERY' },
  { title: 'TO ADD ONE', least: 20 },
]

/** `tokstat providers`: the services and how to add an account of each. */
export const providers: CliCommand = {
  examples: [['tokstat providers', 'what can be watched']],
  run: async ({ app, json, printJson, print, io, paint }) => {
    const infos = await (await app()).providers()
    if (json) {
      printJson({ providers: infos })
      return 0
    }
    const rows = infos.map((info): readonly Cell[] => [
      { text: clean(info.id) },
      { text: clean(info.title) },
      { text: info.enabled ? String(info.accounts) : 'off', ...(info.accounts === 0 ? { paint: paint.dim } : {}) },
      { text: durationText(info.intervalSeconds * 1000), paint: paint.dim },
      { text: clean(info.signIn), paint: paint.dim },
    ])
    const layout = layOut(COLUMNS, rows, io.stdout.columns())
    print(renderTitles(layout, COLUMNS, paint.dim))
    for (const cells of rows) print(renderRow(layout, cells))
    return 0
  },
}
