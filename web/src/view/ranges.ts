/** The stretches a chart may show. `since` is what the API takes. */
export const RANGES = [
  { key: '1h', since: '1h', ms: 3_600_000 },
  { key: '6h', since: '6h', ms: 21_600_000 },
  { key: '24h', since: '24h', ms: 86_400_000 },
  { key: '7d', since: '7d', ms: 604_800_000 },
  { key: '30d', since: '30d', ms: 2_592_000_000 },
  { key: '90d', since: '90d', ms: 7_776_000_000 },
  { key: '1y', since: '365d', ms: 31_536_000_000 },
] as const

export type Range = (typeof RANGES)[number]

export function rangeOf(key: string | undefined, fallback: Range['key']): Range {
  return RANGES.find((range) => range.key === key) ?? RANGES.find((range) => range.key === fallback) ?? RANGES[2]
}
