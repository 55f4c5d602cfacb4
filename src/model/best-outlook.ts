import type { Forecast } from './forecast.ts'
import type { Quota } from './quota.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from './time.ts'

/** What a forecast says for using an account now: `use_or_lose` before `open` before `runs_out`. */
export type Outlook = 'use_or_lose' | 'open' | 'runs_out'

export const OUTLOOKS: readonly Outlook[] = ['use_or_lose', 'open', 'runs_out']

export const OUTLOOK_WORDS: Readonly<Record<Outlook, string | null>> = {
  use_or_lose: 'what is left is lost at its reset',
  open: null,
  runs_out: 'at the present pace it runs out before its reset',
}

/** So much must be left over at the reset for it to be worth a change of account... */
const WORTH_RATIO = 0.3
/** ...and the reset must be near: in the last tenth of the window, or in the last half hour where that is longer. */
const NEAR_RATIO = 0.1
const NEAR_MS = 30 * MINUTE_MS

/** Without a forecast it is `open`: nothing is known that would change the order. */
export function outlookOf(quota: Quota, forecast: Forecast | null, now: EpochMs): Outlook {
  const { resetsAt, remainingRatio, windowSeconds } = quota
  const probability = forecast?.probabilityBeforeReset ?? null
  if (forecast === null || probability === null || resetsAt === null || resetsAt <= now || remainingRatio === null) {
    return 'open'
  }
  if (probability >= 0.5) return 'runs_out'
  const leftMs = resetsAt - now
  const nearMs = Math.max(NEAR_MS, (windowSeconds ?? 0) * SECOND_MS * NEAR_RATIO)
  const leftOver = remainingRatio - ((forecast.burnPerHourRatio ?? 0) * leftMs) / HOUR_MS
  return leftMs <= nearMs && leftOver >= WORTH_RATIO ? 'use_or_lose' : 'open'
}
