import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'
import { parseDuration } from '../parse.ts'

/** `tokstat service check`: for service managers and containers. Exit code 1 when nothing answers in time. */
export const serviceCheck: CliCommand = {
  options: [{ flags: '--wait <duration>', description: 'how long it may take to answer (default: not at all)' }],
  examples: [
    ['tokstat service check', 'exit code 0: it answers'],
    ['tokstat service check --wait 20s', 'wait until it does'],
  ],
  run: async ({ app, options, json, print, printJson, note }) => {
    const wait = options.text('wait')
    const waitMs = wait === null ? 0 : parseDuration(wait, '--wait')
    const health = await (await app()).waitForDaemon(waitMs)
    if (json) printJson({ healthy: health !== null, url: health?.url ?? null, version: health?.version ?? null })
    else if (health !== null) print(`tokstat ${clean(health.version)} answers at ${clean(health.url)}`)
    else note('tokstat does not answer.')
    return health === null ? 1 : 0
  },
}
