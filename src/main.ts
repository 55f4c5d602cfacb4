/**
 * The composition root: the only file, with src/main/, that constructs and connects. It loads as little as it can:
 * what only shows the last readings must be as quick as an empty program.
 */

import { readFile } from 'node:fs/promises'
import { cachedFlags, printCached } from './cli/cached.ts'
import type { Io } from './cli/io.ts'
import { processIo } from './cli/process-io.ts'
import { openContext, shownBoardPath } from './main/context.ts'
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
  let io: Io | null = null
  try {
    const context = openContext()
    const { paths, clock } = context
    io = processIo({ process, env: { ...process.env }, clock })
    const readBoardFile = (): Promise<string | null> =>
      readFile(shownBoardPath(context), 'utf8').catch(() => readFile(paths.board, 'utf8').catch(() => null))
    if (cachedFlags(argv) !== null) return await printCached({ argv, readBoardFile, io })
    const claudeCode = async () => (await import('./main/claude-code-port.ts')).openClaudeCodePort(context)
    if (argv[0] === 'statusline') {
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
