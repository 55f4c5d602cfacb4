import type { Clock } from '../../model/ports.ts'

export interface Health {
  readonly url: string
  readonly version: string
}

/** How long one question may take, and the pause before the next. */
const PATIENCE_MS = 2_000
const PAUSE_MS = 250

/** Asks `/healthz` until it answers or the time is over. `url` is asked for each time: a starting daemon has none yet. */
export async function waitForHealth(
  url: () => Promise<string | null>,
  waitMs: number,
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
): Promise<Health | null> {
  const end = clock.monotonicMs() + waitMs
  for (;;) {
    const at = await url()
    const health = at === null ? null : await askHealth(at)
    if (health !== null) return health
    if (clock.monotonicMs() + PAUSE_MS > end) return null
    await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve))
  }
}

async function askHealth(url: string): Promise<Health | null> {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' })
    const body: unknown = await answer.json()
    const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : null
    return answer.status === 200 && typeof version === 'string' ? { url, version } : null
  } catch {
    // Nobody there, or nobody that speaks our language: not healthy either way.
    return null
  }
}
