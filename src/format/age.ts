import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'

/** `20 s`, `3 min`, `2 h`, `4 d`: one unit is enough for an age. */
export function agoText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.floor(ms / SECOND_MS))} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  return ms < 2 * DAY_MS ? `${Math.floor(ms / HOUR_MS)} h` : `${Math.floor(ms / DAY_MS)} d`
}

/** `as of 3 min ago`; `no data yet` without a reading. A reading from the future (a clock that moved) is `just now`. */
export function ageText(observedAt: EpochMs | null, now: EpochMs): string {
  if (observedAt === null) return 'no data yet'
  return now - observedAt < 5 * SECOND_MS ? 'as of just now' : `as of ${agoText(now - observedAt)} ago`
}
