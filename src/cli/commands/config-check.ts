import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat config check`: names line and key of what is wrong. Exit code 4 when something is. */
export const configCheck: CliCommand = {
  examples: [['tokstat config check', 'before you restart the daemon']],
  run: async ({ app, json, printJson, print, paint }) => {
    const report = await (await app()).configCheck()
    const exitCode = report.problems.length === 0 ? 0 : 4
    if (json) {
      printJson(report)
      return exitCode
    }
    if (!report.exists) print(`There is no ${clean(report.path)}; every setting has its default.`)
    else if (exitCode === 0) print(`${paint.tone('fine', '✓')} ${clean(report.path)} is valid.`)
    for (const { path, key, line, message, suggestion } of report.problems) {
      const place = line === null ? clean(path) : `${clean(path)}:${line}`
      const near = suggestion === null ? '' : ` Did you mean \`${clean(suggestion)}\`?`
      const what = key === '' ? '' : `${paint.bold(clean(key))}: `
      print(`${paint.tone('red', '✗')} ${place}  ${what}${clean(message)}${near}`)
    }
    return exitCode
  },
}
