/**
 * The composition root: the only file, with src/main/, that constructs and connects. It loads as little as it can.
 * What only shows the last readings does not come here: src/main/quick.ts.
 */

import { processIo } from './cli/process-io.ts'
import { openContext } from './main/context.ts'
import { lastReadings } from './main/last-readings.ts'
import { setLineDeadline } from './main/line-deadline.ts'
import { AppError } from './model/app.ts'

const argv = process.argv.slice(2)

/** How long a command that is done may still be kept by something that hangs. */
const LINGER_MS = 500

process.exitCode = await main()
endSoon()

/**
 * A proxy or host that never answered holds its socket for minutes, and with it the process. The timer itself keeps
 * nothing alive: without a socket that hangs, the process is gone before it runs.
 */
function endSoon(): void {
  setTimeout(() => {
    if (process.stdout.writableLength > 0 || process.stderr.writableLength > 0) endSoon()
    else process.exit()
  }, LINGER_MS).unref()
}

async function main(): Promise<number> {
  try {
    const context = openContext()
    const { paths, clock } = context
    const io = processIo({ process, env: { ...process.env }, clock })
    const readBoardFile = async () => lastReadings(paths)
    const claudeCode = async () =>
      (await import('./main/claude-code-port.ts')).openClaudeCodePort(context, io.onInterrupt)
    if (argv[0] === 'statusline') {
      setLineDeadline(process)
      const { lineFlags, printStatusLine } = await import('./cli/statusline/line.ts')
      const flags = lineFlags(argv)
      if (flags !== null) return await printStatusLine({ flags, io, readBoardFile, claudeCode })
    }
    const { runCli } = await import('./cli/run.ts')
    return await runCli({
      argv,
      io,
      readBoardFile,
      claudeCode,
      loadApp: async () => (await import('./main/app.ts')).createApp(),
      version: async () => (await import('./platform/version.ts')).readVersion(),
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`tokstat: ${error.message}${error.hint === null ? '' : `\n${error.hint}`}\n`)
    return error.exitCode
  }
}
