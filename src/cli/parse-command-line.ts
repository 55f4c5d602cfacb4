import { Argument, Command, CommanderError, Option } from 'commander'
import { AppError } from '../model/app.ts'
import { didYouMean } from '../model/suggest.ts'
import { type ArgumentSpec, type CliCommand, Options, type Registered } from './command.ts'
import { exampleLines } from './help.ts'
import type { Paint } from './paint.ts'

export type ParsedCommandLine =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'run'; readonly args: readonly string[]; readonly options: Options; readonly json: boolean }

/** An argument that a command cannot do without was left out. */
export class MissingArgument extends AppError {
  readonly spec: ArgumentSpec

  constructor(spec: ArgumentSpec, message: string, hint: string) {
    super(4, 'bad_argument', message, hint)
    this.spec = spec
  }
}

/** Reads the words after a command's name. Throws AppError 4 for what it does not understand, with the nearest option. */
export function parseCommandLine(
  registered: Registered,
  command: CliCommand,
  words: readonly string[],
  paint: Paint,
): ParsedCommandLine {
  let help = ''
  const parser = parserFor(registered, command, paint)
  parser.configureOutput({ writeOut: (text) => (help += text), writeErr: () => {}, getOutHasColors: () => false })
  try {
    parser.parse([...words], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help }
    throw badArgument(error, registered, command)
  }
  const values = parser.opts<Record<string, unknown>>()
  command.arguments?.forEach((spec, index) => {
    checkChoice(parser.args[index], spec.name, spec.choices)
  })
  for (const option of parser.options) {
    const spec = command.options?.find((candidate) => candidate.flags === option.flags)
    checkChoice(values[option.attributeName()], option.long ?? option.flags, spec?.choices)
  }
  return { kind: 'run', args: parser.args, options: new Options(values), json: values['json'] === true }
}

function parserFor(registered: Registered, command: CliCommand, paint: Paint): Command {
  const parser = new Command(`tokstat ${registered.name}`)
    .description(sentence(registered.summary))
    .exitOverride()
    .helpOption('-h, --help', 'this help')
    .allowExcessArguments(false)
  for (const spec of command.arguments ?? []) {
    parser.addArgument(new Argument(spec.name, spec.description))
  }
  for (const spec of command.options ?? []) {
    const option = new Option(spec.flags, spec.description).makeOptionMandatory(spec.required === true)
    if (spec.default !== undefined) option.default(spec.default)
    parser.addOption(option)
  }
  parser.addOption(new Option('--json', 'data for programs'))
  const examples = exampleLines(command.examples, paint)
  return parser.addHelpText('after', `\n${paint.bold('Examples:')}\n${examples.join('\n')}`)
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1).replace(/[.?!]?$/, (end) => (end === '' ? '.' : end))}`
}

/** Instead of commander's own check, which names no nearest value. */
function checkChoice(value: unknown, name: string, choices: readonly string[] | undefined): void {
  if (choices === undefined || typeof value !== 'string' || choices.includes(value)) return
  const hint = [didYouMean(value, choices), `Known: ${choices.join(', ')}.`].filter((part) => part !== null).join(' ')
  throw new AppError(4, 'bad_argument', `"${value}" does not fit ${name}.`, hint)
}

/** commander's own sentence, its suggestion as the hint. */
function badArgument(error: CommanderError, registered: Registered, command: CliCommand): AppError {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const message = sentence(first)
  const near = /Did you mean (?:one of )?(.+)\?/.exec(suggestion ?? '')?.[1]
  const hint = near === undefined ? `Run \`tokstat ${registered.name} --help\`.` : `Did you mean \`${near}\`?`
  const name = error.code === 'commander.missingArgument' ? /'(.+)'/.exec(first)?.[1] : undefined
  const missing = command.arguments?.find((spec) => spec.name === `<${name}>`)
  if (missing === undefined) return new AppError(4, 'bad_argument', message, hint)
  const where = missing.completes === 'provider' ? '`tokstat providers` lists the services.' : hint
  return new MissingArgument(missing, message, where)
}
