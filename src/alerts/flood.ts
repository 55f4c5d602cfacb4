import { type EpochMs, MINUTE_MS } from '../model/index.ts'

const MOST = 5
const WINDOW_MS = 10 * MINUTE_MS

/** At most five messages in ten minutes on one channel; what comes beyond is held and becomes a digest (A11). */
export interface Flood {
  /** How long the next message must wait; 0: it may go. */
  waitMs(channel: string, now: EpochMs): number
  said(channel: string, now: EpochMs): void
  /** Enough was said: what is written before the wait is over belongs together. */
  hold(channel: string, until: EpochMs): void
  isHeld(channel: string, writtenAt: EpochMs): boolean
}

export function createFlood(): Flood {
  const times = new Map<string, EpochMs[]>()
  const heldUntil = new Map<string, EpochMs>()
  return {
    waitMs(channel, now) {
      const recent = (times.get(channel) ?? []).filter((at) => at <= now && now - at < WINDOW_MS)
      times.set(channel, recent)
      const oldest = recent.at(-MOST)
      return oldest === undefined ? 0 : oldest + WINDOW_MS - now
    },
    said: (channel, now) => void times.set(channel, [...(times.get(channel) ?? []), now].slice(-MOST)),
    hold: (channel, until) => void heldUntil.set(channel, until),
    isHeld: (channel, writtenAt) => writtenAt <= (heldUntil.get(channel) ?? 0),
  }
}
