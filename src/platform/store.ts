import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, JsonFile } from '../model/ports.ts'
import { systemClock } from './clock.ts'
import { codeOf, readGuarded } from './files.ts'
import { OWN_FILE_MAX_BYTES } from './limits.ts'

/**
 * Replaces a file of ours in one step: a new file (0600 from its first byte, whatever the umask), flushed, renamed
 * over the old one, the folder flushed. Readers see the old text or the new one. Throws the system's error, and
 * refuses a path that is a symbolic link (C18, C19).
 */
export async function writeAtomic(path: string, text: string, mode = 0o600): Promise<void> {
  await refuseLink(path)
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text, 'utf8')
      if (mode !== 0o600) await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

/**
 * Makes a folder of ours that nobody else can look into (0700), parents included. One that exists is tightened when
 * it is ours and refused when it is somebody else's.
 */
export async function ensurePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await stat(path)
  if (!found.isDirectory()) throw new Error(`${path} is not a folder.`)
  const us = process.getuid?.()
  if (us === undefined) return
  if (found.uid !== us) throw new Error(`${path} belongs to another user (uid ${found.uid}); tokstat will not use it.`)
  if ((found.mode & 0o1000) !== 0) throw new Error(`${path} is a shared folder; choose one for tokstat alone.`)
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700)
}

/**
 * A JSON document of ours. `read` gives null for a file that is absent, damaged or not ours to trust; `write` makes
 * the folder, is atomic, and keeps the order of calls. Rejects with the system's error when the disk refuses.
 */
export function jsonFile(path: string, clock: Clock = systemClock()): JsonFile {
  let last: Promise<void> = Promise.resolve()
  const writeNow = async (text: string): Promise<void> => {
    await ensurePrivateFolder(dirname(path))
    await writeAtomic(path, text)
  }
  return {
    read: async () => {
      const found = await lstat(path).catch(() => null)
      if (found === null || found.isSymbolicLink()) return null
      const read = await readGuarded(path, clock, OWN_FILE_MAX_BYTES)
      if (read.kind !== 'text') return null
      try {
        return JSON.parse(read.text)
      } catch {
        // Unknown content is null: the port's promise.
        return null
      }
    },
    write: (value) => {
      const text = `${JSON.stringify(value)}\n`
      // The previous write's failure belongs to its own caller.
      const mine = last.catch(() => undefined).then(() => writeNow(text))
      last = mine
      mine.catch(() => undefined)
      return mine
    },
  }
}

async function refuseLink(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null)
  if (found?.isSymbolicLink()) throw new Error(`${path} is a symbolic link; tokstat writes its files itself.`)
}

/** Makes the rename itself survive a power loss. Some file systems (and Windows) cannot; the text is safe anyway. */
async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle | null = null
  try {
    handle = await open(path, constants.O_RDONLY)
    await handle.sync()
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error
  } finally {
    await handle?.close()
  }
}
