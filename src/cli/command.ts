import type { App } from '../model/app.ts'
import type { AccountDocument } from '../model/document.ts'
import type { Io } from './io.ts'
import type { ReadBoardFile } from './kept-board.ts'
import type { Paint } from './paint.ts'
import type { ClaudeCodePort } from './statusline/claude-code.ts'

/** One option of a command, in commander's notation: `--provider <id>`. */
export interface OptionSpec {
  readonly flags: string
  readonly description: string
  readonly default?: string
  readonly choices?: readonly string[]
  readonly required?: boolean
  /** What Tab offers as its value. */
  readonly completes?: 'provider' | 'account'
}

export interface ArgumentSpec {
  /** `<shell>` needed, `[account]` may be left out. */
  readonly name: string
  readonly description: string
  readonly choices?: readonly string[]
  readonly completes?: 'provider' | 'account'
  /** Which accounts it may name, where not every one, and what is said when there is none of them. */
  readonly only?: { readonly fits: (account: AccountDocument) => boolean; readonly none: string }
  /** Left out it means the account that there is, where there is only one: for what changes nothing. */
  readonly orTheOnlyOne?: boolean
}

/** One command: a file in commands/ and a line in the registry. */
export interface CliCommand {
  readonly arguments?: readonly ArgumentSpec[]
  readonly options?: readonly OptionSpec[]
  /** Whole command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Resolves with the exit code; throws AppError to end with a message. */
  run(context: CommandContext): Promise<number>
}

/** A command's name (two words where it belongs to a group), what it is for, and where it lives. */
export interface Registered {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<CliCommand>
  readonly hidden?: boolean
}

export interface CommandContext {
  readonly args: readonly string[]
  readonly options: Options
  readonly json: boolean
  /** Every command there is, for the one that completes their names. */
  readonly commands: readonly Registered[]
  readonly io: Io
  readonly paint: Paint
  /** Builds the program at the first call; says on stderr when an upstream is set. */
  readonly app: () => Promise<App>
  readonly readBoardFile: ReadBoardFile
  /** What is done with what Claude Code hands over. */
  readonly claudeCode: () => Promise<ClaudeCodePort>
  /** tokstat's own version, without building the program. */
  readonly version: () => Promise<string>
  /** One line on stdout. */
  readonly print: (line?: string) => void
  /** One line on stderr. */
  readonly note: (line: string) => void
  /** A document on stdout, harmless to a terminal. */
  readonly printJson: (value: unknown) => void
}

/** Options as commander leaves them: by camel-cased name. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** The value of an option that takes one; null when it was not given. */
  text(name: string): string | null {
    const value = this.#values[name]
    return typeof value === 'string' ? value : null
  }

  /** Whether a switch was given; for `--no-x` ask for `x`. */
  has(name: string): boolean {
    return this.#values[name] === true
  }
}
