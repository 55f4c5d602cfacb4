import { type EpochMs, MINUTE_MS } from '../model/index.ts'

const MOST = 5
const WINDOW_MS = 10 * MINUTE_MS

/** At most five messages in ten minutes on one channel; what comes beyond is held and becomes a digest (A11). */
export interface Flood {
  /** How long the next message must wait; 0: it may go. */
  waitMs(channel: string, now: EpochMs): number
  said(channel: string, now: EpochMs): void
  hold(row: string): void
  isHeld(row: string): boolean
  forget(row: string): void
}

export function createFlood(): Flood {
  const times = new Map<string, EpochMs[]>()
  const held = new Set<string>()
  return {
    waitMs(channel, now) {
      const recent = (times.get(channel) ?? []).filter((at) => at <= now && now - at < WINDOW_MS)
      times.set(channel, recent)
      const oldest = recent.at(-MOST)
      return oldest === undefined ? 0 : oldest + WINDOW_MS - now
    },
    said: (channel, now) => void times.set(channel, [...(times.get(channel) ?? []), now].slice(-MOST)),
    hold: (row) => void held.add(row),
    isHeld: (row) => held.has(row),
    forget: (row) => void held.delete(row),
  }
}
