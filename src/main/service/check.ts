import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'
import type { Clock } from '../../model/ports.ts'

export interface Health {
  readonly url: string
  readonly version: string
}

/** How long one question may take, and the pause before the next. */
const PATIENCE_MS = 2_000
const PAUSE_MS = 250
/** More than the answer ever has. */
const MOST_BYTES = 4_096

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

/**
 * Null: nobody there, or nobody that speaks our language; not healthy either way. The name in a certificate is not
 * looked at: it is made for the readers of the page and not for this address, and nothing secret is sent.
 */
async function askHealth(url: string): Promise<Health | null> {
  const text = await textOf(`${url}/healthz`)
  try {
    const body: unknown = JSON.parse(text ?? '')
    const version = typeof body === 'object' && body !== null && 'version' in body ? body.version : null
    return typeof version === 'string' ? { url, version } : null
  } catch {
    // Not JSON: somebody else's answer.
    return null
  }
}

/** The body of a 200, or null. */
function textOf(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { signal: AbortSignal.timeout(PATIENCE_MS), agent: false } as const
    const ask = (): ReturnType<typeof getPlain> =>
      url.startsWith('https:') ? getSecure(url, { ...options, rejectUnauthorized: false }) : getPlain(url, options)
    const request = ask()
    request.on('error', () => resolve(null))
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MOST_BYTES) request.destroy()
      })
      response.on('error', () => resolve(null))
      response.on('close', () => {
        const isWhole = response.complete && text.length <= MOST_BYTES
        resolve(response.statusCode === 200 && isWhole ? text : null)
      })
    })
  })
}
