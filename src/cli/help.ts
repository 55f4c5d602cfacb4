import { padTo } from '../format/fit.ts'
import type { Registered } from './command.ts'
import type { Paint } from './paint.ts'

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['tokstat', 'what is left, everywhere'],
  ['tokstat list --provider claude --json', 'one service, for a script'],
  ['tokstat best --model claude-sonnet-4', 'which account to use now'],
  ['tokstat serve', 'metrics and web page on http://127.0.0.1:8000'],
]

/** `tokstat --help`, or the help of a group of commands (`tokstat quota`). */
export function overview(commands: readonly Registered[], group: string | null, paint: Paint): readonly string[] {
  const shown = commands.filter(
    (command) => command.hidden !== true && (group === null || command.name.startsWith(`${group} `)),
  )
  const width = Math.max(...shown.map((command) => command.name.length)) + 2
  const prefix = group === null ? 'tokstat' : `tokstat ${group}`
  const lines = [
    ...(group === null
      ? ['How much of every AI account is left, when it comes back, and which one to use next.', '']
      : []),
    `${paint.bold('Usage:')} ${prefix} [command] [options]`,
    '',
    paint.bold('Commands:'),
    ...shown.map((command) => `  ${padTo(command.name, width)}${paint.dim(command.summary)}`),
    '',
    paint.bold('Options:'),
    '  --json         data for programs',
    '  -V, --version  the version',
    '  -h, --help     help; after a command, its own options and examples',
  ]
  if (group !== null) return lines
  return [...lines, '', paint.bold('Examples:'), ...exampleLines(EXAMPLES, paint)]
}

/** Example lines with what they are for, one under the other. */
export function exampleLines(examples: readonly (readonly [string, string])[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...examples.map(([line]) => line.length)) + 2
  return examples.map(([line, what]) => `  ${padTo(line, width)}${paint.dim(what)}`)
}
