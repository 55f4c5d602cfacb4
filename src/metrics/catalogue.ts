/** One metric family: what it is called, what it counts and which labels it carries, in their order. */
export interface Family {
  readonly name: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

const QUOTA = ['provider', 'account', 'quota'] as const
const ACCOUNT = ['provider', 'account'] as const

function gauge(name: string, labels: readonly string[], help: string): Family {
  return { name, type: 'gauge', labels, help }
}

function counter(name: string, labels: readonly string[], help: string): Family {
  return { name, type: 'counter', labels, help }
}

/** Families made of the board, in the order of the page. The first three are the seed's, letter for letter. */
export const BOARD_FAMILIES = [
  gauge(
    'antigravity_token_quota_remaining_fraction',
    ['account', 'model'],
    'Remaining token quota fraction (0.0 to 1.0)',
  ),
  gauge('antigravity_token_quota_reset_time_seconds', ['account', 'model'], 'Epoch time when the token quota resets'),
  gauge(
    'antigravity_model_available',
    ['account', 'model', 'display_name'],
    'Indicates if a model is available to the account (1 for yes)',
  ),
  gauge('tokstat_quota_remaining_ratio', QUOTA, 'Share of the quota that is left, 0 to 1'),
  gauge('tokstat_quota_used_ratio', QUOTA, 'Share of the quota that is used; above 1 is overage'),
  gauge('tokstat_quota_used', [...QUOTA, 'unit'], 'Amount used, as the provider reports it'),
  gauge('tokstat_quota_limit', [...QUOTA, 'unit'], 'Amount allowed, as the provider reports it'),
  gauge('tokstat_quota_remaining', [...QUOTA, 'unit'], 'Amount left, as the provider reports it'),
  gauge('tokstat_quota_reset_timestamp_seconds', QUOTA, 'Unix time at which the quota resets'),
  gauge('tokstat_quota_window_seconds', QUOTA, "Length of the quota's window"),
  gauge('tokstat_quota_exhaustion_timestamp_seconds', QUOTA, 'Unix time at which the quota is forecast to run out'),
  gauge(
    'tokstat_quota_exhaustion_probability_ratio',
    QUOTA,
    'Forecast probability that the quota runs out before its reset',
  ),
  gauge('tokstat_quota_info', [...QUOTA, 'label', 'kind', 'pool'], 'What the quota is called and counts; always 1'),
  gauge('tokstat_account_up', ACCOUNT, 'Whether the last attempt to read the account succeeded (1) or not (0)'),
  gauge('tokstat_account_status', [...ACCOUNT, 'status'], 'The current status of the account; always 1'),
  gauge('tokstat_account_info', [...ACCOUNT, 'plan', 'source'], 'Plan and credential source of the account; always 1'),
  gauge(
    'tokstat_account_last_success_timestamp_seconds',
    ACCOUNT,
    'Unix time that the last good reading of the account is from',
  ),
] as const satisfies readonly Family[]

/** Families the daemon counts about itself, in the order of the page. */
export const OWN_FAMILIES = {
  fetches: counter('tokstat_fetch_total', [...ACCOUNT, 'outcome'], 'Finished attempts to read an account, by outcome'),
  fetchSeconds: {
    name: 'tokstat_fetch_duration_seconds',
    type: 'histogram',
    labels: ['provider'],
    help: 'How long attempts to read an account took',
  },
  httpRequests: counter(
    'tokstat_http_requests_total',
    ['route', 'code'],
    'Requests answered, by route and status code',
  ),
  historySamples: counter('tokstat_history_samples_total', [], 'Samples written to the history'),
  alerts: counter('tokstat_alerts_total', ['event', 'channel', 'outcome'], 'Alert deliveries, by event and outcome'),
  build: gauge('tokstat_build_info', ['version'], 'Version of the running tokstat; always 1'),
  cpuSeconds: counter('process_cpu_seconds_total', [], 'User and system CPU time spent'),
  residentBytes: gauge('process_resident_memory_bytes', [], 'Resident memory size'),
  startSeconds: gauge('process_start_time_seconds', [], 'Unix time at which the process started'),
  heapBytes: gauge('nodejs_heap_size_used_bytes', [], 'Heap memory in use'),
  loopRatio: gauge(
    'nodejs_eventloop_utilization_ratio',
    [],
    'Share of the time since the last scrape in which the event loop was busy',
  ),
  nodeVersion: gauge('nodejs_version_info', ['version'], 'Version of Node.js; always 1'),
} as const satisfies Readonly<Record<string, Family>>

/** Buckets of the fetch histogram, in seconds: the request deadline is 15 s by default, the attempt's four times that. */
export const FETCH_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60] as const

/** The page `docs/metrics.md`, generated; a test holds the file equal. Markdown. */
export function metricsReference(): string {
  const own: readonly Family[] = Object.values(OWN_FAMILIES)
  return [
    '# Metrics',
    '',
    '<!-- Generated from src/metrics/catalogue.ts by `npm run docs`. -->',
    '',
    '`GET /metrics` answers Prometheus text 0.0.4, or OpenMetrics 1.0 where `Accept` asks for it. No request to a',
    'service is made during a scrape. A sample is there while it is true: an unknown share has none, a stale reading',
    'loses its quota series, and a quota whose reset has passed keeps only its reset time until it is read again.',
    '',
    '## Quotas and accounts',
    '',
    ...table(BOARD_FAMILIES),
    '',
    '## The daemon itself',
    '',
    ...table(own),
    '',
  ].join('\n')
}

function table(families: readonly Family[]): string[] {
  const rows = families.map((family) => {
    const labels = family.labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${family.name}\` | ${family.type} | ${labels === '' ? '–' : labels} | ${family.help} |`
  })
  return ['| name | type | labels | meaning |', '|---|---|---|---|', ...rows]
}
