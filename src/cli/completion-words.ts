import type { ArgumentSpec, CliCommand, OptionSpec, Registered } from './command.ts'

export interface Candidate {
  readonly value: string
  readonly description: string
}

/** Names that live outside the program. */
export interface Names {
  readonly accounts: () => Promise<readonly string[]>
  readonly providers: () => Promise<readonly string[]>
}

const GLOBALS: readonly OptionSpec[] = [
  { flags: '--json', description: 'data for programs' },
  { flags: '-h, --help', description: 'help' },
]

/** What fits the last of `words`, given the ones before it. */
export async function candidatesFor(
  words: readonly string[],
  commands: readonly Registered[],
  names: Names,
): Promise<readonly Candidate[]> {
  const current = words.at(-1) === '""' ? '' : (words.at(-1) ?? '')
  const before = words.slice(0, -1)
  const visible = commands.filter((command) => command.hidden !== true)
  const all = await offers(
    before.filter((word) => word !== '--json'),
    current,
    visible,
    names,
  )
  return all.filter((candidate) => candidate.value.startsWith(current))
}

async function offers(
  before: readonly string[],
  current: string,
  commands: readonly Registered[],
  names: Names,
): Promise<readonly Candidate[]> {
  const [first, second, ...others] = before
  if (first === undefined && !current.startsWith('-')) return firstWords(commands)
  if (first === undefined || first.startsWith('-')) return within('list', before, current, commands, names)
  const group = commands.filter((command) => command.name.startsWith(`${first} `))
  if (group.length === 0) return within(first, before.slice(1), current, commands, names)
  if (second === undefined) {
    return group.map(({ name, summary }) => ({ value: name.slice(first.length + 1), description: summary }))
  }
  return within(`${first} ${second}`, others, current, commands, names)
}

function firstWords(commands: readonly Registered[]): readonly Candidate[] {
  const words = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [word = name, inner] = name.split(' ')
    const known = words.get(word)
    words.set(word, inner === undefined ? summary : known === undefined ? inner : `${known}, ${inner}`)
  }
  return [...words].map(([value, description]) => ({ value, description }))
}

async function within(
  name: string,
  before: readonly string[],
  current: string,
  commands: readonly Registered[],
  names: Names,
): Promise<readonly Candidate[]> {
  const registered = commands.find((command) => command.name === name)
  if (registered === undefined) return []
  const command = await registered.load()
  const options = [...(command.options ?? []), ...GLOBALS]
  const called = (name: string | undefined): OptionSpec | undefined =>
    options.find((option) => takesValue(option) && longOf(option) === name)
  const asked = called(before.at(-1))
  if (asked) return valuesOf(asked, names)
  const [joined] = /^--[\w-]+(?==)/.exec(current) ?? []
  const joinedTo = called(joined)
  if (joinedTo) {
    const values = await valuesOf(joinedTo, names)
    return values.map(({ value, description }) => ({ value: `${joined}=${value}`, description }))
  }
  if (current.startsWith('-'))
    return options.map((option) => ({ value: longOf(option), description: option.description }))
  const argument = argumentAt(command, before, options)
  return argument === undefined ? [] : valuesOf(argument, names)
}

function argumentAt(
  command: CliCommand,
  before: readonly string[],
  options: readonly OptionSpec[],
): ArgumentSpec | undefined {
  const plain = before.filter((word, index) => {
    const isValue = options.some((option) => takesValue(option) && longOf(option) === before[index - 1])
    return !word.startsWith('-') && !isValue
  })
  return command.arguments?.[plain.length]
}

async function valuesOf(spec: OptionSpec | ArgumentSpec, names: Names): Promise<readonly Candidate[]> {
  const values =
    spec.completes === 'account'
      ? await names.accounts()
      : spec.completes === 'provider'
        ? await names.providers()
        : (spec.choices ?? [])
  return values.map((value) => ({ value, description: spec.completes ?? spec.description }))
}

function longOf(option: OptionSpec): string {
  return /--[\w-]+/.exec(option.flags)?.[0] ?? option.flags
}

function takesValue(option: OptionSpec): boolean {
  return option.flags.includes('<')
}
