import { type BoardSpec, grid } from '../kit.ts'

const ONE = 'provider="$provider",account="$account"'
const WITH_LABEL = 'on (job, instance, provider, account, quota) group_left (label) tokstat_quota_info'

/** One account: each of its quotas, its state and the attempts to read it. */
export const ACCOUNT: BoardSpec = {
  uid: 'tokstat-account',
  title: 'tokstat: account',
  description: 'One account: each of its quotas, when they come back, and how reading it goes.',
  tags: ['tokstat', 'tokens'],
  refresh: '1m',
  from: 'now-24h',
  variables: [
    { name: 'provider', label: 'Service', query: 'label_values(tokstat_account_up, provider)', many: false },
    {
      name: 'account',
      label: 'Account',
      query: 'label_values(tokstat_account_up{provider="$provider"}, account)',
      many: false,
    },
  ],
  panels: [
    {
      id: 1,
      kind: 'bars',
      title: 'Left now',
      queries: [{ expr: `sort(tokstat_quota_remaining_ratio{${ONE}} * ${WITH_LABEL})`, legend: '{{label}}' }],
      at: grid(0, 0, 12, 10),
      unit: 'percentunit',
      min: 0,
      max: 1,
      colours: 'left-ratio',
    },
    {
      id: 2,
      kind: 'lines',
      title: 'Left over time',
      queries: [{ expr: `tokstat_quota_remaining_ratio{${ONE}} * ${WITH_LABEL}`, legend: '{{label}}' }],
      at: grid(12, 0, 12, 10),
      unit: 'percentunit',
      min: 0,
      max: 1,
      legendTable: 'lowest first',
    },
    {
      id: 3,
      kind: 'stat',
      title: 'Resets',
      queries: [
        { expr: `sort(tokstat_quota_reset_timestamp_seconds{${ONE}} * 1000 * ${WITH_LABEL})`, legend: '{{label}}' },
      ],
      at: grid(0, 10, 24, 6),
      unit: 'dateTimeFromNow',
    },
    {
      id: 4,
      kind: 'lines',
      title: 'Used share',
      description: 'Above 100 % is overage: used beyond the limit and billed.',
      queries: [{ expr: `tokstat_quota_used_ratio{${ONE}} * ${WITH_LABEL}`, legend: '{{label}}' }],
      at: grid(0, 16, 12, 8),
      unit: 'percentunit',
      min: 0,
      decimals: 0,
      legendTable: 'highest first',
    },
    {
      id: 5,
      kind: 'table',
      title: 'Length of the windows',
      queries: [{ expr: `tokstat_quota_window_seconds{${ONE}} * ${WITH_LABEL}` }],
      at: grid(12, 16, 12, 8),
      unit: 's',
      hideColumns: ['provider', 'account'],
      valueColumn: 'window',
      whenEmpty: 'The service names none',
    },
    {
      id: 6,
      kind: 'lines',
      title: 'Amounts',
      description: 'Only where the service counts in amounts and not in shares.',
      queries: [
        { expr: `tokstat_quota_used{${ONE}}`, legend: 'used: {{quota}} ({{unit}})' },
        { expr: `tokstat_quota_limit{${ONE}}`, legend: 'limit: {{quota}} ({{unit}})' },
        { expr: `tokstat_quota_remaining{${ONE}}`, legend: 'left: {{quota}} ({{unit}})' },
      ],
      at: grid(0, 24, 12, 8),
      whenEmpty: 'The service counts in shares',
    },
    {
      id: 7,
      kind: 'states',
      title: 'Status',
      queries: [{ expr: `tokstat_account_status{${ONE}}`, legend: '{{status}}' }],
      at: grid(12, 24, 12, 8),
    },
    {
      id: 8,
      kind: 'lines',
      title: 'Age of the last good reading',
      queries: [{ expr: `time() - tokstat_account_last_success_timestamp_seconds{${ONE}}`, legend: 'age' }],
      at: grid(0, 32, 12, 7),
      unit: 's',
      min: 0,
    },
    {
      id: 9,
      kind: 'lines',
      title: 'Attempts per minute, by outcome',
      queries: [
        { expr: `sum by (outcome) (rate(tokstat_fetch_total{${ONE}}[$__rate_interval])) * 60`, legend: '{{outcome}}' },
      ],
      at: grid(12, 32, 12, 7),
      min: 0,
    },
  ],
}
