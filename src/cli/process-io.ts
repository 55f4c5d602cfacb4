import type { Clock } from '../model/ports.ts'
import { colorWanted, type Input, type Io, type Output } from './io.ts'

/** What is needed of node's `process`; `env` comes from config, which alone reads it. */
export interface ProcessIoOptions {
  readonly process: NodeJS.Process
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

/**
 * The terminal, keyboard and signals of this process. A reader that went away (`tokstat | head`) is no error: what
 * is written after that is lost, and the command ends as it would have.
 */
export function processIo({ process, env, clock }: ProcessIoOptions): Io {
  process.stdout.on('error', ignoreGoneReader)
  let stderr: Output | null = null
  return {
    stdout: output(process.stdout),
    // The first touch of these opens them, which costs milliseconds that a status line does not have.
    get stderr() {
      if (stderr === null) {
        process.stderr.on('error', ignoreGoneReader)
        stderr = output(process.stderr)
      }
      return stderr
    },
    get stdin() {
      return keyboard(process.stdin)
    },
    color: colorWanted(env, process.stdout.isTTY === true),
    mayColor: colorWanted({ ...env, TERM: undefined }, true),
    clock,
    // node itself follows TZ, and its own zone needs no Intl data.
    timeZone: null,
    onInterrupt: (listener) => interruptions(process, listener),
  }
}

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function output(stream: NodeJS.WriteStream): Output {
  const isTTY = stream.isTTY === true
  return {
    write: (text) => stream.write(text),
    isTTY,
    columns: () => (isTTY && stream.columns > 0 ? stream.columns : null),
    rows: () => (isTTY && stream.rows > 0 ? stream.rows : null),
  }
}

function keyboard(stdin: NodeJS.ReadStream): Input {
  return {
    isTTY: stdin.isTTY === true,
    onKeys: (listener, onEnd = () => {}) => {
      const onData = (chunk: Buffer | string): void => listener(String(chunk))
      if (stdin.readableEnded) queueMicrotask(onEnd)
      stdin.setRawMode?.(true)
      stdin.on('data', onData)
      stdin.on('end', onEnd)
      stdin.resume()
      return () => {
        stdin.off('data', onData)
        stdin.off('end', onEnd)
        stdin.setRawMode?.(false)
        stdin.pause()
      }
    },
  }
}

function interruptions(process: NodeJS.Process, listener: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listener)
  process.stdout.on('error', listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
    process.stdout.off('error', listener)
  }
}
