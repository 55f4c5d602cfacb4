import { clean, safeJson } from '../format/clean.ts'
import { AppError } from '../model/app.ts'
import type { Io } from './io.ts'

/** One sentence and what to do, never a stack: a person cannot act on it. Unexpected errors say how to report them. */
export function reportFailure(error: unknown, json: boolean, io: Io): number {
  const failure = error instanceof AppError ? error : unexpected(error)
  if (json) {
    const { code, message, hint } = failure
    io.stdout.write(`${safeJson({ problem: { code, message: clean(message), hint, since: null, retryAt: null } })}\n`)
  }
  io.stderr.write(`tokstat: ${clean(failure.message)}\n`)
  if (failure.hint !== null) io.stderr.write(`${clean(failure.hint)}\n`)
  return failure.exitCode
}

function unexpected(error: unknown): AppError {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown reason'
  return new AppError(
    1,
    'internal',
    `Something went wrong in tokstat itself (${reason}).`,
    'Run it again with TOKSTAT_LOG=debug.',
  )
}
