import { fstatSync, writeSync } from 'node:fs'
import { colorWanted, type Io, type Output } from './io.ts'
import { type ProcessIoOptions, processIo } from './process-io.ts'

const STDOUT = 1

/**
 * `processIo` for a command that prints once. Node's streams cost a tenth of an empty program: here they are opened
 * only for a terminal, whose width they know, and for a reader that is slower than we are.
 */
export function quickIo(options: ProcessIoOptions): Io {
  if (fstatSync(STDOUT).isCharacterDevice()) return processIo(options)
  const { env, clock } = options
  return {
    stdout: straightOut(options),
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

/** A pipe or file, written to at once. What it does not take at once is left to the stream, which can wait. */
function straightOut(options: ProcessIoOptions): Output {
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
        while (at < bytes.length && !isSlow) at += writeSync(STDOUT, bytes, at)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null
        // A reader that went away is no error: what is written after that is lost.
        if (code === 'EPIPE') return
        if (code !== 'EAGAIN') throw error
        leave(bytes.subarray(at))
        return
      }
      if (isSlow) leave(bytes)
    },
    isTTY: false,
    columns: () => null,
    rows: () => null,
  }
}
