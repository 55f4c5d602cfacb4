import { AppError } from '../model/app.ts'
import { didYouMean } from '../model/suggest.ts'
import type { Registered } from './command.ts'

/** What the first words of a command line ask for. */
export type Route =
  | { readonly kind: 'command'; readonly command: Registered; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly group: string | null }
  | { readonly kind: 'version' }

const HELP: ReadonlySet<string> = new Set(['-h', '--help'])

/** Finds the command without loading any. Throws AppError 4 for an unknown one, with the nearest that exists. */
export function route(argv: readonly string[], commands: readonly Registered[]): Route {
  const globals: string[] = []
  let at = 0
  while (argv[at] === '--json') globals.push(argv[at++] ?? '')
  const word = argv[at]
  if (word === undefined) return byName('list', globals, commands)
  if (HELP.has(word)) return { kind: 'help', group: null }
  if (word === '-V' || word === '--version') return { kind: 'version' }
  if (word.startsWith('-')) return byName('list', argv, commands)
  if (word === 'help') return helpFor(argv.slice(at + 1), commands)
  const rest = [...globals, ...argv.slice(at + 1)]
  return isGroup(word, commands) ? inGroup(word, rest, commands) : byName(word, rest, commands)
}

function isGroup(word: string, commands: readonly Registered[]): boolean {
  return commands.some((command) => command.name.startsWith(`${word} `))
}

function inGroup(group: string, rest: readonly string[], commands: readonly Registered[]): Route {
  const at = rest.findIndex((word) => word !== '--json')
  const word = rest[at]
  if (word === undefined || HELP.has(word)) return { kind: 'help', group }
  return byName(`${group} ${word}`, rest.toSpliced(at, 1), commands)
}

function helpFor(words: readonly string[], commands: readonly Registered[]): Route {
  const [first, second] = words.filter((word) => !word.startsWith('-'))
  if (first === undefined) return { kind: 'help', group: null }
  if (!isGroup(first, commands)) return byName(first, ['--help'], commands)
  return second === undefined ? { kind: 'help', group: first } : byName(`${first} ${second}`, ['--help'], commands)
}

function byName(name: string, rest: readonly string[], commands: readonly Registered[]): Route {
  const command = commands.find((candidate) => candidate.name === name)
  if (command) return { kind: 'command', command, rest }
  const [group = name, inner] = name.split(' ')
  const visible = commands.filter((candidate) => candidate.hidden !== true).map((candidate) => candidate.name)
  const known =
    inner === undefined
      ? [...visible, ...visible.map((candidate) => candidate.split(' ')[0] ?? candidate)]
      : visible.filter((candidate) => candidate.startsWith(`${group} `))
  const near = didYouMean(name, known)
  const help = inner === undefined ? 'tokstat --help' : `tokstat ${group} --help`
  throw new AppError(4, 'unknown_command', `There is no command "${name}".`, near ?? `Run \`${help}\` for the list.`)
}
