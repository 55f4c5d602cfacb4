import { AppError } from '../model/app.ts'
import { DURATION_UNIT_MS } from '../model/time.ts'

/** `30s`, `5m`, `2h`, `7d` or plain seconds, in milliseconds. Throws AppError 4 for everything else. */
export function parseDuration(text: string, option: string): number {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)?$/.exec(text.trim()) ?? []
  const ms = Number(amount) * (DURATION_UNIT_MS[unit] ?? Number.NaN)
  if (amount === '' || !Number.isFinite(ms) || ms <= 0) {
    throw new AppError(4, 'bad_argument', `${option}: "${text}" is not a duration.`, 'Write it like 30s, 5m, 2h or 7d.')
  }
  return ms
}

/** A whole number in a range. Throws AppError 4. */
export function parseWhole(text: string, option: string, least: number, most: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) {
    throw new AppError(4, 'bad_argument', `${option}: "${text}" is not a number from ${least} to ${most}.`)
  }
  return value
}

/** How much must be left: a ratio (`10%`) or an amount of one unit (`5USD`). */
export type Threshold =
  | { readonly kind: 'ratio'; readonly ratio: number }
  | { readonly kind: 'amount'; readonly amount: number; readonly unit: string }

/** `10%`, `0.5%`, `5USD`, `5 USD`. Throws AppError 4. */
export function parseThreshold(text: string, option: string): Threshold {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(%|[A-Za-z]+)$/.exec(text.trim()) ?? []
  const value = Number(number)
  if (number === '' || (unit === '%' && value > 100)) {
    throw new AppError(4, 'bad_argument', `${option}: "${text}" is not a threshold.`, 'Write it like 10% or 5USD.')
  }
  return unit === '%' ? { kind: 'ratio', ratio: value / 100 } : { kind: 'amount', amount: value, unit }
}
