import type { Random } from '../model/ports.ts'
import { type ProblemCode, STATUS_OF_CODE } from '../model/problem.ts'
import type { Quota } from '../model/quota.ts'
import type { PollingSettings } from '../model/settings.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { ownBackoffMs } from './cooldowns.ts'

/** Cadence where the configuration names none; contracts section 3.1. */
const DEFAULT_INTERVAL_MS = 5 * MINUTE_MS
/** A poll after a reset comes this long after it, so that the service has rolled over and not all ask at once. */
const AFTER_RESET_LEAST_MS = 5 * SECOND_MS
const AFTER_RESET_SPREAD_MS = 55 * SECOND_MS
/** After a wake the network is given this long, then the polls are spread. */
const SETTLE_AFTER_WAKE_MS = 3 * SECOND_MS
const SPREAD_AFTER_WAKE_MS = MINUTE_MS
const LONGEST_START_SPREAD_MS = 3 * SECOND_MS
const SOON_SPREAD_MS = 2 * SECOND_MS

/** Cadence of a provider, in milliseconds. */
export function intervalOf(provider: string, settings: PollingSettings): number {
  return settings.intervalMs[provider] ?? DEFAULT_INTERVAL_MS
}

/** How old a reading of this provider may be before it is stale. */
export function staleAfterOf(provider: string, settings: PollingSettings): number {
  return Math.max(settings.staleAfterMs, 3 * intervalOf(provider, settings))
}

/** The wait after a good reading, in milliseconds: the cadence, or sooner when a window ends before. */
export function delayAfterRead(
  quotas: readonly Pick<Quota, 'resetsAt'>[],
  now: EpochMs,
  intervalMs: number,
  random: Random,
): number {
  const regular = intervalMs * (1 + random() / 10)
  const untilReset = quotas.reduce((least, { resetsAt }) => {
    return resetsAt !== null && resetsAt > now ? Math.min(least, resetsAt - now) : least
  }, Number.POSITIVE_INFINITY)
  const afterReset = untilReset + AFTER_RESET_LEAST_MS + random() * AFTER_RESET_SPREAD_MS
  if (regular < untilReset) return regular
  // A regular poll that would fall right behind the reset waits until the service has had its five seconds.
  return Math.max(Math.min(regular, afterReset), untilReset + AFTER_RESET_LEAST_MS)
}

export interface Failure {
  readonly code: ProblemCode
  /** Failures in a row, this one included. */
  readonly count: number
  /** The wait that the service asked for, or that a cooldown still has; null: none. */
  readonly requestedMs: number | null
  readonly intervalMs: number
}

/** The wait after a failure, in milliseconds; never shorter than what the service asked for. Jitter only adds. */
export function delayAfterFailure(failure: Failure, settings: PollingSettings, random: Random): number {
  return Math.max(failure.requestedMs ?? 0, ownDelay(failure, settings, random))
}

function ownDelay(failure: Failure, settings: PollingSettings, random: Random): number {
  const { backoffFloorMs: floor, backoffCapMs: cap } = settings
  const { code, count, intervalMs } = failure
  switch (STATUS_OF_CODE[code]) {
    case 'unreachable': {
      const backoff = ownBackoffMs(count, floor, cap, random())
      // Without a network nothing was asked, so a quick new try bothers nobody; else the cadence is the least.
      return code === 'offline' || code === 'network' ? backoff : Math.max(intervalMs, backoff)
    }
    case 'rate_limited':
      // Without a wait of the endpoint (the 429 was about one model) the pace slows down all the same.
      return Math.max(intervalMs, failure.requestedMs === null ? ownBackoffMs(count, floor, cap, random()) : 0)
    case 'bad_response':
      return Math.max(intervalMs, ownBackoffMs(count, 5 * floor, cap, random()))
    case 'forbidden':
      return (code === 'verification_required' ? HOUR_MS : 6 * HOUR_MS) * (1 + random() / 10)
    default:
      return HOUR_MS * (1 + random() / 10)
  }
}

/** The wait after a first 401 whose values are kept: the regular next poll. */
export function delayAfterFirstRefusal(intervalMs: number, random: Random): number {
  return intervalMs * (1 + random() / 10)
}

/** The first poll of one of `accounts` accounts after a start, in milliseconds: soon, but not all at once. */
export function startDelay(accounts: number, intervalMs: number, random: Random): number {
  return random() * Math.min(LONGEST_START_SPREAD_MS, 100 * accounts, intervalMs / 2)
}

/** The poll of an account that has just appeared or signed in again. */
export function soonDelay(random: Random): number {
  return random() * SOON_SPREAD_MS
}

/** The poll of an account after the machine woke up or its clock leapt. */
export function wakeDelay(random: Random): number {
  return SETTLE_AFTER_WAKE_MS + random() * SPREAD_AFTER_WAKE_MS
}
