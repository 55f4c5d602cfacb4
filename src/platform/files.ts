import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import type { Clock } from '../model/ports.ts'

/** What a careful look at one file came to. */
export type GuardedRead = ReadText | AbsentFile | UnreadableFile

interface ReadText {
  readonly kind: 'text'
  /** Without a byte order mark. */
  readonly text: string
  readonly mtimeMs: number
  readonly dev: number
  readonly ino: number
  /** Bytes on disk. */
  readonly size: number
}

interface AbsentFile {
  readonly kind: 'absent'
}

export interface UnreadableFile {
  readonly kind: 'unreadable'
  readonly reason: UnreadableReason
  /** One sentence for people that names the path and what to do. */
  readonly detail: string
}

/** `malformed` comes from `readStableJson` alone: readable, but no JSON in six looks over two seconds. */
export type UnreadableReason = 'permission' | 'not_a_file' | 'too_large' | 'encoding' | 'unstable' | 'io' | 'malformed'

/** `value` is the parsed JSON. */
export type JsonRead = (ReadText & { readonly value: unknown }) | AbsentFile | UnreadableFile

const MAX_BYTES = 1_048_576
const TIME_LIMIT_MS = 2_000
/** Waits between looks at a file that does not parse: five more looks within two seconds (C14). */
const LOOK_AGAIN_MS = [100, 200, 400, 600, 700] as const
/** A file that nobody has written for so long is not in the middle of being written: it is as it will stay. */
const SETTLED_MS = 10_000
const TRIES_WHILE_CHANGING = 3

/**
 * Reads a text file that another program may own, without doing it harm: read-only, non-blocking, access time
 * untouched where the system allows it. Only regular files of at most `maxBytes` within two seconds; a symbolic
 * link is followed to a file of ours or of root (C17, C19-C21). Never throws.
 */
export async function readGuarded(path: string, clock: Clock, maxBytes: number = MAX_BYTES): Promise<GuardedRead> {
  let timer = { cancel: (): void => undefined }
  const late = new Promise<GuardedRead>((resolve) => {
    timer = clock.after(TIME_LIMIT_MS, () =>
      resolve(unreadable('io', `${path} did not answer within 2 s; its disk may be gone.`)),
    )
  })
  const look = readWhileChanging(path, maxBytes).catch((error: unknown) => failure(path, error))
  try {
    return await Promise.race([look, late])
  } finally {
    timer.cancel()
  }
}

/**
 * `readGuarded` for a JSON document. A text that does not parse may be one that its owner is writing this moment, so
 * it is looked at five more times over two seconds before it counts as `malformed`; one that nobody has written for a
 * while counts at once. Nothing is ever repaired.
 */
export async function readStableJson(path: string, clock: Clock): Promise<JsonRead> {
  for (const waitMs of LOOK_AGAIN_MS) {
    const { read, mayChange } = await readJsonOnce(path, clock)
    if (!mayChange) return read
    await new Promise<void>((resolve) => {
      clock.after(waitMs, resolve)
    })
  }
  return (await readJsonOnce(path, clock)).read
}

/** `mayChange`: another look in a moment may find it whole. */
async function readJsonOnce(path: string, clock: Clock): Promise<{ read: JsonRead; mayChange: boolean }> {
  const read = await readGuarded(path, clock)
  if (read.kind !== 'text') return { read, mayChange: read.kind === 'unreadable' && read.reason === 'unstable' }
  try {
    return { read: { ...read, value: JSON.parse(read.text) }, mayChange: false }
  } catch {
    // The parser's message quotes the text, which may be a token: it is not passed on.
    const torn = `${path} is not valid JSON; the program that owns it may have been interrupted.`
    return { read: unreadable('malformed', torn), mayChange: clock.now() - read.mtimeMs < SETTLED_MS }
  }
}

async function readWhileChanging(path: string, maxBytes: number): Promise<GuardedRead> {
  for (let attempt = 0; attempt < TRIES_WHILE_CHANGING; attempt += 1) {
    const read = await readOnce(path, maxBytes)
    if (read !== 'changed') return read
  }
  return unreadable('unstable', `${path} changes all the time; it is read again later.`)
}

async function readOnce(path: string, maxBytes: number): Promise<GuardedRead | 'changed'> {
  // Looked at before it is opened: opening a device can already have an effect.
  const before = await stat(path)
  if (!before.isFile()) return unreadable('not_a_file', `${path} is not a regular file.`)
  const handle = await openQuietly(path)
  try {
    const opened = await handle.stat()
    if (!opened.isFile()) return unreadable('not_a_file', `${path} is not a regular file.`)
    if (!(await isTrustedTarget(path, opened))) {
      return unreadable('permission', `${path} is a link to a file of another user (uid ${opened.uid}); not followed.`)
    }
    if (opened.size > maxBytes) return tooLarge(path, maxBytes)
    const bytes = await readUpTo(handle, maxBytes)
    if (bytes === null) return tooLarge(path, maxBytes)
    const after = await handle.stat()
    if (after.mtimeMs !== opened.mtimeMs || after.size !== opened.size) return 'changed'
    const text = decode(bytes)
    if (text === null) return unreadable('encoding', `${path} is not UTF-8 text; save it as UTF-8.`)
    return { kind: 'text', text, mtimeMs: after.mtimeMs, dev: after.dev, ino: after.ino, size: after.size }
  } finally {
    await handle.close()
  }
}

async function openQuietly(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
  const quiet = constants.O_NOATIME
  if (quiet === undefined) return open(path, flags)
  try {
    return await open(path, flags | quiet)
  } catch (error) {
    // Only the owner may ask for this; everybody else reads the ordinary way.
    if (codeOf(error) === 'EPERM') return open(path, flags)
    throw error
  }
}

/** A path that is no link is trusted as it is; a link only when it ends at a file of ours or of root (C19). */
async function isTrustedTarget(path: string, opened: Stats): Promise<boolean> {
  const direct = await lstat(path)
  if (!direct.isSymbolicLink() && direct.ino === opened.ino && direct.dev === opened.dev) return true
  const us = process.getuid?.()
  return us === undefined || opened.uid === us || opened.uid === 0
}

async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536), 0, 65_536, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    size += bytesRead
    if (size > maxBytes) return null
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

/** UTF-8 without its byte order mark; null for UTF-16, NUL bytes and broken sequences (C21). */
function decode(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // The decoder throws for nothing but bytes that are no UTF-8.
    return null
  }
}

function failure(path: string, error: unknown): GuardedRead {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
  if (code === 'EACCES' || code === 'EPERM') {
    const who = process.getuid === undefined ? 'this user' : `uid ${process.getuid()}`
    return unreadable('permission', `${path} may not be read by ${who}; give it read access (and its folders x).`)
  }
  if (code === 'ELOOP') return unreadable('not_a_file', `${path} is a link that leads in a circle.`)
  if (code === 'ENXIO' || code === 'EISDIR') return unreadable('not_a_file', `${path} is not a regular file.`)
  return unreadable('io', `${path} could not be read (${code ?? 'unknown error'}).`)
}

function tooLarge(path: string, maxBytes: number): UnreadableFile {
  return unreadable('too_large', `${path} is larger than ${maxBytes} bytes; no login file is.`)
}

function unreadable(reason: UnreadableReason, detail: string): UnreadableFile {
  return { kind: 'unreadable', reason, detail }
}

/** The system's word for a failure (`ENOENT`), when it has one. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
