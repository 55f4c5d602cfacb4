import { type BoardSpec, grid } from '../kit.ts'

/**
 * The dashboard that people of the first Antigravity exporter import: same uid, title, tags, panels 1 to 4 with their
 * titles and queries, so theirs is replaced and their links hold. Panel 3's colours are the other way round than
 * they were there: what counts is what is left, so low is red.
 */
export const TOKEN_METRICS: BoardSpec = {
  uid: 'token-metrics-dash',
  title: 'Token Metrics Dashboard',
  description: 'What is left of every Antigravity model, and when it comes back.',
  tags: ['antigravity', 'tokens'],
  refresh: '1m',
  from: 'now-6h',
  panels: [
    {
      id: 1,
      kind: 'gauge',
      title: 'Claude Models - Remaining Quota (%)',
      queries: [
        {
          expr: 'antigravity_token_quota_remaining_fraction{model=~"(?i).*claude.*"} * 100',
          legend: '{{account}} ({{model}})',
        },
      ],
      at: grid(0, 0, 12, 8),
      unit: 'percent',
      min: 0,
      max: 100,
      colours: 'left-percent',
    },
    {
      id: 2,
      kind: 'gauge',
      title: 'Gemini Models - Remaining Quota (%)',
      queries: [
        {
          expr: 'antigravity_token_quota_remaining_fraction{model=~"(?i).*gemini.*"} * 100',
          legend: '{{account}} ({{model}})',
        },
      ],
      at: grid(12, 0, 12, 8),
      unit: 'percent',
      min: 0,
      max: 100,
      colours: 'left-percent',
    },
    {
      id: 3,
      kind: 'lines',
      title: 'Historical Remaining Quota (%)',
      queries: [{ expr: 'antigravity_token_quota_remaining_fraction * 100', legend: '{{account}} - {{model}}' }],
      at: grid(0, 8, 24, 9),
      unit: 'percent',
      min: 0,
      max: 100,
      colours: 'left-percent',
      legendTable: 'lowest first',
    },
    {
      id: 4,
      kind: 'stat',
      title: 'Time Until Reset',
      queries: [{ expr: 'antigravity_token_quota_reset_time_seconds * 1000', legend: '{{account}} - {{model}}' }],
      at: grid(0, 17, 24, 8),
      unit: 'dateTimeFromNow',
    },
    {
      id: 5,
      kind: 'bars',
      title: 'All Models - Remaining Quota (%)',
      queries: [{ expr: 'sort(antigravity_token_quota_remaining_fraction * 100)', legend: '{{account}} - {{model}}' }],
      at: grid(0, 25, 12, 12),
      unit: 'percent',
      min: 0,
      max: 100,
      colours: 'left-percent',
    },
    {
      id: 6,
      kind: 'table',
      title: 'Exhausted Models',
      description: 'Models that are used up, and when each comes back.',
      queries: [
        {
          expr: 'antigravity_token_quota_reset_time_seconds * 1000 and on (account, model) antigravity_token_quota_remaining_fraction <= 0',
        },
      ],
      at: grid(12, 25, 12, 6),
      unit: 'dateTimeFromNow',
      whenEmpty: 'None',
      valueColumn: 'comes back',
      sortRows: 'ascending',
    },
    {
      id: 7,
      kind: 'table',
      title: 'Account Tiers',
      queries: [{ expr: 'tokstat_account_info{provider="antigravity"}' }],
      at: grid(12, 31, 12, 6),
      hideColumns: ['provider', 'Value'],
    },
    {
      id: 8,
      kind: 'table',
      title: 'Account Problems',
      description: 'Accounts whose last attempt did not succeed; `tokstat doctor` says what to do.',
      queries: [{ expr: 'tokstat_account_status{provider="antigravity",status!~"ok|pending|disabled"}' }],
      at: grid(0, 37, 12, 7),
      hideColumns: ['provider', 'Value'],
      whenEmpty: 'None',
    },
    {
      id: 9,
      kind: 'lines',
      title: 'Models Available per Account',
      queries: [{ expr: 'count by (account) (antigravity_model_available == 1)', legend: '{{account}}' }],
      at: grid(12, 37, 12, 7),
      min: 0,
      decimals: 0,
    },
  ],
}
