/** Keeps 0.29 * 100 = 28.999999999999996 from becoming 28 (contracts section 2). */
const GUARD = 1e-6

/** Whole percent of a ratio, rounded half up: 0.29 → 29, 0.995 → 100, 3.547 → 355. */
export function percentOf(ratio: number): number {
  return Math.floor(ratio * 100 + GUARD + 0.5)
}

/** `29%`; unknown is `–`, never 0. */
export function percentText(ratio: number | null): string {
  return ratio === null ? '–' : `${percentOf(ratio)}%`
}

/** `72% left`: a percent for people always has its word. */
export function leftText(remainingRatio: number | null): string {
  return remainingRatio === null ? 'unknown' : `${percentText(remainingRatio)} left`
}

/** `28% used`; may exceed 100 % (overage). */
export function usedText(usedRatio: number | null): string {
  return usedRatio === null ? 'unknown' : `${percentText(usedRatio)} used`
}
