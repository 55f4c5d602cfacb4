import { clean } from '../../format/clean.ts'
import { durationText } from '../../format/countdown.ts'
import type { CliCommand } from '../command.ts'
import { type Cell, layOut, renderRow } from '../table.ts'

/** `tokstat explain`: every file read, every host asked, and what is never done. */
export const explain: CliCommand = {
  examples: [['tokstat explain', 'before you trust it']],
  run: async ({ app, json, printJson, print, paint }) => {
    const report = await (await app()).explain()
    if (json) {
      printJson(report)
      return 0
    }
    const files = report.files.map((file): readonly Cell[] => [
      { text: file.written ? 'reads, writes' : 'reads' },
      { text: clean(file.place) },
      { text: clean(file.why), paint: paint.dim },
    ])
    const hosts = report.hosts.map((host): readonly Cell[] => [
      { text: clean(host.host) },
      { text: `every ${durationText(host.intervalSeconds * 1000)}` },
      { text: clean(host.why), paint: paint.dim },
    ])
    for (const [title, rows] of [
      ['Files', files],
      ['Hosts', hosts],
    ] as const) {
      print(paint.bold(title))
      const layout = layOut(Array(3).fill({ title: '' }), rows, null)
      for (const cells of rows) print(`  ${renderRow(layout, cells)}`)
      print()
    }
    print(paint.bold('Promises'))
    for (const promise of report.promises) print(`  · ${clean(promise)}`)
    return 0
  },
}
