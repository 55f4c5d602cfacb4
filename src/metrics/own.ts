import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, Registry } from '@prometheus-io/client'
import type { Clock, FetchEvent, FetchObserver } from '../model/index.ts'
import { type Family, FETCH_BUCKETS_SECONDS, OWN_FAMILIES } from './catalogue.ts'
import { cleanLabel, familyHead, sampleLine } from './text.ts'

/** What the daemon counts about itself. */
export interface OwnMetrics extends FetchObserver {
  /** `route` is a pattern or a fixed word, never a path with a caller's text in it. */
  httpRequest(route: string, code: number): void
  historySamples(count: number): void
  alert(event: string, channel: string, outcome: string): void
  /** What was counted of an account goes on under its new id; all at once, since two may change names. */
  renameAccounts(renamed: readonly Renamed[]): void
  /** Series of accounts that are not among these ids (`provider/name`, the name as `cleanLabel` leaves it) leave. */
  keepAccounts(ids: ReadonlySet<string>): void
  /** The families as exposition text, without `# EOF`. */
  render(openMetrics: boolean): Promise<string>
}

/** Ids of one account: `provider/name`. */
export interface Renamed {
  readonly from: string
  readonly to: string
}

export interface OwnOptions {
  readonly version: string
  readonly clock: Clock
}

/** The account's part of an id: the `account` label of every other family. */
function accountName(event: Pick<FetchEvent, 'provider' | 'account'>): string {
  const prefix = `${event.provider}/`
  return cleanLabel(event.account.startsWith(prefix) ? event.account.slice(prefix.length) : event.account)
}

/** The attempts of one account, by outcome; kept beside the library's counter so that they can be taken back. */
interface Attempts {
  readonly provider: string
  readonly counts: ReadonlyMap<string, number>
}

/** The attempts of each account, as a counter whose series follow the accounts. */
function attemptCounts(counter: Counter<string>): Pick<OwnMetrics, 'renameAccounts' | 'keepAccounts'> & {
  add(provider: string, account: string, outcome: string, count: number): void
} {
  const known = new Map<string, Attempts>()
  const add = (provider: string, account: string, outcome: string, count: number): void => {
    counter.inc({ provider, account, outcome }, count)
    const id = `${provider}/${account}`
    const counts = known.get(id)?.counts ?? new Map<string, number>()
    known.set(id, { provider, counts: new Map(counts).set(outcome, (counts.get(outcome) ?? 0) + count) })
  }
  const take = (id: string): Attempts | undefined => {
    const attempts = known.get(id)
    if (attempts === undefined) return undefined
    known.delete(id)
    const { provider, counts } = attempts
    for (const outcome of counts.keys()) {
      counter.remove({ provider, account: id.slice(provider.length + 1), outcome })
    }
    return attempts
  }
  return {
    add,
    renameAccounts(renamed) {
      const taken = renamed.map(({ from, to }) => ({ to, attempts: take(cleanLabel(from)) }))
      for (const { to, attempts } of taken) {
        if (attempts === undefined) continue
        const { provider, counts } = attempts
        for (const [outcome, count] of counts) add(provider, accountName({ provider, account: to }), outcome, count)
      }
    },
    keepAccounts(ids) {
      for (const id of known.keys()) if (!ids.has(id)) take(id)
    },
  }
}

function settingsOf(
  family: Family,
  registry: Registry,
): {
  name: string
  help: string
  labelNames: readonly string[]
  registers: Registry[]
} {
  return { name: family.name, help: family.help, labelNames: family.labels, registers: [registry] }
}

/**
 * A registry of its own: nothing global, so two daemons in one process (tests) do not mix. The library counts;
 * the text is written by our own writer, because one registry has one content type and the page has two.
 */
