import { clean } from '../../format/clean.ts'
import type { Tone } from '../../format/status-words.ts'
import type { DoctorCheck } from '../../model/app.ts'
import type { CliCommand } from '../command.ts'
import { type Cell, layOut, renderRow } from '../table.ts'

const MARKS: Readonly<Record<DoctorCheck['state'], readonly [mark: string, tone: Tone]>> = {
  ok: ['✓', 'fine'],
  warning: ['!', 'amber'],
  problem: ['✗', 'red'],
  info: ['·', 'grey'],
}

/** `tokstat doctor`: what was found, what is wrong, what to do. Exit code 1 when something is wrong. */
export const doctor: CliCommand = {
  examples: [
    ['tokstat doctor', 'when something is missing'],
    ['tokstat doctor --json', 'for a bug report'],
  ],
  run: async ({ app, json, printJson, print, paint }) => {
    const report = await (await app()).doctor()
    const isBad = report.checks.some((check) => check.state === 'problem')
    if (json) {
      printJson(report)
      return isBad ? 1 : 0
    }
    for (const { title, state, detail, hint } of report.checks) {
      const [mark, tone] = MARKS[state]
      print(`${paint.tone(tone, mark)} ${paint.bold(clean(title))}  ${clean(detail)}`)
      if (hint !== null) print(`    ${clean(hint)}`)
    }
    if (report.sources.length > 0) print(`\n${paint.bold('Where was looked')}`)
    const rows = report.sources.map((source): readonly Cell[] => [
      { text: clean(source.source) },
      { text: source.state === 'found' ? `${source.count} found` : source.state },
      { text: clean(source.place), paint: paint.dim },
      { text: clean(source.detail ?? '') },
    ])
    const layout = layOut(Array(4).fill({ title: '' }), rows, null)
    for (const cells of rows) print(`  ${renderRow(layout, cells)}`)
    return isBad ? 1 : 0
  },
}
