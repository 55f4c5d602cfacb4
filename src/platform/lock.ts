import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { uptime } from 'node:os'
import { dirname } from 'node:path'
import type { Clock } from '../model/ports.ts'
import { MINUTE_MS } from '../model/time.ts'
import { systemClock } from './clock.ts'
import { codeOf } from './files.ts'
import { ensurePrivateFolder } from './store.ts'

/** What the holder wants others to know (its address, its role). No secret. */
export type LockDetails = Readonly<Record<string, string | number | boolean | null>>

interface LockHolder {
  readonly pid: number
  /** Unix milliseconds. */
  readonly startedAt: number
  readonly details: LockDetails
}

export type LockOutcome =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'busy'; readonly by: LockHolder | null }

interface LockText extends LockHolder {
  /** Names this lock and no other, ever. */
  readonly nonce: string
  /** The system's own start time of the process; tells a reused pid from the holder. Null where it has none. */
  readonly processStart: string | null
}

const MOST_ROUNDS = 50

/**
 * Takes the lock at `path`, or says who has it. A holder that was killed is replaced, by exactly one of those who
 * try. Rejects with the system's error when the folder cannot be used.
 *
 * How: a lock is a complete file put in place by link(), which fails when the name exists. The name of a lock whose
 * holder is dead is never freed for others: who wants to follow it links `<path>.after-<its nonce>`, so that of all
 * who saw it dead one alone succeeds. The winner checks that the dead lock is still the one in place (it may have
 * been replaced a moment ago), and renames its own file over it. A winner that dies before that has left a lock of
 * its own, which is followed in the same way.
 */
export async function acquireLock(
  path: string,
  details: LockDetails = {},
  clock: Clock = systemClock(),
): Promise<LockOutcome> {
  await ensurePrivateFolder(dirname(path))
  const nonce = randomUUID()
  const mine: LockText = {
    pid: process.pid,
    startedAt: clock.now(),
    details,
    nonce,
    processStart: await processStart(process.pid),
  }
  const draft = `${path}.${nonce}`
  await writeFile(draft, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const outcome = await tryOnce(path, draft, mine, clock)
      if (outcome !== 'again') return outcome
    }
    return { kind: 'busy', by: null }
  } finally {
    await rm(draft, { force: true })
  }
}

async function tryOnce(path: string, draft: string, mine: LockText, clock: Clock): Promise<LockOutcome | 'again'> {
  if (await linked(draft, path)) return held(path, mine)
  const first = await readLock(path)
  if (first === null) return 'again'
  const dead: string[] = []
  for (let lock: LockText | null = first; lock !== null; ) {
    if (await isAlive(lock, clock)) {
      return { kind: 'busy', by: { pid: lock.pid, startedAt: lock.startedAt, details: lock.details } }
    }
    const claim = `${path}.after-${lock.nonce}`
    if (await linked(draft, claim)) return follow({ path, claim, dead, first, mine })
    dead.push(claim)
    lock = await readLock(claim)
  }
  return 'again'
}

interface Claim {
  readonly path: string
  readonly claim: string
  /** Claims of winners that died; removed once the lock is ours. */
  readonly dead: readonly string[]
  /** The lock that was in place when the claim was made. */
  readonly first: LockText
  readonly mine: LockText
}

async function follow({ path, claim, dead, first, mine }: Claim): Promise<LockOutcome | 'again'> {
  const present = await readLock(path)
  if (present?.nonce !== first.nonce) {
    // Somebody followed that lock before us: the claim is void, and harmless, because no lock has that nonce again.
    await rm(claim, { force: true })
    return 'again'
  }
  await rename(claim, path)
  for (const left of dead) await rm(left, { force: true })
  return held(path, mine)
}

function held(path: string, mine: LockText): LockOutcome {
  return {
    kind: 'held',
    release: async () => {
      const present = await readLock(path)
      if (present?.nonce === mine.nonce) await unlink(path).catch(() => undefined)
    },
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Null when there is none. A file that is no lock (emptied by a power loss) is one whose holder is dead. */
async function readLock(path: string): Promise<LockText | null> {
  try {
    const text = await readFile(path, 'utf8')
    const found = await stat(path)
    return parseLock(text) ?? deadLock(`bad-${found.ino}-${Math.trunc(found.mtimeMs)}`)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

function deadLock(nonce: string): LockText {
  return { pid: 0, startedAt: 0, details: {}, nonce, processStart: null }
}

function parseLock(text: string): LockText | null {
  try {
    const found: Partial<LockText> | null = JSON.parse(text)
    if (typeof found?.pid !== 'number' || typeof found.startedAt !== 'number') return null
    if (typeof found.nonce !== 'string' || !/^[\w-]{1,64}$/.test(found.nonce)) return null
    const details = typeof found.details === 'object' && found.details !== null ? found.details : {}
    const processStart = typeof found.processStart === 'string' ? found.processStart : null
    return { pid: found.pid, startedAt: found.startedAt, details, nonce: found.nonce, processStart }
  } catch {
    // Not JSON: not a lock of ours that is whole.
    return null
  }
}

async function isAlive(lock: LockText, clock: Clock): Promise<boolean> {
  if (!Number.isInteger(lock.pid) || lock.pid <= 0) return false
  try {
    process.kill(lock.pid, 0)
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    if (codeOf(error) !== 'EPERM') return false
  }
  if (process.platform === 'linux') return (await processStart(lock.pid)) === lock.processStart
  const bootedAt = clock.now() - uptime() * 1_000
  return lock.startedAt > bootedAt - MINUTE_MS
}

/**
 * Boot id and start tick of a process; null when it is gone, a zombie, or the system does not tell. Field 22 of
 * /proc/PID/stat, counted after the name, which may hold spaces and brackets itself.
 */
async function processStart(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state] = fields
    return state === 'Z' || state === 'X' ? null : `${boot.trim()}/${fields[19]}`
  } catch {
    // No such process any more.
    return null
  }
}
