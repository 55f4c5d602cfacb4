import type { Credential } from '../model/credential.ts'
import type { Provider } from '../model/provider.ts'
import type { Reading } from '../model/reading.ts'
import { type EpochMs, MINUTE_MS } from '../model/time.ts'

/** What an owner's program has handed over, before any request (Claude Code's status line). */
export interface Handed {
  readonly reading: Reading
  readonly observedAt: EpochMs
  readonly credential: Credential
}

export interface LastReading {
  readonly reading: Reading
  readonly observedAt: EpochMs
}

export interface HandedFacts {
  readonly provider: Provider
  readonly credentials: readonly Credential[]
  readonly last: LastReading | null
  readonly now: EpochMs
  readonly intervalMs: number
}

/** A reading that is older than this many intervals says too little about now. */
const FRESH_INTERVALS = 3
/** At least every so many intervals the service itself is asked: it alone tells every window, and has the last word. */
const ASK_EVERY_INTERVALS = 10
/** Services tell the same reset a little differently from time to time. */
const SAME_RESET_MS = 5 * MINUTE_MS

/**
 * The newest usable reading in what was kept for this provider, for one of these logins; null when there is none that
 * is recent, newer than the last one, and plainly of the same account: a window that goes on keeps its reset.
 */
export function findHanded(content: unknown, facts: HandedFacts): Handed | null {
  const { provider, credentials, now, intervalMs } = facts
  let newest: Handed | null = null
  for (const credential of credentials) {
    if (!credential.enabled || credential.local === true) continue
    const reading = provider.handed?.(content, credential) ?? null
    const observedAt = reading?.observedAt ?? null
    if (reading === null || observedAt === null || observedAt > now) continue
    if (now - observedAt > FRESH_INTERVALS * intervalMs || !isPlausible(reading, facts)) continue
    if (facts.last !== null && observedAt <= facts.last.observedAt) continue
    if (newest === null || observedAt > newest.observedAt) newest = { reading, observedAt, credential }
  }
  return newest
}

function isPlausible(reading: Reading, { last, now }: HandedFacts): boolean {
  const known = new Map(last?.reading.quotas.map((quota) => [quota.id, quota.resetsAt]))
  return reading.quotas.every(({ id, resetsAt }) => {
    const before = known.get(id) ?? null
    if (resetsAt === null || resetsAt <= now) return false
    return before === null || before <= now || Math.abs(before - resetsAt) <= SAME_RESET_MS
  })
}

/**
 * Whether a request can be spared: the handed reading is as recent as a poll would be, and the service was asked not
 * too long ago. `sinceAskedMs`: since it last answered; infinite when it has not in this run.
 */
export function sparesRequest(handed: Handed, facts: HandedFacts, sinceAskedMs: number): boolean {
  return facts.now - handed.observedAt <= facts.intervalMs && sinceAskedMs < ASK_EVERY_INTERVALS * facts.intervalMs
}
