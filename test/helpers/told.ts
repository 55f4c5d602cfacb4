/** What the documentation and every `--help` tell people to type. */
import { paintFor } from '../../src/cli/paint.ts'
import { parseCommandLine } from '../../src/cli/parse-command-line.ts'
import { COMMANDS } from '../../src/cli/registry.ts'
import { route } from '../../src/cli/route.ts'
import { bareCommand, everyCommandOf, type Words } from './markdown.ts'

/** The arguments of a command line of tokstat; null: it is another program's. */
function tokstatArguments(words: Words): readonly string[] | null {
  const [first, second, ...rest] = bareCommand(words)
  // `claude mcp add tokstat -- tokstat mcp`: what another program is told to run.
  const handed = words.indexOf('--')
  if (first !== 'tokstat' && words[handed + 1] === 'tokstat') return words.slice(handed + 2)
  if (first === 'docker' && words.includes('exec')) return argumentsAfter(words, 'tokstat')
  if (first === 'tokstat') return second === undefined ? [] : [second, ...rest]
  if (first === 'npx' && second === 'tokstat') return rest
  if (first === 'node' && second === 'bin/tokstat.mjs') return rest
  return null
}

function argumentsAfter(words: Words, program: string): readonly string[] | null {
  const at = words.indexOf(program)
  return at < 0 ? null : words.slice(at + 1)
}

/** Command lines of tokstat in a shell's text. */
export function callsIn(text: string): (readonly string[])[] {
  return everyCommandOf(text).flatMap((words) => {
    const argv = tokstatArguments(words)
    return argv === null ? [] : [argv]
  })
}

/** Command lines of tokstat within the settings of other programs: `exec = tokstat statusline --for polybar`. */
export function embeddedCalls(text: string): (readonly string[])[] {
  const found = text.matchAll(/\btokstat((?: +(?:'[^']*'|"[^"]*"|--?[\w-]+|[\w./:-]+))+)/g)
  return [...found].flatMap((match) =>
    // A sentence that begins with the name is no command.
    COMMANDS.some(({ name }) => match[1]?.trimStart().startsWith(name)) ? callsIn(`tokstat${match[1]}`) : [],
  )
}

/** What tokstat's own parser has against a command line; null: nothing. */
export async function unknownIn(argv: readonly string[]): Promise<string | null> {
  try {
    const found = route(argv, COMMANDS)
    if (found.kind !== 'command') return null
    parseCommandLine(found.command, await found.command.load(), found.rest, paintFor(false))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export interface Example {
  readonly at: string
  readonly line: string
}

/** The examples of every `--help`, which docs/cli.md and the man page repeat. */
export async function helpExamples(): Promise<readonly Example[]> {
  const shown = COMMANDS.filter((command) => command.hidden !== true)
  const found = shown.map(async ({ name, load }) =>
    (await load()).examples.map(([line]) => ({ at: `tokstat ${name} --help`, line })),
  )
  return (await Promise.all(found)).flat()
}

const WRITES = 'writes to the system'

/** Commands of tokstat that are not run by a test of the documentation, and why; the longest name that fits decides. */
const NOT_RUN: Readonly<Record<string, string>> = {
  serve: 'does not end',
  demo: 'does not end',
  dashboard: 'does not end',
  mcp: 'does not end',
  'quota monitor': 'does not end',
  login: 'asks a person',
  remove: 'changes an account that a page invents',
  rename: 'changes an account that a page invents',
  switch: 'changes an account that a page invents',
  service: 'changes the machine',
  'service check': 'asks a daemon',
  'alerts test': 'sends to a channel that a page invents',
  'grafana provision': 'asks a Grafana',
}

/** Programs of others. Their own arguments are not ours to check; the ones with a reason are not run here. */
const OTHERS: Readonly<Record<string, string | null>> = {
  autoload: null,
  cat: null,
  chmod: null,
  cd: null,
  compinit: null,
  eval: null,
  grep: null,
  jq: null,
  mkdir: null,
  openssl: null,
  promtool: null,
  'run-agent': null,
  'age-keygen': 'makes a key',
  claude: "another program's",
  curl: 'asks a daemon',
  codex: "another program's",
  cp: WRITES,
  docker: "another program's",
  install: WRITES,
  kubectl: "another program's",
  launchctl: "another program's",
  nix: "another program's",
  npm: 'builds or tests this checkout',
  npx: 'builds or tests this checkout',
  node: 'builds or tests this checkout',
  pass: "another program's",
  ssh: "another program's",
  systemctl: "another program's",
  $EDITOR: 'asks a person',
  './setup.sh': 'changes the machine',
}

/** Every reason there is. */
export const REASONS: ReadonlySet<string> = new Set(
  ['needs root', WRITES, ...Object.values(NOT_RUN), ...Object.values(OTHERS)].filter((reason) => reason !== null),
)

function whyNotRunCommand(words: Words): string | null {
  if (words[0] === 'sudo') return 'needs root'
  const argv = tokstatArguments(words)
  const [program = ''] = bareCommand(words)
  if (program !== 'tokstat' || argv === null) {
    const known = OTHERS[program]
    if (known === undefined) throw new Error(`nobody has said whether \`${words.join(' ')}\` may be run`)
    return known
  }
  return NOT_RUN[argv.slice(0, 2).join(' ')] ?? NOT_RUN[argv[0] ?? ''] ?? null
}

/** Why a text of a shell is not run by a test of the documentation; null: it is run. Throws for an unknown program. */
export function whyNotRun(text: string): string | null {
  if (/> *\/(?:etc|var)\//.test(text)) return WRITES
  const reasons = everyCommandOf(text).map(whyNotRunCommand)
  return reasons.find((reason) => reason !== null) ?? null
}
