import type { CliCommand, Registered } from './command.ts'

/** A command with everything that its help says. */
export interface Described {
  readonly registered: Registered
  readonly command: CliCommand
}

/** Loads every command that a person may see. */
export async function describeAll(commands: readonly Registered[]): Promise<readonly Described[]> {
  const shown = commands.filter((command) => command.hidden !== true)
  return Promise.all(shown.map(async (registered) => ({ registered, command: await registered.load() })))
}

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'success; with several accounts, at least one succeeded'],
  ['1', 'failure'],
  ['2', 'authentication needed'],
  ['3', 'network or upstream'],
  ['4', 'bad arguments or configuration'],
  ['5', 'guard: below the threshold; best: no account is usable'],
]

const FILES: readonly (readonly [path: string, what: string])[] = [
  ['~/.config/tokstat/config.toml', 'settings; none is needed'],
  ['~/.local/share/tokstat/history.db', 'the history'],
  ['~/.local/state/tokstat/board.json', 'the last readings: what list --cached and statusline show'],
]

const VARIABLES: readonly (readonly [name: string, what: string])[] = [
  ['TOKSTAT_CONFIG', 'another config.toml'],
  ['TOKSTAT_UPSTREAM', 'a loopback address that gets every request instead of the services'],
  ['TOKSTAT_LOG', 'debug, info, warn or error'],
  ['NO_COLOR', 'no colours'],
]

/** `man tokstat`, made of what the commands say of themselves. */
export function manPage(all: readonly Described[]): string {
  const lines = [
    '.\\" Made from the commands by `npm run docs`; change those.',
    '.TH TOKSTAT 1',
    '.SH NAME',
    'tokstat \\- how much of every AI account is left, when it comes back, and which one to use next',
    '.SH SYNOPSIS',
    '.B tokstat',
    '[\\fIcommand\\fR] [\\fIoptions\\fR]',
    '.SH DESCRIPTION',
    'tokstat reads the logins that are already on this machine, asks every AI service how much quota is left, and',
    'answers in the terminal, in a web page, in Prometheus and over REST. Without a command it lists every account.',
    '.SH COMMANDS',
    ...all.flatMap(commandLines),
    '.SH OPTIONS OF EVERY COMMAND',
    ...definition('\\-\\-json', 'data for programs'),
    ...definition('\\-h, \\-\\-help', 'help with examples'),
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(([code, meaning]) => definition(code, meaning)),
    '.SH FILES',
    ...FILES.flatMap(([path, what]) => definition(roff(path), what)),
    '.SH ENVIRONMENT',
    ...VARIABLES.flatMap(([name, what]) => definition(name, what)),
  ]
  return `${lines.join('\n')}\n`
}

function commandLines({ registered, command }: Described): readonly string[] {
  const words = (command.arguments ?? []).map((argument) => `\\fI${roff(argument.name)}\\fR`).join(' ')
  return [
    `.SS tokstat ${roff(registered.name)}${words === '' ? '' : ` ${words}`}`,
    text(registered.summary),
    ...(command.arguments ?? []).flatMap(({ name, description }) => definition(`\\fI${roff(name)}\\fR`, description)),
    ...(command.options ?? []).flatMap((option) =>
      definition(
        `\\fB${roff(option.flags)}\\fR`,
        option.default === undefined ? option.description : `${option.description} (default ${option.default})`,
      ),
    ),
    ...(command.examples.length === 0 ? [] : ['.PP', 'Examples:', '.RS']),
    ...command.examples.flatMap(([line, what]) => ['.TP', `\\fB${roff(line)}\\fR`, text(what)]),
    ...(command.examples.length === 0 ? [] : ['.RE']),
  ]
}

function definition(term: string, what: string): readonly string[] {
  return ['.TP', `\\fB${term}\\fR`, text(what)]
}

/** A line of text: a dot or an apostrophe at its beginning would be a request. */
function text(words: string): string {
  return roff(words).replace(/^(?=[.'])/, '\\&')
}

/** Backslashes and hyphens mean something to troff; a hyphen that is copied must be a real one. */
function roff(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('…', '...')
    .replaceAll('`', '\\(ga')
}
