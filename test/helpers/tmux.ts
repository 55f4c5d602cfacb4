/** A real terminal for tests: a tmux server of its own, that ends with the test. */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { until } from './wait.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'tokstat.mjs')

export interface Terminal {
  /** Types into the shell or the program; named keys as tmux has them (`Enter`, `Tab`, `Up`). */
  keys(...keys: readonly string[]): void
  type(text: string): void
  screen(): string
  /** The screen with its SGR sequences. */
  styled(): string
  resize(columns: number, rows: number): void
  /** Waits until the screen satisfies it. */
  shows(what: string | RegExp, deadlineMs?: number): Promise<string>
  /** Whether the alternate screen is on, whether the cursor is hidden: what a program must give back. */
  state(): { readonly alternate: boolean; readonly cursorHidden: boolean }
  /** Process ids below the shell. */
  children(): readonly number[]
  end(): void
}

export interface TerminalOptions {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly columns: number
  readonly rows: number
}

/** The command line that starts the built program in the terminal, or another one. */
export function commandLine(args: string, program: readonly string[] = [process.execPath, ENTRY]): string {
  return `${program.map((word) => `"${word}"`).join(' ')} ${args}`
}

export function openTerminal({ name, env, cwd, columns, rows }: TerminalOptions): Terminal {
  const socket = `tokstat-test-${process.pid}-${name}`
  const base = {
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  }
  const tmux = (...args: readonly string[]): string => {
    const run = spawnSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {
      cwd,
      env: { ...base, ...env, PS1: '$ ' },
      encoding: 'utf8',
    })
    if (run.error !== undefined) throw run.error
    return run.stdout
  }
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh')
  const screen = (): string => tmux('capture-pane', '-p')
  return {
    keys: (...keys) => void tmux('send-keys', ...keys),
    type: (text) => void tmux('send-keys', '-l', text),
    screen,
    styled: () => tmux('capture-pane', '-e', '-p'),
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    shows: (what, deadlineMs) =>
      until(
        `${String(what)} on the screen`,
        () => {
          const text = screen()
          return (typeof what === 'string' ? text.includes(what) : what.test(text)) ? text : null
        },
        deadlineMs,
      ).catch((error: Error) => {
        throw new Error(`${error.message}; it shows:\n${screen()}`)
      }),
    state: () => {
      const [alternate = '', cursor = ''] = tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}')
        .trim()
        .split(' ')
      return { alternate: alternate === '1', cursorHidden: cursor === '0' }
    },
    children: () => {
      const shell = tmux('display-message', '-p', '#{pane_pid}').trim()
      const found = spawnSync('ps', ['-o', 'pid=', '--ppid', shell], { encoding: 'utf8' })
      return found.stdout
        .split('\n')
        .map(Number)
        .filter((pid) => pid > 0)
    },
    end: () => void tmux('kill-server'),
  }
}

/** Keeps what the terminal is set to; `isGivenBack` compares with it. */
export async function rememberTerminal(one: Terminal): Promise<void> {
  await one.shows(/[$#] *$/m)
  one.type('stty -g > .stty-before; clear; echo kept')
  one.keys('Enter')
  await one.shows(/^kept$/m)
}

/** The shell's screen, its cursor, no program left, and every setting of the terminal as it was before. */
export async function isGivenBack(one: Terminal): Promise<void> {
  await until('the normal screen is back', () => !one.state().alternate && !one.state().cursorHidden)
  await until('the program is gone', () => one.children().length === 0)
  one.keys('clear', 'Enter')
  one.type('stty -g | diff - .stty-before | wc -l')
  one.keys('Enter')
  await one.shows(/^(?:[#$] )?0$/m)
}
