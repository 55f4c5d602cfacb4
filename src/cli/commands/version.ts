import type { CliCommand } from '../command.ts'

/** `tokstat version`. */
export const version: CliCommand = {
  examples: [['tokstat version', 'for a bug report']],
  run: async ({ version: own, json, printJson, print }) => {
    const number = await own()
    if (json) printJson({ version: number })
    else print(`tokstat ${number}`)
    return 0
  },
}
