import { type AccountsDocument, type Clock, DAY_MS, type Timer } from '../../../src/model/index.ts'
import type { Kept } from '../offline/kept.ts'

/** The accounts as they were when tokstat was last heard. */
export interface KeptBoard {
  readonly document: AccountsDocument
  /** Unix milliseconds. */
  readonly at: number
}

/** Keeps the last accounts for a page that is opened while the daemon is away. */
export interface BoardKeeper {
  read(): Promise<KeptBoard | null>
  /** `document` is called when the time has come to write it down. */
  changed(document: () => AccountsDocument): void
  /** The daemon lives, and everything is as it was. */
  heard(): void
  /** What is not written down yet, now: the line broke, or the last tab goes. */
  flush(): void
  /** Keeps nothing any more, and no late write comes after it. */
  forget(): Promise<void>
}

/** Soon after the first news, so that a short visit leaves something; then seldom: a disk is not there for this. */
const FIRST_WRITE_MS = 1_000
const WRITE_EVERY_MS = 60_000
/** Nobody plans by what is older. */
const LONGEST_MS = 7 * DAY_MS

export function keepBoard(kept: Kept, clock: Clock): BoardKeeper {
  let newest: (() => AccountsDocument) | null = null
  let heardAt = 0
  let isFirst = true
  let timer: Timer | null = null

  function write(): void {
    timer?.cancel()
    timer = null
    if (newest !== null) void kept.write('board', newest())
    if (heardAt > 0) void kept.write('heard', heardAt)
    newest = null
  }

  function heard(): void {
    heardAt = clock.now()
    timer ??= clock.after(isFirst ? FIRST_WRITE_MS : WRITE_EVERY_MS, write)
    isFirst = false
  }

  return {
    async read() {
      const [document, at] = await Promise.all([kept.read('board'), kept.read('heard')])
      if (!isDocument(document) || typeof at !== 'number' || clock.now() - at >= LONGEST_MS) return null
      return { document, at }
    },
    changed(document) {
      newest = document
      heard()
    },
    heard,
    flush: write,
    async forget() {
      timer?.cancel()
      timer = null
      newest = null
      heardAt = 0
      isFirst = true
      await kept.clear()
    },
  }
}

/** Kept by whatever build was here before this one. */
function isDocument(value: unknown): value is AccountsDocument {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) return false
  return value.schemaVersion === 1 && 'accounts' in value && Array.isArray(value.accounts)
}
