import type { Log } from '../model/ports.ts'
import type { HttpReply } from '../model/provider.ts'
import { SECOND_MS } from '../model/time.ts'

/** How far the services' clocks are ahead of ours. */
export interface ClockSkew {
  observe(reply: Pick<HttpReply, 'host' | 'headers' | 'at'>): void
  /** Median over the hosts, in milliseconds, positive when ours is slow; 0 below one minute or when unknown. */
  skewMs(): number
}

const MOST_HOSTS = 32
/** `Date` has whole seconds and an answer takes a while: less than this is no skew worth acting on. */
const LEAST_SKEW_MS = 60 * SECOND_MS

/** Learns from the `Date` header of every answer; says once when the local clock is wrong. */
export function createClockSkew(log: Log): ClockSkew {
  const byHost = new Map<string, number>()
  let warned = false

  function skewMs(): number {
    const sorted = [...byHost.values()].sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    return Math.abs(median) < LEAST_SKEW_MS ? 0 : median
  }

  return {
    observe: ({ host, headers, at }) => {
      const told = Date.parse(headers['date'] ?? '')
      if (!Number.isFinite(told)) return
      byHost.delete(host)
      byHost.set(host, told - at)
      const [oldest] = byHost.keys()
      if (byHost.size > MOST_HOSTS && oldest !== undefined) byHost.delete(oldest)
      const skew = skewMs()
      if (skew !== 0 && !warned) {
        log.warn('The clock of this machine is wrong; the services disagree with it.', {
          skewSeconds: Math.round(skew / SECOND_MS),
        })
      }
      warned = skew !== 0
    },
    skewMs,
  }
}
