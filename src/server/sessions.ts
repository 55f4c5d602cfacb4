import { createHmac, randomBytes } from 'node:crypto'
import type { Clock, EpochMs, JsonFile } from '../model/index.ts'

/** Browsers that have signed in with the token. What a cookie holds is never kept, only a keyed hash of it. */
export interface Sessions {
  /** A new session: the value of its cookie, which exists nowhere else from here on. */
  open(): string
  /** Whether the cookie's value names a session that is still good; if so it counts as used. */
  isOpen(value: string): boolean
  end(value: string): void
}

export interface SessionOptions {
  readonly clock: Clock
  /** The hashes are keyed with it: another token ends every session. */
  readonly token: string
  /** Keeps the hashes over a restart; null: sessions end with the program. */
  readonly file: JsonFile | null
}

export const IDLE_MS = 12 * 3_600_000
export const LONGEST_MS = 7 * 86_400_000
/** More browsers than this are not remembered; the one that was used longest ago goes first. */
const MOST_SESSIONS = 200
/** How much a use may be forgotten by a restart, so that not every request is written down. */
const WRITE_AFTER_MS = 60_000

interface Session {
  readonly openedAt: EpochMs
  readonly usedAt: EpochMs
}

/** Reads what was kept; resolves when sessions of an earlier run are known. */
export async function openSessions(options: SessionOptions): Promise<Sessions> {
  const kept = options.file === null ? null : await options.file.read()
  return new KeptSessions(options, readKept(kept))
}

class KeptSessions implements Sessions {
  readonly #options: SessionOptions
  readonly #sessions: Map<string, Session>
  #writtenAt = 0
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: SessionOptions, kept: Map<string, Session>) {
    this.#options = options
    this.#sessions = kept
  }

  open(): string {
    const value = randomBytes(32).toString('base64url')
    const now = this.#options.clock.now()
    this.#sessions.set(this.#hash(value), { openedAt: now, usedAt: now })
    this.#forgetOld(now)
    this.#write()
    return value
  }

  isOpen(value: string): boolean {
    const hash = this.#hash(value)
    const session = this.#sessions.get(hash)
    if (session === undefined) return false
    const now = this.#options.clock.now()
    if (isOver(session, now)) {
      this.#sessions.delete(hash)
      this.#write()
      return false
    }
    // Put at the end: the order of the map is the order of use.
    this.#sessions.delete(hash)
    this.#sessions.set(hash, { ...session, usedAt: now })
    if (now - this.#writtenAt >= WRITE_AFTER_MS) this.#write()
    return true
  }

  end(value: string): void {
    if (this.#sessions.delete(this.#hash(value))) this.#write()
  }

  #hash(value: string): string {
    return createHmac('sha256', this.#options.token).update(value).digest('base64url')
  }

  #forgetOld(now: EpochMs): void {
    for (const [hash, session] of this.#sessions) {
      if (isOver(session, now) || this.#sessions.size > MOST_SESSIONS) this.#sessions.delete(hash)
    }
  }

  /** One write after the other; a disk that refuses costs only the sessions of the next run. */
  #write(): void {
    const { file, clock } = this.#options
    if (file === null) return
    this.#writtenAt = clock.now()
    this.#writing = this.#writing.then(() => file.write(Object.fromEntries(this.#sessions))).catch(() => undefined)
  }
}

/** A clock that went back makes no session older. */
function isOver(session: Session, now: EpochMs): boolean {
  return now - session.usedAt >= IDLE_MS || now - session.openedAt >= LONGEST_MS
}

function readKept(kept: unknown): Map<string, Session> {
  const sessions = new Map<string, Session>()
  if (typeof kept !== 'object' || kept === null) return sessions
  for (const [hash, value] of Object.entries(kept)) {
    const { openedAt, usedAt } = (value ?? {}) as Partial<Session>
    if (Number.isFinite(openedAt) && Number.isFinite(usedAt)) sessions.set(hash, { openedAt, usedAt } as Session)
  }
  return sessions
}

/** `__Host-` binds a cookie to this host; browsers accept the prefix over TLS only. */
export function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-tokstat' : 'tokstat_session'
}

/** The session of a `Cookie` header; null when there is none, or two that contradict each other. */
export function sessionOf(cookieHeaders: readonly string[]): string | null {
  const names = [cookieName(true), cookieName(false)]
  const values = new Set<string>()
  for (const pair of cookieHeaders.join('; ').split(/;\s*/)) {
    const at = pair.indexOf('=')
    if (at > 0 && names.includes(pair.slice(0, at).trim())) values.add(pair.slice(at + 1).trim())
  }
  const [only] = values
  return values.size === 1 && only !== undefined && only !== '' ? only : null
}
