import type { Fraction } from './fraction.ts'
import { decimal } from './lenient.ts'

/** More than this is damage, not overage. */
const HIGHEST_PERCENT = 10_000

/**
 * A share from a field that counts 0 to 100, as a number or a decimal text. The scale is known from the field, never
 * guessed: 1 is one percent. Below 0 and beyond all sense is unreadable.
 */
export function readPercent(value: unknown): Fraction {
  if (value === undefined || value === null) return { state: 'absent' }
  const parsed = decimal.safeParse(value)
  if (!parsed.success || parsed.data < 0 || parsed.data > HIGHEST_PERCENT) return { state: 'unreadable' }
  return { state: 'known', value: parsed.data / 100 }
}
