import type { AccountsDocument } from '../model/document.ts'
import type { Clock, JsonFile, Log, Timer } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'

/** Keeps board.json in step with the board: after each change, at most once a second. */
export interface BoardFile {
  /** The board has changed. */
  changed(): void
  /** Writes what is not written yet and waits for it. */
  flush(): Promise<void>
}

export interface BoardFileOptions {
  readonly file: JsonFile
  readonly clock: Clock
  readonly log: Log
  readonly document: () => AccountsDocument
}

const LEAST_BETWEEN_WRITES_MS = SECOND_MS

export function createBoardFile({ file, clock, log, document }: BoardFileOptions): BoardFile {
  let dirty = false
  let timer: Timer | null = null
  let writtenAt = Number.NEGATIVE_INFINITY
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    if (!dirty) return
    dirty = false
    writtenAt = clock.monotonicMs()
    try {
      await file.write(document())
    } catch (cause) {
      // The board in memory goes on; the next change tries again.
      log.warn('The last readings could not be written to disk.', {
        reason: cause instanceof Error ? cause.name : typeof cause,
      })
    }
  }

  function writeSoon(): void {
    timer = null
    writing = writing.then(write)
  }

  return {
    changed: () => {
      dirty = true
      timer ??= clock.after(Math.max(0, writtenAt + LEAST_BETWEEN_WRITES_MS - clock.monotonicMs()), writeSoon)
    },
    flush: () => {
      timer?.cancel()
      writeSoon()
      return writing
    },
  }
}
