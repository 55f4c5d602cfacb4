import type { CliCommand } from '../command.ts'

const NAMES = ['dashboard', 'fleet', 'account', 'forecast', 'exporter-health']

/** `tokstat grafana dashboard [name]`: a dashboard's JSON, for Grafana's import page or a provisioned folder. */
export const grafanaDashboard: CliCommand = {
  arguments: [{ name: '[name]', description: 'which one; default: dashboard, for Antigravity', choices: NAMES }],
  options: [{ flags: '--list', description: 'their names and titles' }],
  examples: [
    ['tokstat grafana dashboard > dashboard.json', 'then Dashboards, New, Import in Grafana'],
    ['tokstat grafana dashboard fleet > fleet.json', 'every service'],
    ['tokstat grafana dashboard --list', 'what there is'],
  ],
  run: async ({ app, args, options, json, print, printJson }) => {
    const boards = await (await app()).grafanaDashboards()
    if (options.has('list')) {
      if (json) printJson(boards.map(({ name, uid, title }) => ({ name, uid, title })))
      else for (const { name, title } of boards) print(`${name.padEnd(16)} ${title}`)
      return 0
    }
    const wanted = args[0] ?? 'dashboard'
    printJson(boards.find(({ name }) => name === wanted)?.json)
    return 0
  },
}
