import { accessSync, constants, mkdirSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { sqliteCode } from './database.ts'

/** File systems whose locks SQLite cannot trust: NFS, SMB, SMB2, CIFS. */
const NETWORK_TYPES: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42])

/** Creates the folder (ours alone) when it is missing; says what keeps the file from being written, or null. */
export function preparePlace(path: string): string | null {
  const folder = dirname(path)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (isNetworkType(statfsSync(folder).type)) {
      return `${folder} is on a network file system, where SQLite files break: set XDG_DATA_HOME to a local folder.`
    }
    return null
  } catch (error) {
    return `${folder} cannot be used (${describePlace(folder)}): ${placeHint(error)}`
  }
}

export function isNetworkType(type: number): boolean {
  return NETWORK_TYPES.has(type >>> 0)
}

function placeHint(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  if (code === 'ENOSPC') return 'the disk is full. Free some space.'
  if (code === 'EROFS') return 'the file system is read-only. Make it writable, or set XDG_DATA_HOME.'
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a file is in the way. Remove it, or set XDG_DATA_HOME.'
  return `${code}. Make it writable for this user, or set XDG_DATA_HOME.`
}

function describePlace(path: string): string {
  const me = typeof process.getuid === 'function' ? `user id ${process.getuid()}` : 'this user'
  try {
    const stat = statSync(path)
    return `mode ${(stat.mode & 0o777).toString(8)}, owner ${stat.uid}, ${me}`
  } catch {
    return me
  }
}

/** Why the file cannot be written, and what to do about it, for a person. */
export function describeFailure(error: unknown, path: string): string {
  const where = `${path} (${describePlace(path)})`
  switch (sqliteCode(error)) {
    case 13:
      return `The disk is full: history waits in memory until ${path} can grow again. Free some space.`
    case 5:
    case 6:
      return `Another program holds a lock on ${path}: history waits in memory until it lets go.`
    case 3:
    case 8:
    case 14:
      return `${where} cannot be written: history waits in memory. Make the file and its folder writable.`
    case 10:
      return `Reading or writing ${path} fails (input/output error): history waits in memory. Check the disk.`
    default:
      return `${where} cannot be used: history waits in memory.`
  }
}
