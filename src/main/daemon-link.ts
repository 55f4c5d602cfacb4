import { type Client, createClient } from '../client/client.ts'
import type { Paths } from '../config/paths.ts'
import type { Clock, JsonFile } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'

/** What `daemon.json` says while a daemon runs; no secret in it. */
interface DaemonFile {
  readonly url: string
  readonly pid: number
  /** Also in `/healthz`: tells the daemon from a stranger on the same port. */
  readonly instance: string
}

export interface DaemonLink {
  readonly client: Client
  readonly file: DaemonFile
  readonly version: string
}

/** How long a daemon may take to say that it is there. */
const PATIENCE_MS = SECOND_MS

/**
 * Where a daemon of this user says that it runs. One that the system started has no `$XDG_RUNTIME_DIR`, which a login
 * has: the second place is what it then uses.
 */
export function daemonFiles({ daemon, state }: Pick<Paths, 'daemon' | 'state'>): readonly string[] {
  const withoutLogin = `${state}/run/daemon.json`
  return daemon === withoutLogin ? [daemon] : [daemon, withoutLogin]
}

/** The daemon of this user, when one answers within a second and is the one that daemon.json names; else null. */
export async function findDaemon(file: JsonFile, token: string | null, clock: Clock): Promise<DaemonLink | null> {
  const found = asDaemonFile(await file.read())
  if (found === null) return null
  const options = { url: found.url, token, fetch: globalThis.fetch, clock }
  try {
    const health = await createClient({ ...options, timeoutMs: PATIENCE_MS }).health()
    if (health.instance !== found.instance) return null
    return { client: createClient(options), file: found, version: health.version }
  } catch {
    // Nobody there, or somebody else: the command asks by itself.
    return null
  }
}

function asDaemonFile(content: unknown): DaemonFile | null {
  if (typeof content !== 'object' || content === null) return null
  if (!('url' in content) || typeof content.url !== 'string' || !/^https?:\/\//.test(content.url)) return null
  if (!('pid' in content) || typeof content.pid !== 'number') return null
  if (!('instance' in content) || typeof content.instance !== 'string') return null
  return { url: content.url, pid: content.pid, instance: content.instance }
}
