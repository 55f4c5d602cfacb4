import type { CliCommand } from '../command.ts'
import { parseWhole } from '../parse.ts'

/** `tokstat demo`: the daemon against the simulator, in a temporary home. */
export const demo: CliCommand = {
  options: [
    { flags: '--port <number>', description: 'port (default: a free one)' },
    { flags: '--accounts <number>', description: 'how many invented accounts', default: '40' },
    { flags: '--speed <times>', description: 'how much faster than real time they live', default: '60' },
  ],
  examples: [
    ['tokstat demo', 'look at it; no login is read, no service asked'],
    ['tokstat demo --accounts 100 --speed 600', 'many accounts, in a hurry'],
  ],
  run: async ({ app, options }) => {
    const port = options.text('port')
    return (await app()).demo({
      port: port === null ? undefined : parseWhole(port, '--port', 0, 65_535),
      accounts: parseWhole(options.text('accounts') ?? '40', '--accounts', 1, 10_000),
      speed: parseWhole(options.text('speed') ?? '60', '--speed', 1, 100_000),
    })
  },
}
