import { type BoardSpec, grid } from '../kit.ts'

const CHOSEN = 'provider=~"$provider"'

/** Every account of every service at a glance: what is low, what is broken, what comes back next. */
export const FLEET: BoardSpec = {
  uid: 'tokstat-fleet',
  title: 'tokstat: fleet',
  description: 'Every account of every AI service: what is left, what is wrong, what comes back next.',
  tags: ['tokstat', 'tokens'],
  refresh: '1m',
  from: 'now-24h',
  variables: [{ name: 'provider', label: 'Service', query: 'label_values(tokstat_account_up, provider)', many: true }],
  panels: [
    {
      id: 1,
      kind: 'stat',
      title: 'Accounts',
      queries: [{ expr: `count(tokstat_account_up{${CHOSEN}})` }],
      at: grid(0, 0, 4, 4),
    },
    {
      id: 2,
      kind: 'stat',
      title: 'Accounts not read',
      queries: [{ expr: `count(tokstat_account_up{${CHOSEN}} == 0) or vector(0)` }],
      at: grid(4, 0, 5, 4),
      colours: 'bad-above-zero',
    },
    {
      id: 3,
      kind: 'stat',
      title: 'Quotas used up',
      queries: [{ expr: `count(tokstat_quota_remaining_ratio{${CHOSEN}} <= 0) or vector(0)` }],
      at: grid(9, 0, 5, 4),
      colours: 'bad-above-zero',
    },
    {
      id: 4,
      kind: 'stat',
      title: 'Quotas under 30 %',
      queries: [{ expr: `count(tokstat_quota_remaining_ratio{${CHOSEN}} < 0.3) or vector(0)` }],
      at: grid(14, 0, 5, 4),
      colours: 'bad-above-zero',
    },
    {
      id: 5,
      kind: 'stat',
      title: 'Oldest reading',
      queries: [{ expr: `max(time() - tokstat_account_last_success_timestamp_seconds{${CHOSEN}})` }],
      at: grid(19, 0, 5, 4),
      unit: 's',
    },
    {
      id: 6,
      kind: 'bars',
      title: 'Lowest quota of each account',
      queries: [
        {
          expr: `sort(min by (provider, account) (tokstat_quota_remaining_ratio{${CHOSEN}}))`,
          legend: '{{account}} ({{provider}})',
        },
      ],
      at: grid(0, 4, 12, 14),
      unit: 'percentunit',
      min: 0,
      max: 1,
      colours: 'left-ratio',
    },
    {
      id: 7,
      kind: 'lines',
      title: 'Lowest quota of each account over time',
      queries: [
        {
          expr: `min by (provider, account) (tokstat_quota_remaining_ratio{${CHOSEN}})`,
          legend: '{{account}} ({{provider}})',
        },
      ],
      at: grid(12, 4, 12, 14),
      unit: 'percentunit',
      min: 0,
      max: 1,
    },
    {
      id: 8,
      kind: 'table',
      title: 'Accounts with a problem',
      description: '`tokstat doctor` says what to do about each.',
      queries: [{ expr: `tokstat_account_status{${CHOSEN},status!~"ok|pending|disabled"}` }],
      at: grid(0, 18, 12, 8),
      hideColumns: ['Value'],
      whenEmpty: 'None',
    },
    {
      id: 9,
      kind: 'table',
      title: 'Next resets',
      queries: [{ expr: `bottomk(20, tokstat_quota_reset_timestamp_seconds{${CHOSEN}} > time()) * 1000` }],
      at: grid(12, 18, 12, 8),
      unit: 'dateTimeFromNow',
      valueColumn: 'resets',
    },
    {
      id: 10,
      kind: 'table',
      title: 'Balances',
      description: 'What is left in money or credits, where a service sells that.',
      queries: [
        {
          expr: `tokstat_quota_remaining{${CHOSEN}} and on (job, instance, provider, account, quota) tokstat_quota_info{kind="balance"}`,
        },
      ],
      at: grid(0, 26, 12, 8),
      valueColumn: 'left',
      whenEmpty: 'None',
    },
    {
      id: 11,
      kind: 'table',
      title: 'Accounts per plan',
      queries: [{ expr: `count by (provider, plan) (tokstat_account_info{${CHOSEN}})` }],
      at: grid(12, 26, 12, 8),
      valueColumn: 'accounts',
    },
  ],
}
