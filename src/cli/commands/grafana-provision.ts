import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat grafana provision`: folder, data source and dashboards through Grafana's API; run again it corrects them. */
export const grafanaProvision: CliCommand = {
  options: [
    { flags: '--url <url>', description: 'where Grafana answers', default: 'http://127.0.0.1:3000' },
    {
      flags: '--token-file <file>',
      description: 'token of a service account (Editor; Admin with --prometheus)',
      required: true,
    },
    { flags: '--folder <title>', description: 'the folder in Grafana', default: 'tokstat' },
    { flags: '--prometheus <url>', description: 'make a data source too: Prometheus as Grafana reaches it' },
  ],
  examples: [
    ['tokstat grafana provision --token-file ~/grafana.token', 'the dashboards'],
    [
      'tokstat grafana provision --token-file ~/grafana.token --prometheus http://127.0.0.1:9090',
      'and the data source',
    ],
  ],
  run: async ({ app, options, json, print, printJson }) => {
    const report = await (await app()).provisionGrafana({
      url: options.text('url') ?? '',
      tokenFile: options.text('tokenFile') ?? '',
      folder: options.text('folder') ?? '',
      prometheusUrl: options.text('prometheus'),
    })
    if (json) {
      printJson(report)
      return 0
    }
    const { folder, dataSource, dashboards } = report
    print(`Folder ${clean(folder.title)}: ${folder.created ? 'made' : 'was there'}`)
    if (dataSource !== null)
      print(`Data source ${clean(dataSource.name)}: ${dataSource.created ? 'made' : 'was there'}`)
    for (const { title, url } of dashboards) print(`${clean(title)}: ${clean(url)}`)
    return 0
  },
}
