import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { type GuardResult, guardVerdict } from '../guard-rule.ts'
import { parseThreshold } from '../parse.ts'
import { ACCOUNT_OPTION, brokenLoginLines, noteOrigin, readAccounts } from '../read-accounts.ts'

/** `tokstat guard`: exit code 0 when enough is left, 5 when not, 2 or 3 when nobody knows. */
export const guard: CliCommand = {
  options: [
    { flags: '--provider <id>', description: 'the service to work with', required: true, completes: 'provider' },
    { flags: '--min-remaining <threshold>', description: 'how much must be left: 10%, 5USD', required: true },
    { flags: '--quota <id>', description: 'this quota, not the tightest one' },
    ACCOUNT_OPTION,
    { flags: '--all', description: 'every account must pass, not just one' },
    { flags: '--allow-overage', description: 'a quota that is spent but billed beyond passes too' },
  ],
  examples: [
    ['tokstat guard --provider claude --min-remaining 10% && run-agent', 'work only while enough is left'],
    ['tokstat guard --provider openrouter --quota credits --min-remaining 5USD', 'money'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const threshold = parseThreshold(options.text('minRemaining') ?? '', '--min-remaining')
  const read = await readAccounts(context, 'fresh')
  noteOrigin(read, context)
  const result = guardVerdict(read.document, {
    threshold,
    quota: options.text('quota'),
    all: options.has('all'),
    allowOverage: options.has('allowOverage'),
    now: read.app.now(),
    rules: read.app.rules,
  })
  const brokenLogins = result.passed ? [] : brokenLoginLines(read, context)
  if (context.json) context.printJson({ ...result, brokenLogins })
  else printResult(result, brokenLogins, context)
  return result.exitCode
}

function printResult(result: GuardResult, brokenLogins: readonly string[], { print, paint }: CommandContext): void {
  const [word, tone] = result.passed ? (['Pass.', 'fine'] as const) : (['Stop.', 'red'] as const)
  print(`${paint.tone(tone, word)} ${result.accounts.length === 0 ? 'No account is known.' : ''}`.trimEnd())
  for (const { account, passed, reason } of result.accounts)
    print(`  ${passed ? '✓' : '✗'} ${clean(account)}: ${clean(reason)}`)
  for (const line of brokenLogins) print(`  ! ${clean(line)}`)
}
