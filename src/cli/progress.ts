import type { Io } from './io.ts'

/** Erases the line and returns to its start. */
const ERASE_LINE = '\r\u001b[2K'

export interface Progress {
  /** For `SnapshotOptions.onProgress`. */
  readonly report: (done: number, total: number) => void
  /** Removes the line. Call it before anything else is written, always. */
  readonly end: () => void
}

/** For commands that own the screen themselves. */
export const SILENT: Progress = { report: () => {}, end: () => {} }

const PATIENCE_MS = 300

/** A line on stderr that appears when something takes longer than 300 ms, on a terminal only, and leaves nothing behind. */
export function startProgress(io: Io, what: string): Progress {
  if (!io.stderr.isTTY) return SILENT
  let text = `${what}…`
  let isShown = false
  const draw = (): void => {
    isShown = true
    io.stderr.write(`${ERASE_LINE}${text}`)
  }
  const timer = io.clock.after(PATIENCE_MS, draw)
  return {
    report: (done, total) => {
      text = `${what}… ${done} of ${total}`
      if (isShown) draw()
    },
    end: () => {
      timer.cancel()
      if (isShown) io.stderr.write(ERASE_LINE)
      isShown = false
    },
  }
}
