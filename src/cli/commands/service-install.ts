import type { CliCommand } from '../command.ts'
import { printChange, SCOPE_OPTIONS, serviceOptions } from '../service-options.ts'

/** `tokstat service install`: `serve` as a service, now and at every boot or log-on. */
export const serviceInstall: CliCommand = {
  options: [
    ...SCOPE_OPTIONS,
    { flags: '--folder <dir>', description: 'its working directory, where ./.env counts; default: the home' },
    { flags: '--vault-key <file>', description: 'opens the vault: an age identity file that systemd hands over' },
    { flags: '--print', description: 'only print the files' },
  ],
  examples: [
    ['tokstat service install', 'while you are logged in'],
    ['sudo tokstat service install', 'from boot on, as you'],
    ['tokstat service install --print', 'see what would be written'],
  ],
  run: async (context) => {
    const options = serviceOptions(context.options)
    return printChange(context, await (await context.app()).installService(options))
  },
}
