import { clean } from '../format/clean.ts'
import { AppError } from '../model/app.ts'
import type { ServiceChange, ServiceOptions } from '../model/deploy.ts'
import type { CommandContext, OptionSpec, Options } from './command.ts'

/** Options of `service install` and `service uninstall` alike. */
export const SCOPE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--user', description: 'a service of your own (the default, unless you are root)' },
  { flags: '--system', description: 'a service of the system (the default for root)' },
  { flags: '--run-as <name>', description: 'who it runs as; default: who called sudo' },
  { flags: '--root <dir>', description: 'files go below this folder and nothing is started' },
]

export function serviceOptions(options: Options): ServiceOptions {
  const [user, system] = [options.has('user'), options.has('system')]
  if (user && system) {
    throw new AppError(4, 'bad_argument', '--user and --system exclude each other.', 'Give one of them, or none.')
  }
  return {
    scope: user ? 'user' : system ? 'system' : null,
    root: options.text('root'),
    runAs: options.text('runAs'),
    folder: options.text('folder'),
    vaultKey: options.text('vaultKey'),
    dryRun: options.has('print'),
  }
}

export function printChange(context: CommandContext, change: ServiceChange): number {
  const { print, note, json, printJson } = context
  if (json) printJson(change)
  else if (context.options.has('print')) {
    for (const { path, text } of change.files) print(`# ${clean(path)}\n${text}`)
  } else {
    for (const line of change.done) print(clean(line))
    for (const line of change.notes) note(clean(line))
  }
  return 0
}
