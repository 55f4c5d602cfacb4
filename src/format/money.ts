import { percentOf } from './percent.ts'

const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }
const WITHOUT_CENTS: ReadonlySet<string> = new Set(['JPY', 'KRW', 'VND'])

/** Whether a unit is an ISO 4217 code. */
export function isCurrency(unit: string): boolean {
  return /^[A-Z]{3}$/.test(unit)
}

/** Digits in groups of three: 1234567 → `1,234,567`. */
export function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** `$3.50`, `-€2.00`, `CHF 3.50`. Something that is not zero is never written as zero: `<$0.01`. */
export function moneyText(amount: number, currency: string): string {
  const decimals = WITHOUT_CENTS.has(currency) ? 0 : 2
  const symbol = SYMBOLS[currency] ?? `${currency} `
  const size = Math.abs(amount)
  const scale = 10 ** decimals
  const minor = Math.floor(size * scale + 1e-6 + 0.5)
  if (minor === 0 && size > 0) return `${amount < 0 ? '>-' : '<'}${symbol}${(1 / scale).toFixed(decimals)}`
  const [whole = '0', fraction] = (minor / scale).toFixed(decimals).split('.')
  const text = fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`
  return `${amount < 0 ? '-' : ''}${symbol}${text}`
}

/** `$3.50 / $10.00 (35%)`; without the percent where there is nothing to divide by. */
export function moneyOfLimit(used: number, limit: number, currency: string): string {
  const share = limit > 0 ? ` (${percentOf(used / limit)}%)` : ''
  return `${moneyText(used, currency)} / ${moneyText(limit, currency)}${share}`
}
