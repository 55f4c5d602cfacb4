/** What a panel's targets give, asked of Prometheus as Grafana's data source asks. */
import type { Panel, Target } from './board.ts'

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Unix seconds and value, oldest first. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Asker {
  readonly url: string
  readonly span: Span
  /** What the dashboard's variables stand for in a query. */
  readonly values: Readonly<Record<string, string>>
  /** How often the data source is told it scrapes. */
  readonly scrapeSeconds: number
}

/** Steps that Grafana rounds to, seconds. */
const STEPS = [15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600]

export async function ask(asker: Asker, panel: Panel, widthPx: number): Promise<readonly Series[]> {
  const answers = await Promise.all(panel.targets.map((target) => askOne(asker, target, widthPx)))
  return answers.flat()
}

/** The distance between two points of a graph of that width. */
export function stepOf({ span, scrapeSeconds }: Asker, widthPx: number): number {
  const ideal = Math.max((span.to - span.from) / widthPx, scrapeSeconds)
  return STEPS.find((step) => step >= ideal) ?? 3600
}

function queryOf(asker: Asker, expr: string, step: number): string {
  const { scrapeSeconds, values } = asker
  return expr
    .replaceAll('$__rate_interval', `${Math.max(step + scrapeSeconds, 4 * scrapeSeconds)}s`)
    .replace(/\$\{?(\w+)(?::\w+)?\}?/g, (whole, name: string) => values[name] ?? whole)
}

async function askOne(asker: Asker, target: Target, widthPx: number): Promise<readonly Series[]> {
  const step = stepOf(asker, widthPx)
  const query = queryOf(asker, target.expr, step)
  const isInstant = target.instant === true && target.range !== true
  const span = isInstant ? { time: asker.span.to } : { start: asker.span.from, end: asker.span.to, step }
  const words = new URLSearchParams({ query, ...mapToText(span) })
  const answer = await fetch(`${asker.url}/api/v1/${isInstant ? 'query' : 'query_range'}?${words}`)
  const body = (await answer.json()) as { readonly error?: string; readonly data?: { readonly result: readonly Raw[] } }
  if (body.data === undefined) throw new Error(`${query}: ${body.error}`)
  return body.data.result.map((raw) => ({
    name: nameOf(target.legendFormat, raw.metric),
    labels: raw.metric,
    points: (raw.values ?? (raw.value === undefined ? [] : [raw.value])).map(([at, value]) => [at, Number(value)]),
  }))
}

interface Raw {
  readonly metric: Readonly<Record<string, string>>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

function mapToText(numbers: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]))
}

function nameOf(legend: string | undefined, labels: Readonly<Record<string, string>>): string {
  if (legend !== undefined && legend !== '' && legend !== '__auto') {
    return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '')
  }
  const words = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return words.length === 0 ? '' : `{${words.join(', ')}}`
}

/** The values a variable's `label_values(...)` query offers, sorted. */
export async function choicesOf(asker: Asker, query: string): Promise<readonly string[]> {
  const [, metric = '', label = ''] = /^label_values\((.+),\s*(\w+)\)$/.exec(query) ?? []
  const words = new URLSearchParams({ 'match[]': queryOf(asker, metric, 15) })
  const answer = await fetch(`${asker.url}/api/v1/label/${label}/values?${words}`)
  return ((await answer.json()) as { readonly data: readonly string[] }).data
}
