/** When a quota runs out at the present pace: the shape of contracts section 5, `GET /api/v1/forecast`. */
export interface Forecast {
  readonly account: string
  readonly quota: string
  readonly burnPerHourRatio: number | null
  readonly exhaustsAt: string | null
  readonly exhaustsAtLow: string | null
  readonly exhaustsAtHigh: string | null
  readonly probabilityBeforeReset: number | null
  readonly pace: Pace | null
  readonly model: string
  readonly score: number | null
}

/** Use so far against an even burn of the window: positive delta is in reserve. */
export interface Pace {
  readonly deltaRatio: number
  readonly word: 'in_reserve' | 'on_pace' | 'in_deficit'
}
