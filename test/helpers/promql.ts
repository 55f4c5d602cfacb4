/** What PromQL expressions speak of, and what the catalogue says there is. */
import { BOARD_FAMILIES, type Family, OWN_FAMILIES } from '../../src/metrics/catalogue.ts'

const FAMILIES: readonly Family[] = [...BOARD_FAMILIES, ...Object.values(OWN_FAMILIES)]

/** Metrics that Prometheus makes of every target itself. */
const OF_PROMETHEUS = new Set(['up', 'scrape_duration_seconds', 'scrape_samples_scraped'])

/** Names of series a scrape of tokstat can give. */
const EXPOSED = new Set(
  FAMILIES.flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
)

const WORDS = new Set(
  'and or unless by on without ignoring group_left group_right bool offset sum min max avg count topk bottomk sort sort_desc rate deriv time vector absent histogram_quantile round clamp_min'.split(
    ' ',
  ),
)

/** Names in an expression that are neither exposed, nor Prometheus's own, nor recorded by a rule. */
export function unknownMetrics(expr: string, recorded: ReadonlySet<string> = new Set()): string[] {
  return metricsOf(expr).filter((name) => !EXPOSED.has(name) && !OF_PROMETHEUS.has(name) && !recorded.has(name))
}

/** Metric names of an expression: its identifiers without functions, keywords, labels and strings. */
export function metricsOf(expr: string): string[] {
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '')
  return [...new Set(bare.match(/[a-zA-Z_][a-zA-Z0-9_:]*/g) ?? [])].filter((word) => !WORDS.has(word))
}
