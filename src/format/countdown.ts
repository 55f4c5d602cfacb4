import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts'

/** `3h 45m`, `12m`, `2d 4h`: the two largest units, cut. Under a minute it is `1m`, so that "in 0m" is never said. */
export function durationText(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / MINUTE_MS))
  if (ms >= DAY_MS) return `${Math.floor(ms / DAY_MS)}d ${Math.floor((ms % DAY_MS) / HOUR_MS)}h`
  if (ms >= HOUR_MS) return `${Math.floor(ms / HOUR_MS)}h ${minutes % 60}m`
  return `${minutes}m`
}

/** `in 3h 45m`, `now` when past, `—` when there is no reset. */
export function countdown(at: EpochMs | null, now: EpochMs): string {
  if (at === null) return '—'
  return at <= now ? 'now' : `in ${durationText(at - now)}`
}
