import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { colorWanted, type Io, type Output } from './io.ts'
import { type ProcessIoOptions, processIo } from './process-io.ts'

const STDOUT = 1

export interface QuickIoOptions extends ProcessIoOptions {
  /** Whether a pipe that is full is waited for as long as it takes; false: only as long as timers let it. */
  readonly waits: boolean
}

/**
 * `processIo` for a command that prints once. Node's streams cost a tenth of an empty program: here they are opened
 * only for a terminal, whose width they know, and for a reader that is slower than we are.
 */
export function quickIo(options: QuickIoOptions): Io {
  const found = fstatSync(STDOUT)
  if (found.isCharacterDevice()) return processIo(options)
  const { env, clock } = options
  return {
    stdout: straightOut(options, found.isFIFO() && !options.waits ? unblocked() : STDOUT),
    get stderr() {
      return processIo(options).stderr
    },
    get stdin() {
      return processIo(options).stdin
    },
    color: colorWanted(env, false),
    mayColor: colorWanted({ ...env, TERM: undefined }, true),
    clock,
    timeZone: null,
    onInterrupt: (listener) => processIo(options).onInterrupt(listener),
  }
}

/** An end of the same pipe of our own, which refuses when the pipe is full; where the system has none, the usual one. */
function unblocked(): number {
  try {
    return openSync(`/proc/self/fd/${STDOUT}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return STDOUT
  }
}

/** A pipe or file, written to at once. What it does not take at once is left to the stream, which can wait. */
function straightOut(options: ProcessIoOptions, descriptor: number): Output {
  let isSlow = false
  const leave = (rest: Uint8Array): void => {
    if (!isSlow) processIo(options)
    isSlow = true
    options.process.stdout.write(rest)
  }
  return {
    write(text) {
      const bytes = Buffer.from(text)
      let at = 0
      try {
        while (at < bytes.length && !isSlow) at += writeSync(descriptor, bytes, at)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null
        // A reader that went away is no error: what is written after that is lost.
        if (code === 'EPIPE') return
        if (code !== 'EAGAIN') throw error
      }
      if (at < bytes.length) leave(bytes.subarray(at))
    },
    isTTY: false,
    columns: () => null,
    rows: () => null,
  }
}
