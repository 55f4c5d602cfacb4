import type { Clock } from '../model/ports.ts'

/** A stream that a command writes to. */
export interface Output {
  write(text: string): unknown
  readonly isTTY: boolean
  /** Null when it is not a terminal: then nothing is cut. */
  columns(): number | null
  rows(): number | null
}

/** The keyboard, for commands that listen to keys. */
export interface Input {
  readonly isTTY: boolean
  /**
   * Calls back for every chunk that is typed, unbuffered and without echo, and once when the input ends (a pipe does).
   * Returns the stop function.
   */
  onKeys(listener: (keys: string) => void, onEnd?: () => void): () => void
}

/** Everything a command touches outside the program. Tests pass fakes; main passes the process's own. */
export interface Io {
  /** Data only. */
  readonly stdout: Output
  /** Progress, notices, prompts, errors. */
  readonly stderr: Output
  readonly stdin: Input
  /** Whether colours are wanted on stdout. */
  readonly color: boolean
  /** False: colours are unwanted even where nobody sits at a terminal (a bar that knows them). */
  readonly mayColor: boolean
  readonly clock: Clock
  /** IANA name of the reader's zone; null: the zone of the process. */
  readonly timeZone: string | null
  /** Calls back at Ctrl-C, at a signal to end, and when stdout is gone. Returns the stop function. */
  onInterrupt(listener: () => void): () => void
}

/**
 * Whether to colour: NO_COLOR (not empty) never, FORCE_COLOR (not `0` or `false`) always, else on a terminal that is
 * not `dumb`. https://no-color.org, https://force-color.org
 */
export function colorWanted(env: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTTY && env['TERM'] !== 'dumb'
}
