import type { Family } from './catalogue.ts'

/** One sample line of either exposition format. Label values are cleaned and escaped here and nowhere else. */
export function sampleLine(
  name: string,
  labelNames: readonly string[],
  labelValues: readonly string[],
  value: number,
): string {
  if (labelNames.length === 0) return `${name} ${formatValue(value)}\n`
  const labels = labelNames.map((label, index) => `${label}="${escapeLabel(labelValues[index] ?? '')}"`)
  return `${name}{${labels.join(',')}} ${formatValue(value)}\n`
}

/** The two comment lines that open a family. OpenMetrics names a counter's family without `_total`. */
export function familyHead(family: Family, openMetrics: boolean): string {
  const name = openMetrics && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name
  return `# HELP ${name} ${escapeHelp(family.help, openMetrics)}\n# TYPE ${name} ${family.type}\n`
}

/**
 * Text that both formats can carry: NUL, carriage returns and halves of surrogate pairs become U+FFFD.
 * Everything else, line feeds included, survives by escaping.
 */
export function cleanLabel(value: string): string {
  return value.toWellFormed().replace(/[\0\r]/g, '\uFFFD')
}

export function escapeLabel(value: string): string {
  return cleanLabel(value).replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}

function escapeHelp(help: string, openMetrics: boolean): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return openMetrics ? escaped.replaceAll('"', '\\"') : escaped
}

function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
