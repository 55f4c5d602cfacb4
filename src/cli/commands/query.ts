import { clean, safeJson } from '../../format/clean.ts'
import { AppError, type QueryAnswer } from '../../model/app.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { exitCodeOfProblems } from '../exit-code.ts'
import { startProgress } from '../progress.ts'

/** The source words of contracts section 4, and the providers that came later. */
const SOURCES: readonly string[] = [
  'claude',
  'codex',
  'copilot',
  'gemini-cli',
  'gemini-oauth-creds',
  'nano-gpt',
  'openrouter',
  'deepseek',
  'antigravity',
  'antigravity-local',
  'antigravity-server',
  'all',
]

/** `tokstat query <source>`: raw answers, for scripts and bug reports. */
export const query: CliCommand = {
  arguments: [{ name: '<source>', description: SOURCES.join(', '), choices: SOURCES }],
  options: [
    { flags: '--show-secrets', description: 'do not mask tokens and keys' },
    { flags: '--no-keychain', description: "leave the system's keychain alone" },
    { flags: '--keychain-service <name>', description: 'look under this name in the keychain' },
  ],
  examples: [
    ['tokstat query claude', "Claude's answer as it came"],
    ['tokstat query all --json', 'every answer, for a bug report'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const [source = ''] = context.args
  const app = await context.app()
  const progress = startProgress(context.io, 'Asking')
  const answers = await app
    .query({
      source,
      showSecrets: options.has('showSecrets'),
      keychain: options.has('keychain'),
      keychainService: options.text('keychainService') ?? undefined,
    })
    .finally(progress.end)
  if (answers.length === 0) {
    throw new AppError(
      2,
      'signed_out',
      `No login for ${source} was found.`,
      'Run `tokstat doctor` to see where was looked.',
    )
  }
  const [only] = answers
  if (context.json && answers.length === 1 && only?.bare === true) context.printJson(only.answer)
  else if (context.json) context.printJson({ answers })
  else for (const answer of answers) printAnswer(answer, context)
  return exitCodeOfProblems(answers.map((answer) => answer.problem?.code ?? null))
}

function printAnswer({ source, account, answer, problem }: QueryAnswer, context: CommandContext): void {
  const { paint } = context
  context.print(paint.bold(clean(account ?? source)))
  if (problem === null) context.print(safeJson(answer))
  else context.print(paint.tone('red', clean(`Failed: ${problem.message} ${problem.hint ?? ''}`.trim())))
}
