import type { Stats } from 'node:fs'
import { lstat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../model/ports.ts'
import { codeOf, readGuarded } from './files.ts'
import { acquireLock, type LockOutcome } from './lock.ts'
import { ensurePrivateFolder, writeAtomic } from './store.ts'

/** What a look at one file that nobody else may see came to. */
export type PrivateRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  /** One sentence for people that names the path. */
  | { readonly kind: 'refused'; readonly detail: string }

export interface PrivateFilesOptions {
  readonly clock: Clock
  /** systemd's `$CREDENTIALS_DIRECTORY`: who may read a file in there is systemd's business, not its mode's. */
  readonly credentialsDirectory: string | null
}

/** Files of ours that hold or open secrets: nobody else may read them (C18), no link stands in for one (C19). */
export function privateFiles({ clock, credentialsDirectory }: PrivateFilesOptions): {
  read(path: string, openness?: 'may-be-open'): Promise<PrivateRead>
  write(path: string, text: string): Promise<void>
  remove(path: string): Promise<void>
  lock(path: string): Promise<LockOutcome>
} {
  const mayBeOpen = (path: string): boolean => credentialsDirectory !== null && dirname(path) === credentialsDirectory
  return {
    async read(path, openness) {
      const found = await lstat(path).catch((error: unknown) => codeOf(error) ?? 'unknown error')
      if (found === 'ENOENT' || found === 'ENOTDIR') return { kind: 'absent' }
      if (typeof found === 'string') return { kind: 'refused', detail: `${path} could not be read (${found}).` }
      const wrong = whatIsWrong(path, found, openness === 'may-be-open' || mayBeOpen(path))
      if (wrong !== null) return { kind: 'refused', detail: wrong }
      const read = await readGuarded(path, clock)
      return read.kind === 'unreadable' ? { kind: 'refused', detail: read.detail } : read
    },
    async write(path, text) {
      await ensurePrivateFolder(dirname(path))
      await writeAtomic(path, text)
    },
    async remove(path) {
      await unlink(path).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error
      })
    },
    lock: (path) => acquireLock(path, {}, clock),
  }
}

function whatIsWrong(path: string, found: Stats, mayBeOpen: boolean): string | null {
  if (found.isSymbolicLink()) return `${path} is a symbolic link; tokstat keeps its secrets in plain files only.`
  if (!found.isFile()) return `${path} is not a regular file.`
  const us = process.getuid?.()
  if (us === undefined) return null
  if (found.uid !== us && found.uid !== 0) return `${path} belongs to another user (uid ${found.uid}).`
  if (mayBeOpen || (found.mode & 0o077) === 0) return null
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0')
  return `Other users may read ${path} (mode ${mode}); it must be 0600.`
}
