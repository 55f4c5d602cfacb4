import type { CliCommand } from '../command.ts'

/** `tokstat config schema`: for editors. */
export const configSchema: CliCommand = {
  examples: [['tokstat config schema > tokstat.schema.json', 'for your editor']],
  run: async ({ app, printJson }) => {
    printJson(await (await app()).configSchema())
    return 0
  },
}
