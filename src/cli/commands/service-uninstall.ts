import type { CliCommand } from '../command.ts'
import { printChange, SCOPE_OPTIONS, serviceOptions } from '../service-options.ts'

/** `tokstat service uninstall`: the service goes, the data stays. */
export const serviceUninstall: CliCommand = {
  options: SCOPE_OPTIONS,
  examples: [
    ['tokstat service uninstall', 'a service of your own'],
    ['sudo tokstat service uninstall', 'a service of the system'],
  ],
  run: async (context) => {
    const change = await (await context.app()).uninstallService(serviceOptions(context.options))
    if (!context.json && change.done.length === 0) context.note('There was no service to remove.')
    return printChange(context, change)
  },
}
