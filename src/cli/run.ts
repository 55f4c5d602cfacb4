import { clean, safeJson } from '../format/clean.ts'
import type { App } from '../model/app.ts'
import { type CliCommand, type CommandContext, Options, type Registered } from './command.ts'
import type { Io } from './io.ts'
import type { ReadBoardFile } from './kept-board.ts'
import { type Paint, paintFor } from './paint.ts'
import { COMMANDS } from './registry.ts'
import { reportFailure } from './report-failure.ts'
import { route } from './route.ts'
import { type ClaudeCodePort, NOWHERE } from './statusline/claude-code.ts'

export interface CliOptions {
  /** Arguments after `tokstat`. */
  readonly argv: readonly string[]
  readonly io: Io
  /** Builds the program; called only by commands that need it, and once. */
  readonly loadApp: () => Promise<App>
  /** The text of board.json, or null: what `--cached` shows and Tab offers. */
  readonly readBoardFile: ReadBoardFile
  /** Where the document of Claude Code's status line goes; default: nowhere. */
  readonly claudeCode?: () => Promise<ClaudeCodePort>
  /** The version without building the program; default: the program's. */
  readonly version?: () => Promise<string>
}

/**
 * Runs one command line and resolves with its exit code (contracts section 4). Never rejects: whatever goes wrong is
 * one sentence and a hint on stderr, with `--json` a `{"problem":…}` on stdout.
 */
export async function runCli(cli: CliOptions): Promise<number> {
  const { argv, io } = cli
  try {
    const found = route(argv, COMMANDS)
    if (found.kind === 'help') {
      const { overview } = await import('./help.ts')
      io.stdout.write(`${overview(COMMANDS, found.group, paintFor(io.color)).join('\n')}\n`)
      return 0
    }
    if (found.kind === 'version') return await runCommand(commandNamed('version'), [], cli)
    return await runCommand(found.command, found.rest, cli)
  } catch (error) {
    return reportFailure(error, argv.includes('--json'), io)
  }
}

function commandNamed(name: string): Registered {
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (command === undefined) throw new Error(`the registry has no ${name}`)
  return command
}

async function runCommand(registered: Registered, rest: readonly string[], cli: CliOptions): Promise<number> {
  const { io } = cli
  const paint = paintFor(io.color)
  const command = await registered.load()
  // What Tab asks about is not ours to parse: it may be half a command line.
  if (registered.hidden === true)
    return command.run(contextFor(cli, { args: rest, options: new Options({}), json: false }, paint))
  if (needsNoParser(command, rest)) {
    return command.run(contextFor(cli, { args: [], options: new Options({}), json: rest.length > 0 }, paint))
  }
  const context = contextFor(cli, { args: [], options: new Options({}), json: rest.includes('--json') }, paint)
  const parsed = await parse(registered, command, rest, context)
  if (parsed.kind === 'help') {
    io.stdout.write(parsed.text)
    return 0
  }
  const { args, options, json } = parsed
  return command.run({ ...context, args, options, json })
}

/** An account that was left out is the only one there is, or an error that names those there are. */
async function parse(registered: Registered, command: CliCommand, rest: readonly string[], context: CommandContext) {
  const { MissingArgument, parseCommandLine } = await import('./parse-command-line.ts')
  try {
    return parseCommandLine(registered, command, rest, context.paint)
  } catch (error) {
    if (!(error instanceof MissingArgument) || error.spec.completes !== 'account') throw error
    const { accountInstead } = await import('./missing-account.ts')
    const account = await accountInstead(error.spec, registered, context)
    return parseCommandLine(registered, command, [...rest, account], context.paint)
  }
}

/** Whether there is nothing to parse: loading the parser would be a third of what `tokstat version` takes. */
function needsNoParser(command: CliCommand, rest: readonly string[]): boolean {
  if (command.options !== undefined || command.arguments !== undefined) return false
  return rest.length === 0 || (rest.length === 1 && rest[0] === '--json')
}

interface ParsedLine {
  readonly args: readonly string[]
  readonly options: Options
  readonly json: boolean
}

function contextFor(cli: CliOptions, parsed: ParsedLine, paint: Paint): CommandContext {
  const { io } = cli
  const note = (line: string): void => void io.stderr.write(`${line}\n`)
  let app: Promise<App> | null = null
  const loadOnce = (): Promise<App> => {
    app ??= cli.loadApp().then((loaded) => {
      if (loaded.upstream !== null)
        note(`TOKSTAT_UPSTREAM is set: ${clean(loaded.upstream)} is asked instead of the services.`)
      return loaded
    })
    return app
  }
  return {
    args: parsed.args,
    options: parsed.options,
    json: parsed.json,
    commands: COMMANDS,
    io,
    paint,
    readBoardFile: cli.readBoardFile,
    claudeCode: cli.claudeCode ?? (async () => NOWHERE),
    app: loadOnce,
    version: cli.version ?? (async () => (await loadOnce()).version),
    print: (line = '') => void io.stdout.write(`${line}\n`),
    note,
    printJson: (value) => void io.stdout.write(`${safeJson(value)}\n`),
  }
}
