import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat config path`: where everything of ours is. */
export const configPath: CliCommand = {
  examples: [
    ['tokstat config path', 'where things are'],
    ['$EDITOR "$(tokstat config path --json | jq -r .config)"', 'edit the config'],
  ],
  run: async ({ app, json, printJson, print, paint }) => {
    const paths = await (await app()).configPath()
    if (json) printJson(paths)
    else for (const [what, path] of Object.entries(paths)) print(`${paint.dim(what.padEnd(8))} ${clean(path)}`)
    return 0
  },
}
