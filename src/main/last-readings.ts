import { readSmallFile } from '../config/small-file.ts'
import { OWN_FILE_MAX_BYTES } from '../platform/limits.ts'

/** The text of the last readings as they may be printed; null when there are none, or what is there is no such file. */
export function lastReadings(files: { readonly board: string; readonly shownBoard: string }): string | null {
  return textOf(files.shownBoard) ?? textOf(files.board)
}

function textOf(path: string): string | null {
  const read = readSmallFile(path, OWN_FILE_MAX_BYTES)
  return read.kind === 'text' ? read.text : null
}
