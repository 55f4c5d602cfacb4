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

process.exitCode = await main()

async function main(): Promise<number> {
  let io: Io | null = null
  try {
    const context = openContext()
    const { paths, clock } = context
    io = processIo({ process, env: { ...process.env }, clock })
    const readBoardFile = (): Promise<string | null> =>
      readFile(shownBoardPath(context), 'utf8').catch(() => readFile(paths.board, 'utf8').catch(() => null))
    if (cachedFlags(argv) !== null) return await printCached({ argv, readBoardFile, io })
    const { runCli } = await import('./cli/run.ts')
    return await runCli({
      argv,
      io,
      readBoardFile,
      loadApp: async () => (await import('./main/app.ts')).createApp(),
      version: async () => (await import('./platform/version.ts')).readVersion(),
    })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`tokstat: ${error.message}${error.hint === null ? '' : `\n${error.hint}`}\n`)
    return error.exitCode
  }
}
