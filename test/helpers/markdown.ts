/** Fenced blocks of the documentation, and the command lines in them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

export interface Block {
  /** The page and the line its fence is in: `docs/cli.md:12`. */
  readonly at: string
  readonly language: string
  readonly text: string
}

/** Every page that people read: the ones at the root, and everything below docs/ and deploy/. */
export function documentationPages(): string[] {
  const below = ['docs', 'deploy'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  return [...readdirSync(ROOT), ...below].filter((name) => name.endsWith('.md')).sort()
}

export function blocksOf(page: string, text: string = readFileSync(join(ROOT, page), 'utf8')): Block[] {
  const blocks: Block[] = []
  let open: { at: string; language: string; lines: string[] } | null = null
  text.split('\n').forEach((line, index) => {
    const fence = /^ *```(.*?)\s*$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === null) open = { at: `${page}:${index + 1}`, language: fence[1] ?? '', lines: [] }
    else {
      blocks.push({ at: open.at, language: open.language, text: open.lines.join('\n') })
      open = null
    }
  })
  if (open !== null) throw new Error(`${(open as { at: string }).at}: the block is never closed`)
  return blocks
}

/** A simple command: its words, quotes taken away. */
export type Words = readonly string[]

/** The simple commands of a shell text: comments and redirections left out, cut at `&&`, `;` and `|`. */
export function commandsOf(text: string): Words[] {
  const commands: string[][] = []
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    let words: string[] = []
    for (const [token = ''] of line.matchAll(/#.*$|"[^"]*"|'[^']*'|&&|\|\||[|;<>]|[^\s"'|;<>&]+/g)) {
      if (token.startsWith('#')) break
      if (/^(&&|\|\||[|;])$/.test(token)) {
        commands.push(words)
        words = []
      } else words.push(token.replace(/^(["'])(.*)\1$/, '$2'))
    }
    commands.push(words)
  }
  return commands.map(withoutRedirections).filter((words) => words.length > 0)
}

function withoutRedirections(words: readonly string[]): string[] {
  return words.filter((word, index) => !/^[<>]$/.test(word) && !/^[<>]$/.test(words[index - 1] ?? ''))
}

/** What is put in place of a text that stands in brackets: `eval "$(tokstat best --export)"`. */
const BRACKETED = /(?:[$<#]|(?<=^|\s))\(([^()]*)\)/

/** The simple commands of a shell text, those within `$(…)`, `<(…)` and elvish's `(…)` included. */
export function everyCommandOf(text: string): Words[] {
  const inner = BRACKETED.exec(text)
  if (inner === null) return commandsOf(text)
  return [...everyCommandOf(inner[1] ?? ''), ...everyCommandOf(text.replace(BRACKETED, 'X'))]
}

/** What stands before a command and is not it: `sudo`, and variables for this one command. */
export function bareCommand(words: Words): Words {
  const start = words.findIndex((word) => word !== 'sudo' && word !== '$' && !/^[A-Z_][A-Z0-9_]*=/.test(word))
  return start < 0 ? [] : words.slice(start)
}
