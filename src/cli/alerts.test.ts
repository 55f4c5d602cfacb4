import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import type { Alert, AlertQuery, SwitchReport } from '../model/alerts.ts'
import type { AlertsOverview, App } from '../model/app.ts'

const ALERT: Alert = {
  id: 'abc-01',
  rule: 'low',
  event: 'level',
  state: 'firing',
  severity: 'warning',
  account: 'claude/work',
  provider: 'claude',
  quota: 'session',
  level: 'low',
  remainingRatio: 0.2,
  resetsAt: null,
  at: '2026-11-22T08:30:00Z',
  resolvedAt: null,
  message: 'Claude (work): Session is low, 20% left.\u001b[31m',
  acknowledgedAt: null,
  snoozedUntil: null,
  deliveries: [{ channel: 'ops', state: 'delivered', at: '2026-11-22T08:30:01Z', error: null }],
}

const OVERVIEW: AlertsOverview = {
  alerts: [ALERT],
  rules: [{ name: 'low', event: 'level', severity: 'warning', notify: ['ops'] }],
  channels: [{ name: 'ops', type: 'webhook', target: 'hooks.example.com', waiting: 2, lastError: 'It answered 500.' }],
  live: true,
}

function app(overrides: Partial<App> = {}): App {
  return fakeApp(undefined, { alerts: async () => OVERVIEW, ...overrides })
}

describe('tokstat alerts', () => {
  it('list: what fires, the rules, the channels; no escape reaches the terminal', async () => {
    const { code, out, err } = await cli('alerts list', { app: app() })
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      '08:30  ! firing  Claude (work): Session is low, 20% left.  ops: delivered',
      '',
      'Rules',
      '  low  level  ops',
      '',
      'Channels',
      '  ops  webhook  hooks.example.com  2 waiting  It answered 500.',
      '',
    ])
    expect(err).toBe('')
    const asleep = await cli('alerts list', { app: app({ alerts: async () => ({ ...OVERVIEW, live: false }) }) })
    expect(asleep.err).toContain('tokstat serve')
    expect(JSON.parse((await cli('alerts list --json', { app: app() })).out)).toEqual(OVERVIEW)
  })

  it('log: asks for an account and an age', async () => {
    const asked: AlertQuery[] = []
    const alerts: App['alerts'] = async (query) => {
      asked.push(query)
      return OVERVIEW
    }
    const { out } = await cli('alerts log --account claude/work --since 7d --limit 5', { app: app({ alerts }) })
    expect(out).toContain('! firing')
    expect(asked[0]).toMatchObject({ account: 'claude/work', since: Date.UTC(2026, 10, 15, 9), limit: 5 })
    expect((await cli('alerts log --since soon', { app: app() })).code).toBe(4)
    expect((await cli('alerts log --limit 0', { app: app() })).code).toBe(4)
  })

  it('test: says whether it arrived, also by its exit code', async () => {
    const result = { channel: 'ops', type: 'webhook', target: 'hooks.example.com', tookMs: 12 } as const
    const good = app({ testChannel: async () => ({ ...result, delivered: true, error: null }) })
    expect(await cli('alerts test ops', { app: good })).toMatchObject({
      code: 0,
      out: '✓ ops: delivered to hooks.example.com in 12 ms\n',
    })
    const bad = app({ testChannel: async () => ({ ...result, delivered: false, error: 'It answered 403.' }) })
    expect(await cli('alerts test ops', { app: bad })).toMatchObject({
      code: 3,
      out: '✗ ops: not delivered. It answered 403.\n',
    })
  })

  it('rehearse: what would have been said, and what cannot be known', async () => {
    const rehearseAlerts: App['rehearseAlerts'] = async () => ({
      since: '2026-10-23T09:00:00Z',
      alerts: [
        {
          rule: 'low',
          event: 'level',
          account: 'claude/work',
          quota: 'session',
          at: '2026-11-22T08:00:00Z',
          message: 'Claude: low.',
          resolvedAt: '2026-11-22T08:20:00Z',
        },
      ],
      rules: [
        { name: 'low', fired: 1, rehearsable: true },
        { name: 'signed out', fired: 0, rehearsable: false },
      ],
    })
    const { out } = await cli('alerts rehearse --since 30d', { app: app({ rehearseAlerts }) })
    expect(out.split('\n')).toEqual([
      '08:00  low  Claude: low.  until 08:20',
      '',
      'low: would have fired once',
      'signed out: cannot be rehearsed: the history does not keep it',
      '',
    ])
  })
})

describe('tokstat switch', () => {
  const report: SwitchReport = {
    account: 'antigravity/ada@example.com',
    file: '/home/ada/antigravity-accounts.json',
    changes: [{ key: 'activeIndexByFamily.claude', from: 0, to: 1 }],
    dryRun: false,
    kept: true,
  }

  it('says what it changed and where; a dry run what it would', async () => {
    const asked: unknown[] = []
    const switchAccount: App['switchAccount'] = async (account, options) => {
      asked.push([account, options])
      return { ...report, dryRun: options.dryRun }
    }
    const done = await cli('switch ada@example.com --pool claude', { app: app({ switchAccount }) })
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain(
      '✓ antigravity/ada@example.com is the active account now\n  activeIndexByFamily.claude: 0 → 1\n',
    )
    expect((await cli('switch ada@example.com --dry-run', { app: app({ switchAccount }) })).out).toContain(
      'would become',
    )
    expect(asked).toEqual([
      ['ada@example.com', { pool: 'claude', dryRun: false }],
      ['ada@example.com', { pool: null, dryRun: true }],
    ])
  })

  it('fails when its owner wrote its own choice back', async () => {
    const switchAccount: App['switchAccount'] = async () => ({ ...report, kept: false })
    const { code, err } = await cli('switch ada@example.com', { app: app({ switchAccount }) })
    expect(code).toBe(1)
    expect(err).toContain('Close OpenCode')
    const same: App['switchAccount'] = async () => ({ ...report, changes: [], kept: null })
    expect((await cli('switch ada@example.com', { app: app({ switchAccount: same }) })).out).toContain('already')
  })
})
