import { percentText } from '../../../src/format/percent.ts'

/** A share that may be far below a percent: `<1%` is not nothing, unknown is `–`. */
export function sharePerHour(ratio: number | null): string {
  if (ratio !== null && ratio > 0 && ratio < 0.01) return '<1%'
  return percentText(ratio)
}
