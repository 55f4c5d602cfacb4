import { clean } from '../../format/clean.ts'
import type { OwnAccountInfo } from '../../model/app.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { openDialog } from '../login-dialog.ts'

/** `tokstat login <provider>`: an account of tokstat's own. */
export const login: CliCommand = {
  arguments: [{ name: '<provider>', description: 'the service to log in to', completes: 'provider' }],
  options: [
    { flags: '--name <name>', description: 'your own name for the account' },
    { flags: '--no-browser', description: 'only print the address' },
    { flags: '--key-stdin', description: 'read an API key from stdin' },
    { flags: '--replace', description: 'replace the account of that name' },
  ],
  examples: [
    ['tokstat login copilot --name home', 'with a code that you type at GitHub'],
    ['tokstat login antigravity --no-browser', 'on a server: forward the port, or paste the address back'],
    ['pass show openrouter | tokstat login openrouter --key-stdin', 'the key never stands on a command line'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { args, options, io, json, paint } = context
  const [provider = ''] = args
  const app = await context.app()
  const { dialog, close } = openDialog(io)
  let account: OwnAccountInfo
  try {
    account = await app.login(
      {
        provider,
        name: options.text('name'),
        replace: options.has('replace'),
        browser: options.has('browser'),
        keyFromStdin: options.has('keyStdin'),
      },
      dialog,
    )
  } finally {
    close()
  }
  if (json) {
    context.printJson({ account })
    return 0
  }
  context.print(`${paint.tone('fine', '✓')} Successfully authenticated: ${clean(account.id)}`)
  context.print(`  Its secret is kept in ${clean(account.keptIn)}.`)
  return 0
}
