import { type BoardSpec, grid } from '../kit.ts'

const CHOSEN = 'provider=~"$provider"'

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
      queries: [
        {
          expr: `sort_desc(tokstat_quota_exhaustion_probability_ratio{${CHOSEN}})`,
          legend: '{{account}} - {{quota}}',
        },
      ],
      at: grid(0, 0, 12, 12),
      unit: 'percentunit',
      min: 0,
      max: 1,
      colours: 'risk-ratio',
      whenEmpty: 'No forecast yet: it needs some history',
    },
    {
      id: 2,
      kind: 'lines',
      title: 'Probability over time',
      queries: [{ expr: `tokstat_quota_exhaustion_probability_ratio{${CHOSEN}}`, legend: '{{account}} - {{quota}}' }],
      at: grid(12, 0, 12, 12),
      unit: 'percentunit',
      min: 0,
      max: 1,
    },
    {
      id: 3,
      kind: 'table',
      title: 'Runs out at',
      queries: [{ expr: `bottomk(30, tokstat_quota_exhaustion_timestamp_seconds{${CHOSEN}}) * 1000` }],
      at: grid(0, 12, 12, 9),
      unit: 'dateTimeFromNow',
      valueColumn: 'runs out',
      whenEmpty: 'Nothing at the present pace',
    },
    {
      id: 4,
      kind: 'table',
      title: 'Dry until the reset',
      description: 'How long a quota will be empty before it comes back, where it is expected to run out first.',
      queries: [
        {
          expr: `sort_desc((tokstat_quota_reset_timestamp_seconds{${CHOSEN}} - tokstat_quota_exhaustion_timestamp_seconds{${CHOSEN}}) > 0)`,
        },
      ],
      at: grid(12, 12, 12, 9),
      unit: 's',
      valueColumn: 'dry for',
      whenEmpty: 'Nothing at the present pace',
    },
    {
      id: 5,
      kind: 'lines',
      title: 'Used per hour, as a share of the quota',
      description: 'The slope of the last hour, from Prometheus itself; a reset makes it negative and is not shown.',
      queries: [
        {
          expr: `(-3600 * deriv(tokstat_quota_remaining_ratio{${CHOSEN}}[1h])) > 0`,
          legend: '{{account}} - {{quota}}',
        },
      ],
      at: grid(0, 21, 24, 9),
      unit: 'percentunit',
      min: 0,
      whenEmpty: 'Nothing is being used',
    },
  ],
}
