import { type Sample, SECOND_MS, toIso, toIsoOrNull } from '../model/index.ts'

export type ExportFormat = 'csv' | 'json' | 'openmetrics'

/** Gives the samples from the start, as often as it is called; series one after the other, each in order. */
export type SampleSource = () => Iterable<Sample>

/** The media type of each format. */
export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  json: 'application/json',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** The history as text, in pieces of a few kilobytes: nothing holds all of it. */
export function* exportText(format: ExportFormat, samples: SampleSource): IterableIterator<string> {
  yield* inChunks(format === 'csv' ? csv(samples) : format === 'json' ? json(samples) : openMetrics(samples))
}

const CHUNK_CHARACTERS = 16_384

function* inChunks(lines: Iterable<string>): IterableIterator<string> {
  let chunk = ''
  for (const line of lines) {
    chunk += line
    if (chunk.length < CHUNK_CHARACTERS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

/** One exported sample; the columns of the CSV in their order. */
interface ExportRow {
  readonly at: string
  readonly provider: string
  readonly account: string
  readonly quota: string
  readonly unit: string
  readonly used: number | null
  readonly limit: number | null
  readonly remaining: number | null
  readonly used_ratio: number | null
  readonly remaining_ratio: number | null
  readonly resets_at: string | null
}

function exportRow(sample: Sample): ExportRow {
  return {
    at: toIso(sample.at),
    provider: sample.provider,
    account: sample.account,
    quota: sample.quota,
    unit: sample.unit,
    used: sample.used,
    limit: sample.limit,
    remaining: sample.remaining,
    used_ratio: sample.usedRatio,
    remaining_ratio: sample.remainingRatio,
    resets_at: toIsoOrNull(sample.resetsAt),
  }
}

const CSV_HEADER = 'at,provider,account,quota,unit,used,limit,remaining,used_ratio,remaining_ratio,resets_at\r\n'

function* csv(samples: SampleSource): IterableIterator<string> {
  yield CSV_HEADER
  for (const sample of samples()) yield `${Object.values(exportRow(sample)).map(csvField).join(',')}\r\n`
}

/**
 * A field by RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe in front; a number never,
 * not even a negative one. Unknown is empty.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function* json(samples: SampleSource): IterableIterator<string> {
  yield '{"samples":['
  let separator = '\n'
  for (const sample of samples()) {
    yield separator + JSON.stringify(exportRow(sample))
    separator = ',\n'
  }
  yield '\n]}\n'
}

interface Family {
  readonly name: string
  readonly help: string
  readonly withUnit: boolean
  value(sample: Sample): number | null
}

/** The families of the live page that a stored sample can fill, under the same names and labels. */
const FAMILIES: readonly Family[] = [
  {
    name: 'tokstat_quota_remaining_ratio',
    help: 'Share of the quota that is left.',
    withUnit: false,
    value: (sample) => sample.remainingRatio,
  },
  {
    name: 'tokstat_quota_used_ratio',
    help: 'Share of the quota that is used; above 1 is overage.',
    withUnit: false,
    value: (sample) => sample.usedRatio,
  },
  { name: 'tokstat_quota_used', help: 'Amount used.', withUnit: true, value: (sample) => sample.used },
  { name: 'tokstat_quota_limit', help: 'Amount allowed.', withUnit: true, value: (sample) => sample.limit },
  { name: 'tokstat_quota_remaining', help: 'Amount left.', withUnit: true, value: (sample) => sample.remaining },
  {
    name: 'tokstat_quota_reset_timestamp_seconds',
    help: 'When the quota resets.',
    withUnit: false,
    value: (sample) => (sample.resetsAt === null ? null : sample.resetsAt / SECOND_MS),
  },
]

/**
 * OpenMetrics with time stamps, for `promtool tsdb create-blocks-from openmetrics`. A family is in one piece, so the
 * samples are read once a family. A time series only goes forward there: a sample at or before the one before it (a
 * clock that went back) is left out.
 */
function* openMetrics(samples: SampleSource): IterableIterator<string> {
  for (const family of FAMILIES) {
    yield `# TYPE ${family.name} gauge\n# HELP ${family.name} ${family.help}\n`
    let series = ''
    let latest = Number.NEGATIVE_INFINITY
    for (const sample of samples()) {
      const value = family.value(sample)
      if (value === null) continue
      const labels = labelsOf(sample, family.withUnit)
      if (labels !== series) latest = Number.NEGATIVE_INFINITY
      series = labels
      if (sample.at <= latest) continue
      latest = sample.at
      yield `${family.name}{${labels}} ${value} ${sample.at / SECOND_MS}\n`
    }
  }
  yield '# EOF\n'
}

function labelsOf(sample: Sample, withUnit: boolean): string {
  const labels = [
    ['provider', sample.provider],
    ['account', sample.name],
    ['quota', sample.quota],
    ...(withUnit ? [['unit', sample.unit]] : []),
  ]
  return labels.map(([name = '', value = '']) => `${name}="${escapeLabel(value)}"`).join(',')
}

function escapeLabel(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
