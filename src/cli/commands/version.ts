import type { CliCommand } from '../command.ts'

/** `tokstat version`. */
export const version: CliCommand = {
  examples: [['tokstat version', 'for a bug report']],
  run: async ({ app, json, printJson, print }) => {
    const loaded = await app()
    if (json) printJson({ version: loaded.version })
    else print(`tokstat ${loaded.version}`)
    return 0
  },
}
