import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { AppError } from '../model/app.ts'

/**
 * What a command writes where the user says goes into a folder that exists: a mistyped path must not become a folder
 * that nobody looks into. Throws AppError 4.
 */
export function checkFolderOf(file: string): void {
  const folder = dirname(resolve(file))
  const found = lookAt(folder)
  if (found === 'folder') return
  if (found === 'file') throw new AppError(4, 'no_folder', `${folder} is not a folder.`, 'Choose another.')
  throw new AppError(4, 'no_folder', `The folder ${folder} does not exist.`, 'Make it, or choose another.')
}

function lookAt(path: string): 'folder' | 'file' | 'nothing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file'
  } catch {
    // Not there, or below something that is no folder: either way nothing to write into.
    return 'nothing'
  }
}

/** The failure of a command whose file the system refuses. */
export function cannotWrite(file: string, error: unknown): AppError {
  const hint = 'Name a folder that you may write to and that has room.'
  return new AppError(1, 'cannot_write', `${file} could not be written: ${reasonOf(error)}.`, hint)
}

/** `permission denied`, without the path and the system's call that Node puts around it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('errno' in error && typeof error.errno === 'number') return getSystemErrorMessage(error.errno)
  return error.message.replace(/\.$/, '')
}
