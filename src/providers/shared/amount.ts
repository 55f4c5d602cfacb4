import type * as z from 'zod'
import { decimal } from './lenient.ts'

/** More than any service counts, and few enough digits that sums and differences stay exact. */
const LARGEST = 1e15
/** Less than any coin is divided into; anything nearer to 0 would make shares that are no numbers. */
const SMALLEST = 1e-12

/** A counted thing or an amount of money: a number or a decimal text, of a size that can be true. */
export const amount: z.ZodType<number, unknown> = decimal.refine(
  (value) => value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST),
)

/** `a - b` in decimals: 100 - 99.99 is 0.01, without the noise of binary numbers. */
export function minus(a: number, b: number): number {
  // The sum gets rid of a negative zero.
  return Number((a - b).toFixed(Math.max(decimals(a), decimals(b)))) + 0
}

/** `a + b` in decimals. */
export function plus(a: number, b: number): number {
  return minus(a, -b)
}

/** How many decimals a number has when it is written as short as possible. */
function decimals(value: number): number {
  const match = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value))
  return Math.min(20, Math.max(0, (match?.[1]?.length ?? 0) - Number(match?.[2] ?? 0)))
}
