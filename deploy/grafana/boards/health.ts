import { type BoardSpec, grid } from '../kit.ts'

const DAEMON = 'job=~"$job"'

/** Is tokstat itself well: scrapes, attempts, memory, alerts. */
export const HEALTH: BoardSpec = {
  uid: 'tokstat-health',
  title: 'tokstat: exporter health',
  description: 'Is tokstat itself well: scrapes, attempts at the services, alerts, memory and time.',
  tags: ['tokstat', 'monitoring'],
  refresh: '30s',
  from: 'now-6h',
  variables: [{ name: 'job', label: 'Job', query: 'label_values(tokstat_build_info, job)', many: true }],
  panels: [
    {
      id: 1,
      kind: 'stat',
      title: 'Up',
      queries: [{ expr: `up{${DAEMON}}`, legend: '{{instance}}' }],
      at: grid(0, 0, 5, 4),
      colours: 'up',
      words: { 0: 'down', 1: 'up' },
    },
    {
      id: 2,
      kind: 'stat',
      title: 'Version',
      queries: [{ expr: `tokstat_build_info{${DAEMON}}`, legend: 'tokstat {{version}}' }],
      shows: 'name',
      at: grid(5, 0, 5, 4),
    },
    {
      id: 3,
      kind: 'stat',
      title: 'Node.js',
      queries: [{ expr: `nodejs_version_info{${DAEMON}}`, legend: '{{version}}' }],
      shows: 'name',
      at: grid(10, 0, 4, 4),
    },
    {
      id: 4,
      kind: 'stat',
      title: 'Running for',
      queries: [{ expr: `time() - process_start_time_seconds{${DAEMON}}` }],
      at: grid(14, 0, 5, 4),
      unit: 's',
    },
    {
      id: 5,
      kind: 'stat',
      title: 'Samples per scrape',
      queries: [{ expr: `scrape_samples_scraped{${DAEMON}}` }],
      at: grid(19, 0, 5, 4),
    },
    {
      id: 6,
      kind: 'lines',
      title: 'Attempts per minute, by outcome',
      queries: [
        {
          expr: `sum by (outcome) (rate(tokstat_fetch_total{${DAEMON}}[$__rate_interval])) * 60`,
          legend: '{{outcome}}',
        },
      ],
      at: grid(0, 4, 12, 8),
      min: 0,
    },
    {
      id: 7,
      kind: 'lines',
      title: 'Time of an attempt',
      queries: [
        {
          expr: `histogram_quantile(0.5, sum by (le, provider) (rate(tokstat_fetch_duration_seconds_bucket{${DAEMON}}[$__rate_interval]))) > 0`,
          legend: '{{provider}} median',
        },
        {
          expr: `histogram_quantile(0.95, sum by (le, provider) (rate(tokstat_fetch_duration_seconds_bucket{${DAEMON}}[$__rate_interval]))) > 0`,
          legend: '{{provider}} 95 %',
        },
      ],
      at: grid(12, 4, 12, 8),
      unit: 's',
      legendTable: 'highest first',
      min: 0,
    },
    {
      id: 8,
      kind: 'lines',
      title: 'Requests per minute, by route and code',
      queries: [
        {
          expr: `sum by (route, code) (rate(tokstat_http_requests_total{${DAEMON}}[$__rate_interval])) * 60`,
          legend: '{{route}} {{code}}',
        },
      ],
      at: grid(0, 12, 12, 8),
      min: 0,
    },
    {
      id: 9,
      kind: 'lines',
      title: 'Time of a scrape',
      queries: [{ expr: `scrape_duration_seconds{${DAEMON}}`, legend: '{{instance}}' }],
      at: grid(12, 12, 12, 8),
      unit: 's',
      min: 0,
    },
    {
      id: 10,
      kind: 'lines',
      title: 'Samples stored per minute',
      queries: [{ expr: `rate(tokstat_history_samples_total{${DAEMON}}[$__rate_interval]) * 60`, legend: 'samples' }],
      at: grid(0, 20, 12, 8),
      min: 0,
    },
    {
      id: 11,
      kind: 'table',
      title: 'Alert deliveries since the start',
      queries: [{ expr: `sum by (event, channel, outcome) (tokstat_alerts_total{${DAEMON}})` }],
      at: grid(12, 20, 12, 8),
      valueColumn: 'deliveries',
      whenEmpty: 'No alert was sent yet',
    },
    {
      id: 12,
      kind: 'lines',
      title: 'Memory',
      queries: [
        { expr: `process_resident_memory_bytes{${DAEMON}}`, legend: 'resident' },
        { expr: `nodejs_heap_size_used_bytes{${DAEMON}}`, legend: 'heap' },
      ],
      at: grid(0, 28, 12, 8),
      unit: 'bytes',
      min: 0,
    },
    {
      id: 13,
      kind: 'lines',
      title: 'Processor and event loop',
      queries: [
        { expr: `rate(process_cpu_seconds_total{${DAEMON}}[$__rate_interval])`, legend: 'CPU' },
        { expr: `nodejs_eventloop_utilization_ratio{${DAEMON}}`, legend: 'event loop busy' },
      ],
      at: grid(12, 28, 12, 8),
      unit: 'percentunit',
      min: 0,
    },
  ],
}
