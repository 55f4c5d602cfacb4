import { clean } from '../format/clean.ts'
import { AppError, type LoginDialog } from '../model/app.ts'
import type { Io } from './io.ts'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
const LONGEST_INPUT = 64 * 1024

export interface OpenDialog {
  readonly dialog: LoginDialog
  /** Gives keyboard and signals back. */
  close(): void
}

/** The conversation of a login at this terminal, or with whatever is piped in. Questions and notes go to stderr. */
export function openDialog(io: Io): OpenDialog {
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  const ignoreSignals = io.onInterrupt(abort)
  // Lines that came in one chunk with the one that was asked for.
  let rest = ''
  const say = (line: string): void => void io.stderr.write(`${clean(line)}\n`)
  const takeRest = (): string => {
    const taken = rest
    rest = ''
    return taken
  }

  const dialog: LoginDialog = {
    interactive: io.stdin.isTTY && io.stderr.isTTY,
    signal: stop.signal,
    say,
    ask: (question, { hidden, signal }) => {
      io.stderr.write(clean(question))
      const echo = io.stdin.isTTY && !hidden ? (text: string) => void io.stderr.write(text) : () => {}
      return readLine(io, { echo, signal: AbortSignal.any([signal, stop.signal]), abort, before: takeRest() }).then(
        (read) => {
          rest = read.rest
          if (read.line !== null && io.stdin.isTTY) io.stderr.write('\n')
          return read.line
        },
      )
    },
    readAll: (signal) => readToEnd(io, AbortSignal.any([signal, stop.signal]), takeRest()),
    onKeys: (listener) => {
      if (!io.stdin.isTTY) return () => {}
      return io.stdin.onKeys((keys) => (keys.includes(CTRL_C) ? abort() : listener(keys)))
    },
  }
  return { dialog, close: ignoreSignals }
}

interface Reading {
  readonly echo: (text: string) => void
  readonly signal: AbortSignal
  readonly abort: () => void
  /** What was typed before. */
  readonly before: string
}

interface ReadLine {
  /** Null: the input ended, or nobody waits for it any more. */
  readonly line: string | null
  readonly rest: string
}

/** One line with backspace, Ctrl-U, Ctrl-C and Ctrl-D, as a terminal in its usual state would give it. */
function readLine(io: Io, { echo, signal, abort, before }: Reading): Promise<ReadLine> {
  return new Promise((resolve) => {
    let line = ''
    let stopKeys = (): void => {}
    const end = (read: ReadLine): void => {
      stopKeys()
      signal.removeEventListener('abort', onAbort)
      resolve(read)
    }
    const onAbort = (): void => end({ line: null, rest: '' })
    const onEnd = (): void => end({ line: line === '' ? null : line, rest: '' })
    const type = (text: string): boolean => {
      const typed = withoutEscapes(text)
      for (const [index, key] of [...typed].entries()) {
        if (key === '\r' || key === '\n') {
          end({
            line,
            rest: [...typed]
              .slice(index + 1)
              .join('')
              .replace(/^\n/, ''),
          })
          return true
        }
        if (key === CTRL_C) {
          abort()
          return true
        }
        if (key === CTRL_D && line === '') {
          onEnd()
          return true
        }
        const edited = edit(line, key)
        echo(echoOf(line, edited))
        line = edited
      }
      return false
    }
    if (signal.aborted) {
      resolve({ line: null, rest: before })
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    if (before !== '' && type(before)) return
    stopKeys = io.stdin.onKeys((keys) => void type(keys), onEnd)
  })
}

/** Arrow keys and the marks around a pasted text. */
function withoutEscapes(keys: string): string {
  return keys.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|O[A-Z]|.)?/g, '')
}

function edit(line: string, key: string): string {
  if (key === CTRL_U) return ''
  if (key === '\u007f' || key === '\b') return [...line].slice(0, -1).join('')
  return key < ' ' || line.length >= LONGEST_INPUT ? line : line + key
}

function echoOf(before: string, after: string): string {
  if (after.length >= before.length) return clean(after.slice(before.length))
  const gone = [...before].length - [...after].length
  return `${'\b'.repeat(gone)}${' '.repeat(gone)}${'\b'.repeat(gone)}`
}

function readToEnd(io: Io, signal: AbortSignal, before: string): Promise<string> {
  if (io.stdin.isTTY) {
    throw new AppError(
      4,
      'bad_argument',
      '--key-stdin: nothing is piped in.',
      'Leave it out, and the key is asked for.',
    )
  }
  return new Promise((resolve) => {
    let text = before
    let stopKeys = (): void => {}
    const end = (): void => {
      stopKeys()
      signal.removeEventListener('abort', end)
      resolve(text)
    }
    if (signal.aborted) {
      resolve('')
      return
    }
    signal.addEventListener('abort', end, { once: true })
    stopKeys = io.stdin.onKeys((keys) => {
      text += keys
      if (text.length > LONGEST_INPUT) end()
    }, end)
  })
}
