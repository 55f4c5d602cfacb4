import { type BoardSpec, grid } from '../kit.ts'

const CHOSEN = 'provider=~"$provider"'
/** What is used up already is no forecast. */
const NOT_USED_UP = `and on (job, instance, provider, account, quota) tokstat_quota_remaining_ratio{${CHOSEN}} > 0`
const RISK = `tokstat_quota_exhaustion_probability_ratio{${CHOSEN}} ${NOT_USED_UP}`
const RUNS_OUT = `tokstat_quota_exhaustion_timestamp_seconds{${CHOSEN}}`

/** What will run out before it comes back, and when. */
export const FORECAST: BoardSpec = {
  uid: 'tokstat-forecast',
  title: 'tokstat: forecast',
  description: 'What will run out before it comes back, when, and how fast it is used now.',
  tags: ['tokstat', 'tokens'],
  refresh: '1m',
  from: 'now-24h',
  variables: [{ name: 'provider', label: 'Service', query: 'label_values(tokstat_account_up, provider)', many: true }],
  panels: [
    {
      id: 1,
      kind: 'bars',
      title: 'Probability of running out before the reset',
      description: 'The twenty likeliest; without those that are used up already.',
      queries: [
        {
          expr: `sort_desc(topk(20, ${RISK}))`,
          legend: '{{account}} - {{quota}}',
        },
      ],
      at: grid(0, 0, 12, 12),
      unit: 'percentunit',
      min: 0,
      max: 1,
      colours: 'risk-ratio',
      whenEmpty: 'No forecast yet: it needs some history',
      opensAccount: true,
    },
    {
      id: 2,
      kind: 'lines',
      title: 'Probability over time',
      description: 'Of those that are above 5 %.',
      queries: [{ expr: `(${RISK}) > 0.05`, legend: '{{account}} - {{quota}}' }],
      at: grid(12, 0, 12, 12),
      unit: 'percentunit',
      min: 0,
      max: 1,
      legendTable: 'highest first',
      whenEmpty: 'Nothing above 5 %',
    },
    {
      id: 3,
      kind: 'table',
      title: 'Runs out at',
      queries: [{ expr: `bottomk(30, ${RUNS_OUT} > time()) * 1000` }],
      at: grid(0, 12, 12, 9),
      unit: 'dateTimeFromNow',
      valueColumn: 'runs out',
      sortRows: 'ascending',
      opensAccount: true,
      whenEmpty: 'Nothing at the present pace',
    },
    {
      id: 4,
      kind: 'table',
      title: 'Dry until the reset',
      description: 'How long a quota is or will be empty before it comes back, where it runs out first.',
      queries: [
        {
          expr: `(tokstat_quota_reset_timestamp_seconds{${CHOSEN}} - clamp_min(${RUNS_OUT}, time())) > 0`,
        },
      ],
      at: grid(12, 12, 12, 9),
      unit: 's',
      valueColumn: 'dry for',
      sortRows: 'descending',
      opensAccount: true,
      whenEmpty: 'Nothing at the present pace',
    },
    {
      id: 5,
      kind: 'lines',
      title: 'Used per hour, as a share of the quota',
      description:
        'The slope of the last hour, from Prometheus itself, above 1 %; a reset makes it negative and is not shown.',
      queries: [
        {
          expr: `(-3600 * deriv(tokstat_quota_remaining_ratio{${CHOSEN},quota!~"tab_.*|chat_.*|x[.].*"}[1h])) > 0.01`,
          legend: '{{account}} - {{quota}}',
        },
      ],
      at: grid(0, 21, 24, 9),
      unit: 'percentunit',
      min: 0,
      decimals: 0,
      legendTable: 'highest first',
      whenEmpty: 'Nothing is being used',
    },
  ],
}
