import type { AccountState } from '../model/account.ts'
import type { UsagePoint } from '../model/burn.ts'
import type { CycleEvent } from '../model/cycle.ts'
import type { AccountsDocument } from '../model/document.ts'
import type { Forecast, ForecastLookup } from '../model/forecast.ts'
import { LEARN_EVERY_MS, LEARN_FROM_MS } from '../model/forecast-hindcast.ts'
import { type ForecastInput, forecastQuota, predictQuota } from '../model/forecast-quota.ts'
import { type LearnedUsage, learnUsage } from '../model/forecast-rhythm.ts'
import { type ForecastScore, type Prediction, scorePredictions, settlePrediction } from '../model/forecast-score.ts'
import type { HistoryStore } from '../model/history.ts'
import { windowSpan } from '../model/pace.ts'
import type { Log } from '../model/ports.ts'
import type { Quota } from '../model/quota.ts'
import { DAY_MS, type EpochMs, epochMs, HOUR_MS, MINUTE_MS, plusMs } from '../model/time.ts'
import { isPrediction } from './stored-prediction.ts'

/** The forecasts of every quota, made anew as readings come, graded as cycles end. */
export interface ForecastBook {
  /** The forecast of the last reading; null: still learning. */
  readonly lookup: ForecastLookup
  /** How past forecasts of a quota turned out; null: none has been settled yet. */
  score(account: string, quota: string): ForecastScore | null
  /** What an earlier process foretold, until the next reading of each quota. */
  restore(document: AccountsDocument): void
  /** A reading has been written down: `events` are the cycles that it closed. */
  follow(after: AccountState, events: readonly CycleEvent[]): void
}

export interface ForecastBookOptions {
  readonly history: HistoryStore
  readonly log: Log
}

/** Points that a forecast looks at: more cost time and change nothing that is shown. */
const POINTS = 240
/** A value that has not moved gives the same forecast for a while. */
const SAME_FOR_MS = 10 * MINUTE_MS
/** A cycle is predicted at this many moments, evenly over its length. */
const MOMENTS = 5
/** Settled predictions kept of one quota. */
const MOST_PREDICTIONS = 240

interface Page {
  readonly forecast: Forecast | null
  readonly usedRatio: number | null
  readonly madeAt: EpochMs
}

interface Learned {
  readonly usage: LearnedUsage
  readonly at: EpochMs
}

export function openForecastBook(options: ForecastBookOptions): ForecastBook {
  return new Book(options)
}

class Book implements ForecastBook {
  readonly #history: HistoryStore
  readonly #log: Log
  readonly #pages = new Map<string, Page>()
  readonly #learned = new Map<string, Learned>()
  readonly #predictions = new Map<string, readonly Prediction[]>()

  constructor({ history, log }: ForecastBookOptions) {
    this.#history = history
    this.#log = log
  }

  readonly lookup: ForecastLookup = (account, quota) => this.#pages.get(keyOf(account, quota))?.forecast ?? null

  score(account: string, quota: string): ForecastScore | null {
    return scorePredictions(this.#past(keyOf(account, quota)))
  }

  restore(document: AccountsDocument): void {
    for (const account of document.accounts) {
      for (const { id, forecast } of account.quotas) {
        const key = keyOf(account.id, id)
        // No value equals it, so the next reading makes the forecast anew.
        if (forecast && !this.#pages.has(key))
          this.#pages.set(key, { forecast, usedRatio: Number.NaN, madeAt: epochMs(0) })
      }
    }
  }

  follow(after: AccountState, events: readonly CycleEvent[]): void {
    for (const event of events) this.#settle(event)
    const { observedAt, reading } = after
    if (observedAt === null || reading === null || after.attempt?.problem !== null) return
    const ids = new Set(reading.quotas.map((quota) => keyOf(after.account.id, quota.id)))
    for (const key of this.#pages.keys()) {
      if (key.startsWith(`${after.account.id}\n`) && !ids.has(key)) this.#forget(key)
    }
    for (const quota of reading.quotas) {
      if (quota.observedAt === null && quota.usedRatio !== null && !quota.unlimited) {
        this.#renew(after.account.id, quota, observedAt)
      }
    }
  }

  #forget(key: string): void {
    this.#pages.delete(key)
    this.#learned.delete(key)
    this.#predictions.delete(key)
  }

  #renew(account: string, quota: Quota, at: EpochMs): void {
    const key = keyOf(account, quota.id)
    const { usedRatio } = quota
    const page = this.#pages.get(key)
    if (page !== undefined && page.usedRatio === usedRatio && at - page.madeAt < SAME_FOR_MS) return
    try {
      const input = this.#input(account, quota, at)
      this.#pages.set(key, { forecast: forecastQuota(input), usedRatio, madeAt: at })
      this.#predict(key, input)
    } catch (error) {
      // A forecast that cannot be made is none; the value itself stands.
      this.#pages.set(key, { forecast: null, usedRatio, madeAt: at })
      this.#log.error('a forecast failed', { account, quota: quota.id, error: String(error) })
    }
  }

