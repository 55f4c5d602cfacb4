/** The parts of the configuration that decide how numbers are read; passed to every rule that needs them. */
export interface Rules {
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
