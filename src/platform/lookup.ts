import { constants } from 'node:fs'
import { access, open, readdir, realpath, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { codeOf, type UnreadableFile } from './files.ts'

/** The plain names inside a folder, in no order. */
export type FolderListing =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'absent' }
  | UnreadableFile

/** More names than any tool's login folder holds: a bound, not a limit anybody meets. */
const MOST_NAMES = 10_000

/** Lists a folder without following it anywhere. Never throws. */
export async function listFolder(path: string): Promise<FolderListing> {
  try {
    return { kind: 'names', names: (await readdir(path)).slice(0, MOST_NAMES) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return { kind: 'absent' }
    const reason = code === 'EACCES' || code === 'EPERM' ? 'permission' : code === 'ENOTDIR' ? 'not_a_file' : 'io'
    return { kind: 'unreadable', reason, detail: code ?? 'unknown error' }
  }
}

/**
 * The real path, links resolved, of an executable on `searchPath` (the text of PATH); null when there is none. It is
 * never run. On Windows the endings of PATHEXT that package managers make are tried too.
 */
export async function findOnPath(name: string, searchPath: string, platform: string): Promise<string | null> {
  const endings = platform === 'win32' ? ['', '.cmd', '.exe'] : ['']
  for (const folder of searchPath.split(delimiter)) {
    // A relative entry would depend on where we stand.
    if (folder === '' || folder.startsWith('.')) continue
    for (const ending of endings) {
      const found = await executableAt(join(folder, name + ending))
      if (found !== null) return found
    }
  }
  return null
}

async function executableAt(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK)
    const real = await realpath(path)
    return (await stat(real)).isFile() ? real : null
  } catch {
    // Not there, or not ours to run: the next folder is tried.
    return null
  }
}

const CHUNK_BYTES = 1_048_576
/** Chunks overlap by this much, so that a match on a border is seen whole. */
const OVERLAP = 4_096

/**
 * Every match of a global pattern in the first `maxBytes` of a regular file, as full match and groups. A file that is
 * absent or cannot be read has no match. Bytes are read as latin1, so that a chunk never cuts a character.
 */
export async function scanFile(
  path: string,
  pattern: RegExp,
  maxBytes: number,
): Promise<readonly (readonly string[])[]> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null)
  if (handle === null) return []
  try {
    if (!(await handle.stat()).isFile()) return []
    const found = new Map<string, readonly string[]>()
    const buffer = Buffer.alloc(CHUNK_BYTES)
    let tail = ''
    for (let at = 0; at < maxBytes; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK_BYTES, maxBytes - at), at)
      if (bytesRead === 0) break
      const text = tail + buffer.toString('latin1', 0, bytesRead)
      const start = at - tail.length
      for (const match of text.matchAll(pattern)) {
        found.set(
          `${start + match.index}:${match[0]}`,
          [...match].map((group) => group ?? ''),
        )
      }
      tail = text.slice(-OVERLAP)
      at += bytesRead
    }
    return [...found.values()]
  } catch {
    // Unreadable on the way: what was seen so far is not the whole truth, so nothing is claimed.
    return []
  } finally {
    await handle.close()
  }
}
