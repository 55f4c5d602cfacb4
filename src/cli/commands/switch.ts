import { clean } from '../../format/clean.ts'
import type { ArgumentSpec, CliCommand, CommandContext } from '../command.ts'

const SWITCHABLE: NonNullable<ArgumentSpec['only']> = {
  fits: ({ sources }) => sources.includes('antigravity-accounts'),
  none: 'No account of the Antigravity plugin was found; `tokstat providers` says how to sign in.',
}

/** `tokstat switch <account>`: the active account of the Antigravity plugin, in its own file. */
export const switchTo: CliCommand = {
  arguments: [{ name: '<account>', description: 'id or name', completes: 'account', only: SWITCHABLE }],
  options: [
    { flags: '--pool <name>', description: 'only for this family: claude or gemini' },
    { flags: '--dry-run', description: 'say what would change, change nothing' },
  ],
  examples: [
    ['tokstat switch user@example.com', 'use it for everything'],
    ['tokstat switch user@example.com --pool claude', 'use it for the Claude models'],
    ['tokstat switch user@example.com --dry-run', 'look first'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { args, options, paint } = context
  const app = await context.app()
  const [wanted = ''] = args
  const dryRun = options.has('dryRun')
  const report = await app.switchAccount(wanted, { pool: options.text('pool'), dryRun })
  if (context.json) {
    context.printJson({ switched: report })
    return report.kept === false ? 1 : 0
  }
  const name = clean(report.account)
  if (report.changes.length === 0) {
    context.print(`${name} is the active account already.`)
    return 0
  }
  context.print(
    dryRun
      ? `${name} would become the active account:`
      : `${paint.tone('fine', '✓')} ${name} is the active account now`,
  )
  for (const { key, from, to } of report.changes) context.print(`  ${clean(key)}: ${from ?? 'none'} → ${to}`)
  context.print(paint.dim(`  in ${clean(report.file)}`))
  if (report.kept !== false) return 0
  context.note('Its owner wrote its own choice back. Close OpenCode, then try again.')
  return 1
}
