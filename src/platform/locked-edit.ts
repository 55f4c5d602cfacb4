import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, realpath, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'
import { codeOf, readGuarded } from './files.ts'

/** What an edit of somebody else's file came to. */
export type LockedEdit =
  | { readonly kind: 'written' | 'unchanged' | 'absent' }
  /** Its owner is writing at the moment, and went on for longer than we wait. */
  | { readonly kind: 'busy' }
  /** One sentence for people. */
  | { readonly kind: 'refused'; readonly detail: string }

/** A lock folder that nobody has touched for this long was left behind: its owner's own rule. */
const STALE_MS = 10 * SECOND_MS
const WAITS_MS = [100, 200, 400, 700, 1_000, 1_000, 1_000] as const

/**
 * Edits a file that another program owns, under that program's lock: a folder `<file>.lock`, stale after ten seconds.
 * `edit` gets the text as it is under the lock, and returns the new one, or null to leave it. Written as a new file
 * beside it and renamed, with the mode of the old one; a link is followed, and stays one.
 */
export async function editUnderOwnersLock(
  path: string,
  edit: (text: string) => string | null,
  clock: Clock,
): Promise<LockedEdit> {
  const real = await realpath(path).catch(() => null)
  if (real === null) return { kind: 'absent' }
  // The owner locks the path it knows, which is the one that the link leads to: its library resolves links too.
  const lock = `${real}.lock`
  if (!(await acquire(lock, clock))) return { kind: 'busy' }
  try {
    await sweep(real)
    return await editNow(real, edit, clock)
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

async function editNow(path: string, edit: (text: string) => string | null, clock: Clock): Promise<LockedEdit> {
  const read = await readGuarded(path, clock)
  if (read.kind === 'absent') return { kind: 'absent' }
  if (read.kind === 'unreadable') return { kind: 'refused', detail: read.detail }
  const bytes = await bytesOf(path)
  // A byte order mark is not part of the text, and stays.
  const mark = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? '\uFEFF' : ''
  const text = edit(read.text)
  if (text === null || text === read.text) return { kind: 'unchanged' }
  const { mode, uid, gid } = await stat(path)
  const us = process.getuid?.()
  if (us !== undefined && us !== 0 && uid !== us) {
    return { kind: 'refused', detail: `${path} belongs to another user (uid ${uid}).` }
  }
  await replace(path, mark + text, { mode: mode & 0o7777, uid, gid })
  return { kind: 'written' }
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF', 'utf8')

async function bytesOf(path: string): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** In the name of a copy that is being written; no other program uses it. */
const TEMPORARY = '.tokstat-'

/** Removes the copies that an edit of ours left when it was killed: they hold what the file holds (L10). */
async function sweep(path: string): Promise<void> {
  const folder = dirname(path)
  const start = `${basename(path)}${TEMPORARY}`
  const names = await readdir(folder).catch(() => [])
  const left = names.filter((name) => name.startsWith(start) && name.endsWith('.tmp'))
  // Under the owner's lock no other edit of ours is at work. One that cannot be removed stops no edit.
  await Promise.all(left.map((name) => unlink(join(folder, name)).catch(() => undefined)))
}

async function replace(path: string, text: string, owner: Ownership): Promise<void> {
  const temporary = `${path}${TEMPORARY}${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text, 'utf8')
      await handle.chmod(owner.mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (process.getuid?.() === 0) await chown(temporary, owner.uid, owner.gid)
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

async function acquire(lock: string, clock: Clock): Promise<boolean> {
  for (const waitMs of [...WAITS_MS, null]) {
    try {
      await mkdir(lock)
      // Its time is set by our clock, so that a stale check of ours compares like with like.
      const now = clock.now() / 1_000
      await utimes(lock, now, now).catch(() => undefined)
      return true
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    if (await isStale(lock, clock)) {
      // As its owner's own library does; who lost the race for the new folder simply waits on.
      await rmdir(lock).catch(() => undefined)
      continue
    }
    if (waitMs !== null) await new Promise<void>((resolve) => clock.after(waitMs, resolve))
  }
  return false
}

async function isStale(lock: string, clock: Clock): Promise<boolean> {
  const found = await stat(lock).catch(() => null)
  return found !== null && clock.now() - found.mtimeMs > STALE_MS
}
