/** One sample of a metrics page. */
interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

/** Reads the samples of the named families from the text format; everything else is passed over. */
function readSamples(page: string, names: readonly string[]): readonly Sample[] {
  const samples: Sample[] = []
  for (const line of page.split('\n')) {
    const name = names.find((one) => line.startsWith(one) && (line[one.length] === '{' || line[one.length] === ' '))
    if (name === undefined) continue
    const value = Number(line.slice(line.lastIndexOf(' ') + 1))
    const labels = new Map<string, string>()
    for (const [, key = '', text = ''] of line.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.set(
        key,
        text.replace(/\\(.)/g, (_, mark: string) => (mark === 'n' ? '\n' : mark)),
      )
    }
    samples.push({ name, labels, value })
  }
  return samples
}

/** How the fetches of one service went since the daemon started. */
export interface ServiceHealth {
  readonly provider: string
  readonly reads: number
  readonly failed: number
  /** Upper bounds, in seconds, below which half and nine tenths of the fetches stayed; null: nothing was read yet. */
  readonly medianSeconds: number | null
  readonly slowSeconds: number | null
  /** Why they failed, most frequent first. */
  readonly reasons: readonly string[]
}

const BUCKET = 'tokstat_fetch_duration_seconds_bucket'
const TOTAL = 'tokstat_fetch_total'

/** The services of a metrics page, by their own counters: the page knows no more than Prometheus does. */
export function serviceHealth(page: string): readonly ServiceHealth[] {
  const samples = readSamples(page, [BUCKET, TOTAL])
  const byProvider = Map.groupBy(samples, ({ labels }) => labels.get('provider') ?? '')
  return [...byProvider].map(([provider, own]) => {
    const fetches = own.filter(({ name }) => name === TOTAL)
    const isRead = ({ labels }: Sample): boolean => ['read', 'ok', 'success'].includes(labels.get('outcome') ?? '')
    const reasons = new Map<string, number>()
    for (const sample of fetches) {
      if (isRead(sample) || sample.value === 0) continue
      const outcome = sample.labels.get('outcome') ?? ''
      reasons.set(outcome, (reasons.get(outcome) ?? 0) + sample.value)
    }
    const buckets = own.filter(({ name }) => name === BUCKET)
    const reads = sum(fetches.filter(isRead))
    return {
      provider,
      reads,
      failed: sum(fetches.filter((sample) => !isRead(sample))),
      medianSeconds: reads === 0 ? null : quantile(buckets, 0.5),
      slowSeconds: reads === 0 ? null : quantile(buckets, 0.9),
      reasons: [...reasons].sort(([, a], [, b]) => b - a).map(([reason]) => reason),
    }
  })
}

function sum(samples: readonly Sample[]): number {
  return samples.reduce((total, { value }) => total + value, 0)
}

function quantile(buckets: readonly Sample[], share: number): number | null {
  const bounds = buckets
    .map(({ labels, value }) => ({ bound: Number(labels.get('le') === '+Inf' ? Infinity : labels.get('le')), value }))
    .sort((a, b) => a.bound - b.bound)
  const total = bounds.at(-1)?.value ?? 0
  if (total === 0) return null
  return bounds.find(({ value }) => value >= total * share)?.bound ?? null
}
