import type { CliCommand } from '../command.ts'

/** `tokstat metrics`: the `/metrics` page without a daemon. */
export const metrics: CliCommand = {
  examples: [['tokstat metrics > /var/lib/node_exporter/tokstat.prom', "for node_exporter's textfile collector"]],
  run: async ({ app, io, json, printJson }) => {
    const page = await (await app()).metrics()
    if (json) printJson({ metrics: page })
    else io.stdout.write(page.endsWith('\n') ? page : `${page}\n`)
    return 0
  },
}
