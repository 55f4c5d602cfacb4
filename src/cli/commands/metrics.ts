import type { CliCommand } from '../command.ts'
import { checkFolderOf } from '../out-file.ts'

/** `tokstat metrics`: the `/metrics` page of the moment, for those who scrape something else. */
export const metrics: CliCommand = {
  options: [{ flags: '--out <file>', description: 'replace this file in one step (default: stdout)' }],
  examples: [
    ['tokstat metrics', 'the page, from the daemon or without one'],
    ['tokstat metrics --out /var/lib/prometheus/node-exporter/tokstat.prom', 'for node_exporter, from cron'],
  ],
  run: async ({ app, io, json, options, printJson }) => {
    const out = options.text('out')
    if (out !== null) {
      checkFolderOf(out)
      await (await app()).writeMetrics(out)
      if (json) printJson({ written: out })
      return 0
    }
    const page = await (await app()).metrics()
    if (json) printJson({ metrics: page })
    else io.stdout.write(page)
    return 0
  },
}
