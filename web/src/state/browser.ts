import type { Fetch } from '../../../src/client/client.ts'
import type { Clock, EpochMs, Timer } from '../../../src/model/index.ts'

/** Less than this is the way of the answer, not a clock that is wrong. */
const TOLERATED_SKEW_MS = 5_000

/** The clock of this browser, moved to that of the machine tokstat runs on: what is compared is written by that one. */
export interface BrowserClock extends Clock {
  /** An answer said that the other clock showed `at` just now. */
  heard(at: number): void
}

export function createBrowserClock(): BrowserClock {
  let skew = 0
  return {
    now: () => (Date.now() + skew) as EpochMs,
    monotonicMs: () => performance.now(),
    after: (delayMs, run): Timer => {
      const timer = setTimeout(run, delayMs)
      return { cancel: () => clearTimeout(timer) }
    },
    heard(at) {
      const measured = at - Date.now()
      skew = Math.abs(measured) > TOLERATED_SKEW_MS ? measured : 0
    },
  }
}

/** The browser's fetch; every answer's `Date` sets the clock. */
export function createBrowserFetch(clock: BrowserClock): Fetch {
  return async (url, init) => {
    const answer = await fetch(url, { ...init, cache: 'no-store' })
    const date = Date.parse(answer.headers.get('date') ?? '')
    if (Number.isFinite(date)) clock.heard(date)
    return answer
  }
}

/** Where tokstat answers: this origin, below the base path the page was served with. */
export function baseUrl(document: Document): string {
  const base = document.querySelector('meta[name="tokstat-base"]')?.getAttribute('content') ?? ''
  return `${document.location.origin}${base}`
}
