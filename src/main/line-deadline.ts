/** Longer than Claude Code's pipe (1 s) and the command that was there before (3 s) are waited for. */
const LONGEST_LINE_MS = 5_000

/** A status line ends, whatever hangs: a bar that has stopped reading must not gather processes. */
export function setLineDeadline(process: NodeJS.Process): void {
  setTimeout(() => process.exit(), LONGEST_LINE_MS).unref()
}
