import { type FSWatcher, readdirSync, realpathSync, statSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Clock, Log, Timer } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'

const SETTLE_MS = 250
const LOOK_EVERY_MS = 30 * SECOND_MS

export interface WatchContext {
  readonly clock: Clock
  readonly log: Log
}

/**
 * Calls back when a file among `paths` (of a folder: any file in it) appears, changes, is replaced or goes; 250 ms after the first sign of it, so
 * that a burst of writes is one call. The files and their folders need not exist. The system's notices come first, a
 * look at every file each 30 s is the net below them (network disks, links, too many watchers). Returns the stop
 * function; after it nothing is called and no handle is open.
 */
export function watchPlaces(paths: readonly string[], onChange: () => void, { clock, log }: WatchContext): () => void {
  let settling: Timer | null = null
  let stopped = false
  const folders = createFolderWatchers(log, () => {
    // Not put off by further notices: a file that is written all the time would never be looked at.
    if (!stopped) settling ??= clock.after(SETTLE_MS, check)
  })
  // Watched first, looked at second: a change between the two is told by a notice.
  folders.watch(paths.flatMap(watchPointsOf))
  let seen = paths.map((path) => signatureOf(path))
  const check = (): void => {
    settling = null
    if (stopped) return
    folders.watch(paths.flatMap(watchPointsOf))
    const now = paths.map((path) => signatureOf(path))
    const changed = now.some((signature, index) => signature !== seen[index])
    seen = now
    if (changed) onChange()
  }
  const look = (): Timer =>
    clock.after(LOOK_EVERY_MS, () => {
      timer = look()
      check()
    })
  let timer = look()
  return () => {
    stopped = true
    timer.cancel()
    settling?.cancel()
    folders.watch([])
  }
}

interface FolderWatchers {
  /** Watches exactly these points from now on; folders come and go, so it is told again after each look. */
  watch(points: readonly WatchPoint[]): void
}

function createFolderWatchers(log: Log, onNotice: () => void): FolderWatchers {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number | null }>()
  let names = new Map<string, Set<string>>()
  const drop = (folder: string): void => {
    watchers.get(folder)?.watcher.close()
    watchers.delete(folder)
  }
  const open = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        const wanted = names.get(folder)
        if (name === null || wanted?.has(name) || wanted?.has(ANY) || !isFolder(folder)) onNotice()
      })
      watcher.on('error', () => {
        drop(folder)
        onNotice()
      })
      watchers.set(folder, { watcher, inode: inodeOf(folder) })
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      log.warn('a folder cannot be watched; its files are looked at every 30 s', { place: folder, code })
    }
  }
  return {
    watch: (points) => {
      names = new Map()
      for (const { folder, name } of points) names.set(folder, (names.get(folder) ?? new Set()).add(name))
      for (const [folder, { inode }] of [...watchers]) {
        if (!names.has(folder) || inode !== inodeOf(folder)) drop(folder)
      }
      for (const folder of names.keys()) if (!watchers.has(folder)) open(folder)
    },
  }
}

/** No entry has this name: it stands for all of them. */
const ANY = '/'
/** Enough for any folder of login files, and an end for one that is something else. */
const MOST_ENTRIES = 500

interface WatchPoint {
  readonly folder: string
  /** The entry of that folder that matters, or ANY. */
  readonly name: string
}

/** The nearest existing folder above a path, and above what it links to; the path itself when it is a folder. */
function watchPointsOf(path: string): readonly WatchPoint[] {
  const points = [nearestPoint(path)]
  const target = realPathOf(path)
  if (target !== null && target !== path) points.push(nearestPoint(target))
  if (isFolder(path)) points.push({ folder: path, name: ANY })
  return points
}

function nearestPoint(path: string): WatchPoint {
  let below = path
  let folder = dirname(path)
  while (!isFolder(folder) && dirname(folder) !== folder) {
    below = folder
    folder = dirname(folder)
  }
  return { folder, name: basename(below) }
}

/** Changes whenever the file does, also when it is replaced within the same millisecond by one of equal size. */
function signatureOf(path: string, depth = 0): string {
  try {
    const found = statSync(path, { bigint: true })
    const own = `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`
    return found.isDirectory() && depth === 0 ? [own, ...entriesOf(path)].join('|') : own
  } catch (error) {
    // Absent, or not to be looked at: both are states that can change.
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}

function entriesOf(folder: string): readonly string[] {
  const names = readdirSync(folder).sort().slice(0, MOST_ENTRIES)
  return names.map((name) => `${name}=${signatureOf(join(folder, name), 1)}`)
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Absent or closed: the folder above it is the one to watch.
    return false
  }
}

function inodeOf(path: string): number | null {
  try {
    return statSync(path).ino
  } catch {
    // It is gone; that is what the caller wants to know.
    return null
  }
}

function realPathOf(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    // Absent: there is no target to watch.
    return null
  }
}
