import type { CliCommand } from '../command.ts'
import { COMPLETION_SCRIPTS, INSTALL_HINTS, type Shell } from '../completion-scripts.ts'

/** `tokstat completion <shell>`: the script on stdout; to somebody who reads it there, how to install it on stderr. */
export const completion: CliCommand = {
  arguments: [
    {
      name: '<shell>',
      description: Object.keys(COMPLETION_SCRIPTS).join(', '),
      choices: Object.keys(COMPLETION_SCRIPTS),
    },
  ],
  examples: [
    ['eval "$(tokstat completion bash)"', 'now, in this shell'],
    ['tokstat completion fish > ~/.config/fish/completions/tokstat.fish', 'for good, in fish'],
  ],
  run: async ({ args, io, note, json, printJson }) => {
    const shell = args[0] as Shell
    const script = COMPLETION_SCRIPTS[shell]
    if (json) {
      printJson({ shell, script })
      return 0
    }
    io.stdout.write(script)
    // A shell that sources it at every start must not print advice at every start.
    if (io.stdout.isTTY) note(INSTALL_HINTS[shell])
    return 0
  },
}
