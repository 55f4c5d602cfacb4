import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat service status`: is it installed, and does it answer? Exit code 1 when nothing answers. */
export const serviceStatus: CliCommand = {
  examples: [['tokstat service status', 'is it installed, and does it answer?']],
  run: async ({ app, json, print, printJson }) => {
    const status = await (await app()).serviceStatus()
    const { scope, unit, state, url, version } = status
    if (json) printJson(status)
    else {
      print(scope === null ? 'No service is installed.' : `${clean(unit)} (${scope}): ${clean(state)}`)
      print(url === null ? 'tokstat does not answer.' : `tokstat ${clean(version ?? '')} answers at ${clean(url)}`)
    }
    return url === null ? 1 : 0
  },
}
