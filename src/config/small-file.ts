import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs'

export type SmallFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  /** `detail`: one sentence, without the content. */
  | { readonly kind: 'unreadable'; readonly detail: string }

const MAX_BYTES = 1_048_576

/** Reads a file at start-up: regular files in UTF-8 of at most 1 MiB or `maxBytes`, one byte order mark stripped. */
export function readSmallFile(path: string, maxBytes: number = MAX_BYTES): SmallFile {
  try {
    if (!statSync(path).isFile()) return { kind: 'unreadable', detail: 'It is not a regular file.' }
    const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const found = fstatSync(handle)
      if (!found.isFile()) return { kind: 'unreadable', detail: 'It is not a regular file.' }
      if (found.size > maxBytes) return { kind: 'unreadable', detail: `It is larger than ${maxBytes / MAX_BYTES} MiB.` }
      const bytes = readFileSync(handle)
      if (bytes.includes(0)) return { kind: 'unreadable', detail: 'It is not UTF-8 text.' }
      return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { kind: 'unreadable', detail: 'It is not UTF-8 text.' }
    return { kind: 'unreadable', detail: `It could not be read (${code}).` }
  }
}