  #input(account: string, quota: Quota, now: EpochMs): ForecastInput {
    const wanted = { account, quota: quota.id }
    const cycles = quota.windowSeconds === null ? this.#history.cycles({ ...wanted, limit: 2 }) : []
    const window = windowSpan(quota, cycles)
    const since = plusMs(now, Math.min(-DAY_MS, (window.startsAt ?? now) - now))
    const series = this.#history.series({ ...wanted, since, until: now, points: POINTS })[0]
    const points: readonly UsagePoint[] = [...(series?.points ?? []), { at: now, usedRatio: quota.usedRatio }]
    const key = keyOf(account, quota.id)
    const past = this.#past(key).filter((prediction) => prediction.outcome !== null)
    return { ...wanted, window, points, learned: this.#usage(key, wanted, now), past, now }
  }

  /** What the past weeks teach, from hourly values; learned anew once a day. */
  #usage(key: string, wanted: { readonly account: string; readonly quota: string }, now: EpochMs): LearnedUsage {
    const known = this.#learned.get(key)
    if (known !== undefined && now - known.at < LEARN_EVERY_MS) return known.usage
    const hours = this.#history.rollups({ ...wanted, since: plusMs(now, -LEARN_FROM_MS), until: now, span: 'hour' })
    const points = hours
      .filter((hour) => hour.measure === 'usedRatio')
      .map((hour) => ({ at: plusMs(hour.startsAt, HOUR_MS - 1), usedRatio: hour.last }))
    const usage = learnUsage(points, now)
    this.#learned.set(key, { usage, at: now })
    return usage
  }

  /** Keeps what every model says now, a few times a cycle, to be graded when it ends. */
  #predict(key: string, input: ForecastInput): void {
    const { startsAt, resetsAt } = input.window
    if (startsAt === null || resetsAt === null) return
    const kept = this.#past(key)
    const spacing = (resetsAt - startsAt) / MOMENTS
    const newest = kept.reduce((latest, one) => Math.max(latest, one.madeAt), Number.NEGATIVE_INFINITY)
    if (input.now - newest < spacing) return
    const made = predictQuota(input)
    if (made.length > 0) this.#keep(key, [...kept, ...made], input.now)
  }

  #settle({ account, quota, closed }: CycleEvent): void {
    const key = keyOf(account, quota)
    const kept = this.#past(key)
    const settled = kept.map((prediction) => settlePrediction(prediction, closed))
    // What was about this cycle or an older one and is not settled now never will be.
    const useful = settled.filter(
      (one) => one.outcome !== null || one.madeAt >= (closed.endedAt ?? Number.POSITIVE_INFINITY),
    )
    if (useful.length !== kept.length || settled.some((one, index) => one !== kept[index])) {
      this.#keep(key, useful, closed.endedAt ?? closed.startedAt)
    }
  }

  #past(key: string): readonly Prediction[] {
    const known = this.#predictions.get(key)
    if (known !== undefined) return known
    const stored = this.#history.transact((tx) => tx.alertState(storedKey(key)))
    const kept = Array.isArray(stored) ? stored.filter(isPrediction) : []
    this.#predictions.set(key, kept)
    return kept
  }

  #keep(key: string, predictions: readonly Prediction[], at: EpochMs): void {
    const kept = predictions.slice(-MOST_PREDICTIONS)
    this.#predictions.set(key, kept)
    this.#history.transact((tx) => tx.putAlertState(storedKey(key), at, kept))
  }
}

function keyOf(account: string, quota: string): string {
  return `${account}\n${quota}`
}

/** Beside the states of alert rules, whose keys never begin so. */
function storedKey(key: string): string {
  return `forecast\n${key}`
}
