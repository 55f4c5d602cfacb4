/** When a quota runs out at the present pace: the shape of contracts section 5, `GET /api/v1/forecast`. */
export interface Forecast {
  readonly account: string
  readonly quota: string
  /** Share of the limit that is expected to be burned in an hour, as a mean from now to the reset. */
  readonly burnPerHourRatio: number | null
  /** The middle guess of when nothing is left. Null: more likely than not it lasts until its reset. */
  readonly exhaustsAt: string | null
  /** Nine times in ten it does not run out earlier. Null: that holds for the whole time up to the reset. */
  readonly exhaustsAtLow: string | null
  /** Nine times in ten it does not run out later. Null: it may as well last until its reset. */
  readonly exhaustsAtHigh: string | null
  /** 0..1. Null where the quota has no reset. */
  readonly probabilityBeforeReset: number | null
  readonly pace: Pace | null
  /** One of `ForecastModel`. */
  readonly model: string
  /** Mean Brier score of this model on this quota's own past: 0 is perfect, 0.25 is a coin. Null: not graded yet. */
  readonly score: number | null
}

/** Use so far against an even burn of the window: positive delta is in reserve. */
export interface Pace {
  readonly deltaRatio: number
  readonly word: 'in_reserve' | 'on_pace' | 'in_deficit'
}

/** The forecast of one quota of one account (by id), where there is one. */
export type ForecastLookup = (account: string, quota: string) => Forecast | null

/**
 * `linear`: the pace of the present cycle goes on. `average`: the pace of the past days, moved by the last hour and
 * day. `rhythm`: the same around what this hour of the week usually burns.
 */
export type ForecastModel = 'linear' | 'average' | 'rhythm'

/** How much is burned from an instant on: mean and variance of the sum, as shares of the limit. */
export interface BurnModel {
  readonly name: ForecastModel
  burnedIn(spanMs: number): BurnMoments
}

export interface BurnMoments {
  readonly mean: number
  readonly variance: number
}
