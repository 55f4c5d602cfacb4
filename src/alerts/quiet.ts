import { type AlertRule, type EpochMs, MINUTE_MS, plusMs } from '../model/index.ts'

/** Minutes after midnight where the reader is. */
export type MinuteOfDay = (at: EpochMs) => number

const DAY_MINUTES = 24 * 60

/** The zone of this process. */
export function localMinuteOfDay(at: EpochMs): number {
  const date = new Date(at)
  return date.getHours() * 60 + date.getMinutes()
}

/**
 * When a rule's quiet hours end that go on now; null when it may speak. On the night of a change of clocks it can be
 * an hour off; whoever waits for it looks again.
 */
export function quietUntil(quiet: AlertRule['quiet'], now: EpochMs, minuteOf: MinuteOfDay): EpochMs | null {
  if (quiet === undefined || quiet.fromMinute === quiet.toMinute) return null
  const minute = minuteOf(now)
  const { fromMinute, toMinute } = quiet
  const isQuiet =
    fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
  if (!isQuiet) return null
  const left = (toMinute - minute + DAY_MINUTES) % DAY_MINUTES
  return plusMs(now, left * MINUTE_MS - (now % MINUTE_MS))
}
