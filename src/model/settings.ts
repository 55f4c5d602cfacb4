import type { ForecastLookup } from './forecast.ts'

/** The parts of the configuration that decide how numbers are read; passed to every rule that needs them. */
export interface Rules {
  /** The forecasts of the moment; absent: none are shown. */
  readonly forecast?: ForecastLookup | undefined
  readonly levels: LevelThresholds
  /** How models share an allowance: by family name, or by the provider's own pools. */
  readonly poolGroup: 'family' | 'pool'
}

export interface LevelThresholds {
  /** Below this ratio a quota is `low`. */
  readonly low: number
  /** From this ratio on a quota is `ok`. */
  readonly medium: number
  /** Per unit: a balance below this amount is `low`. */
  readonly balance: Readonly<Record<string, number>>
}

export const DEFAULT_RULES: Rules = {
  levels: { low: 0.3, medium: 0.7, balance: { USD: 5 } },
  poolGroup: 'family',
}

/** How often and how patiently services are asked. All of it can be shortened by config, so no test must wait. */
export interface PollingSettings {
  /** One absolute deadline for one request: connect, headers and body. The whole attempt gets four times this. */
  readonly timeoutMs: number
  /** Accounts fetched at once. */
  readonly concurrency: number
  /** Requests under way at one host. */
  readonly perHost: number
  /** Shortest wait after a 429 that names no usable delay; doubles each time. */
  readonly backoffFloorMs: number
  /** Limits only our own wait, never one the service asked for. */
  readonly backoffCapMs: number
  readonly staleAfterMs: number
  /** Cadence of every provider, in milliseconds. Already includes config, `--interval` and floors. */
  readonly intervalMs: Readonly<Record<string, number>>
  /** Providers that are switched off by config. */
  readonly disabledProviders: ReadonlySet<string>
  /** A provider's own table of config.toml, already validated. */
  readonly providerSettings: Readonly<Record<string, unknown>>
}

/** Waits that a service asks for are honoured in full up to this; longer ones are cut, and the cut is logged. */
export const LONGEST_REQUESTED_WAIT_MS = 6 * 3_600_000
