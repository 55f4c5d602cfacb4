/**
 * The composition root of what only shows the last readings: `list --cached` and `statusline`. A file of its own in
 * dist/ that bin/ asks before anything else is loaded: with the modules and streams of `main.ts` it would cost twice
 * an empty program. It asks nobody, takes no lock and writes no file, so it can never pile up.
 */
import { homedir } from 'node:os'
import { cachedFlags, printCached } from '../cli/cached.ts'
import { quickIo } from '../cli/quick-io.ts'
import { reportFailure } from '../cli/report-failure.ts'
import { NOWHERE } from '../cli/statusline/claude-code.ts'
import { lineFlags, printStatusLine } from '../cli/statusline/line.ts'
import { boardFiles, readFolders } from '../config/folders.ts'
import { systemClock } from '../platform/clock.ts'
import { lastReadings } from './last-readings.ts'
import { setLineDeadline } from './line-deadline.ts'

/** Whether it was a quick command; then it is done, and `process.exitCode` says how. */
export async function quick(process: NodeJS.Process): Promise<boolean> {
  const argv = process.argv.slice(2)
  const line = lineFlags(argv)
  // What Claude Code hands over needs more than this file has.
  const isLine = line !== null && !line.claudeCode
  if (!isLine && cachedFlags(argv) === null) return false
  const { env, platform } = process
  // A list waits for who pages through it; a line must end.
  const io = quickIo({ process, env, clock: systemClock(), waits: !isLine })
  const files = boardFiles(readFolders({ env, platform, home: homedir() }), platform)
  const readBoardFile = async () => lastReadings(files)
  if (isLine) setLineDeadline(process)
  try {
    process.exitCode = isLine
      ? await printStatusLine({ flags: line, io, readBoardFile, claudeCode: async () => NOWHERE })
      : await printCached({ argv, readBoardFile, io })
  } catch (error) {
    process.exitCode = reportFailure(error, argv.includes('--json'), io)
  }
  return true
}
