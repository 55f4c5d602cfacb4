import type { QuotaDocument } from '../model/document.ts'
import { grouped, isCurrency, moneyOfLimit, moneyText } from './money.ts'

const SCALES: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
]

/** `1,234`, `12.3K`, `1.2M`: exact below ten thousand, then three digits; cut, so that 999,999 is not `1M`. */
export function countText(count: number): string {
  const size = Math.abs(count)
  const sign = count < 0 ? '-' : ''
  if (size < 10_000) {
    const [whole = '0', fraction] = String(Math.round(size * 100) / 100).split('.')
    return `${sign}${grouped(whole)}${fraction === undefined ? '' : `.${fraction}`}`
  }
  const [scale, suffix] = SCALES.find(([least]) => size >= least) ?? [1, '']
  const scaled = size / scale
  const cut = scaled >= 100 ? Math.floor(scaled) : Math.floor(scaled * 10) / 10
  return `${sign}${cut}${suffix}`
}

/** An amount with its unit: `$12.50`, `1,234 requests`, `3.5 NANO`. */
export function amountText(amount: number, unit: string): string {
  if (isCurrency(unit)) return moneyText(amount, unit)
  return unit === 'count' || unit === 'share' ? countText(amount) : `${countText(amount)} ${unit}`
}

type Amounts = Pick<QuotaDocument, 'unit' | 'used' | 'limit' | 'remaining' | 'kind'>

/** What the provider counted, in words; null where it reports shares only. */
export function amountsOf(quota: Amounts): string | null {
  const { unit, used, limit, remaining } = quota
  if (unit === 'share') return null
  if (used !== null && limit !== null) {
    return isCurrency(unit) ? moneyOfLimit(used, limit, unit) : `${countText(used)} / ${amountText(limit, unit)}`
  }
  if (remaining !== null && limit !== null) return `${countText(remaining)} of ${amountText(limit, unit)} left`
  if (remaining !== null) return `${amountText(remaining, unit)} left`
  if (used !== null) return `${amountText(used, unit)} ${quota.kind === 'spend' ? 'spent' : 'used'}`
  return null
}
