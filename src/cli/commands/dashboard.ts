import type { CliCommand } from '../command.ts'
import { openDialog } from '../login-dialog.ts'

/** `tokstat dashboard`: the screen that stays. */
export const dashboard: CliCommand = {
  options: [{ flags: '--plain', description: 'lines of text, for screen readers; also without a terminal' }],
  examples: [
    ['tokstat dashboard', '? shows the keys, q leaves'],
    ['tokstat dashboard --plain', 'read aloud: everything once, then what changes'],
  ],
  run: async (context) => {
    const { io, options, print } = context
    const app = await context.app()
    return app.dashboard({
      plain: options.has('plain') || !io.stdout.isTTY || !io.stdin.isTTY,
      color: io.color,
      timeZone: io.timeZone,
      openDialog: () => openDialog(io),
      onInterrupt: (listener) => io.onInterrupt(listener),
      print,
      onKeys: (listener, onEnd) => io.stdin.onKeys(listener, onEnd),
    })
  },
}