export function createOwnMetrics(options: OwnOptions): OwnMetrics {
  const registry = new Registry()
  const counter = (family: Family): Counter<string> => new Counter(settingsOf(family, registry))
  const requests = counter(OWN_FAMILIES.httpRequests)
  const samples = counter(OWN_FAMILIES.historySamples)
  const alerts = counter(OWN_FAMILIES.alerts)
  const fetchSeconds = new Histogram<string>({
    ...settingsOf(OWN_FAMILIES.fetchSeconds, registry),
    buckets: [...FETCH_BUCKETS_SECONDS],
  })
  new Gauge<string>(settingsOf(OWN_FAMILIES.build, registry)).set({ version: options.version }, 1)
  registerProcess(registry, options.clock)

  const attempts = attemptCounts(counter(OWN_FAMILIES.fetches))

  return {
    fetched(event) {
      attempts.add(event.provider, accountName(event), event.outcome, 1)
      fetchSeconds.observe({ provider: event.provider }, event.tookMs / 1000)
    },
    httpRequest: (route, code) => requests.inc({ route, code: String(code) }),
    historySamples: (count) => samples.inc(count),
    alert: (event, channel, outcome) => alerts.inc({ event, channel, outcome }),
    renameAccounts: attempts.renameAccounts,
    keepAccounts: attempts.keepAccounts,
    render: async (openMetrics) => render(await registry.getMetricsAsJSON(), openMetrics),
  }
}

function registerProcess(registry: Registry, clock: Clock): void {
  let lastCpu = 0
  let lastLoop = performance.eventLoopUtilization()
  new Counter<string>({
    ...settingsOf(OWN_FAMILIES.cpuSeconds, registry),
    collect() {
      const usage = process.cpuUsage()
      const spent = (usage.user + usage.system) / 1e6
      this.inc(Math.max(0, spent - lastCpu))
      lastCpu = spent
    },
  })
  const gauge = (family: Family, read: () => number): void => {
    new Gauge<string>({
      ...settingsOf(family, registry),
      collect() {
        try {
          this.set(read())
        } catch {
          // A system without /proc does not tell its memory: then there is no sample, and the page has the others.
          this.remove()
        }
      },
    })
  }
  const startedAt = Math.round(clock.now() / 1000 - process.uptime())
  gauge(OWN_FAMILIES.residentBytes, () => process.memoryUsage.rss())
  gauge(OWN_FAMILIES.startSeconds, () => startedAt)
  gauge(OWN_FAMILIES.heapBytes, () => getHeapStatistics().used_heap_size)
  gauge(OWN_FAMILIES.loopRatio, () => {
    const before = lastLoop
    lastLoop = performance.eventLoopUtilization()
    return performance.eventLoopUtilization(lastLoop, before).utilization
  })
  new Gauge<string>(settingsOf(OWN_FAMILIES.nodeVersion, registry)).set({ version: process.version }, 1)
}

interface RecordedFamily {
  readonly name: string
  readonly values: readonly RecordedValue[]
}

interface RecordedValue {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number | undefined>>
  /** Of histograms: the name with `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string
}

function render(recorded: readonly RecordedFamily[], openMetrics: boolean): string {
  const byName = new Map(recorded.map((family) => [family.name, family.values]))
  let text = ''
  for (const family of Object.values(OWN_FAMILIES)) {
    text += familyHead(family, openMetrics)
    for (const value of byName.get(family.name) ?? []) {
      const names = Object.keys(value.labels).filter((label) => label !== 'le')
      const values = names.map((label) => String(value.labels[label] ?? ''))
      const bound = value.labels['le']
      if (bound !== undefined) {
        names.push('le')
        values.push(boundText(bound))
      }
      text += sampleLine(value.metricName ?? family.name, names, values, value.value)
    }
  }
  return text
}

/** OpenMetrics wants a bucket's bound as a float; the older format takes the same text. */
function boundText(bound: string | number): string {
  return typeof bound === 'number' && Number.isInteger(bound) ? `${bound}.0` : String(bound)
}
