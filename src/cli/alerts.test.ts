import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import type { Alert, AlertQuery, Snooze, SwitchReport } from '../model/alerts.ts'
import type { AlertDesk, AlertsOverview, App } from '../model/app.ts'

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
  rules: [{ name: 'low', event: 'level', when: 'level <= low', severity: 'warning', notify: ['ops'] }],
  channels: [{ name: 'ops', type: 'webhook', target: 'hooks.example.com', waiting: 2, lastError: 'It answered 500.' }],
  snoozes: [],
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
      '08:30  ! firing  Claude (work): Session is low, 20% left.  ops: delivered  abc-01',
      '',
      'Rules',
      '  low  level <= low  ops',
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

  it('list: what is snoozed, and until when', async () => {
    const alerts = [{ ...ALERT, snoozedUntil: SNOOZE.until }]
    const { out } = await cli('alerts list', {
      app: app({ alerts: async () => ({ ...OVERVIEW, alerts, snoozes: [SNOOZE] }) }),
    })
    expect(out.split('\n').slice(0, 5)).toEqual([
      '08:30  ! firing  Claude (work): Session is low, 20% left.  snoozed until 11:00  abc-01',
      '',
      'Snoozed',
      '  rule low, account claude/work  until 11:00  0a1b2c3d',
      '',
    ])
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

const SNOOZE: Snooze = {
  id: '0a1b2c3d',
  rule: 'low',
  account: 'claude/work',
  quota: null,
  until: '2026-11-22T11:00:00Z',
}

describe('what a person says about alerts', () => {
  function desk(overview: Partial<AlertsOverview> = {}) {
    const said: unknown[][] = []
    const note = <Answer>(answer: Answer, ...words: readonly unknown[]): Promise<Answer> => {
      said.push([...words])
      return Promise.resolve(answer)
    }
    const alertDesk: AlertDesk = {
      snooze: (id, forMs) => note({ ...ALERT, snoozedUntil: SNOOZE.until }, 'snooze', id, forMs),
      snoozeTarget: (target, forMs) => note({ ...SNOOZE, ...target }, 'target', target, forMs),
      unsnooze: (id) => note(SNOOZE, 'unsnooze', id),
      acknowledge: (id) => note({ ...ALERT, acknowledgedAt: SNOOZE.until }, 'ack', id),
    }
    const alerts = async () => ({ ...OVERVIEW, ...overview })
    return { said, facts: { app: app({ alerts, alertDesk: async () => alertDesk }) } }
  }

  it('snooze: an alert by its id, a rule, an account, a quota, or these together', async () => {
    const { said, facts } = desk()
    const none = { rule: null, account: null, quota: null }
    expect((await cli('alerts snooze abc-01', facts)).out).toContain('✓ Snoozed until 11:00: Claude (work): Session')
    expect((await cli('alerts snooze low --for 2h', facts)).out.split('\n')).toEqual([
      '✓ Snoozed until 11:00: rule low',
      '  Undo: tokstat alerts unsnooze 0a1b2c3d',
      '',
    ])
    await cli('alerts snooze claude/work --quota session --for 30m', facts)
    await cli('alerts snooze work --rule low', facts)
    await cli('alerts snooze low --account work', facts)
    const { out } = await cli('alerts snooze --quota weekly --for 30d --json', facts)
    expect(JSON.parse(out)).toEqual({ snooze: { ...SNOOZE, ...none, quota: 'weekly' } })
    expect(said).toEqual([
      ['snooze', 'abc-01', 3_600_000],
      ['target', { ...none, rule: 'low' }, 7_200_000],
      ['target', { ...none, account: 'claude/work', quota: 'session' }, 1_800_000],
      ['target', { ...none, rule: 'low', account: 'claude/work' }, 3_600_000],
      ['target', { ...none, rule: 'low', account: 'claude/work' }, 3_600_000],
      ['target', { ...none, quota: 'weekly' }, 30 * 86_400_000],
    ])
  })

  it.each([
    ['alerts snooze', 'What is to be snoozed?'],
    ['alerts snooze lwo', 'Did you mean `low`?'],
    ['alerts snooze --rule loud', 'Known rules: low.'],
    ['alerts snooze low --rule low', 'Two rules are named.'],
    ['alerts snooze claude/work --account work', 'Two accounts are named.'],
    ['alerts snooze low --for 31d', '30 days at most'],
    ['alerts snooze low --for soon', 'Write it like'],
    ['alerts unsnooze', 'say --all'],
    ['alerts unsnooze low --all', 'say --all'],
    ['alerts unsnooze high', 'Snoozed: 0a1b2c3d (rule low, account claude/work).'],
    ['alerts ack', 'say --all'],
    ['alerts ack nobody', 'There is no firing alert, rule or account "nobody".'],
  ])('`tokstat %s` exits 4 and says what to do', async (line, words) => {
    const { said, facts } = desk({ snoozes: [SNOOZE] })
    const { code, err } = await cli(line, facts)
    expect(code).toBe(4)
    expect(err).toContain(words)
    expect(said).toEqual([])
  })

  it('unsnooze: by id, or by what was snoozed', async () => {
    const { said, facts } = desk({
      snoozes: [SNOOZE, { ...SNOOZE, id: 'ffff0000', account: 'codex/home', rule: null }],
    })
    for (const word of ['0a1b2c3d', 'low', 'work', 'claude/work']) {
      expect((await cli(`alerts unsnooze ${word}`, facts)).out).toBe(
        '✓ Not snoozed any more: rule low, account claude/work\n',
      )
    }
    await cli('alerts unsnooze --all', facts)
    expect(said.map(([, id]) => id)).toEqual([...Array(5).fill('0a1b2c3d'), 'ffff0000'])
    expect((await cli('alerts unsnooze --all', desk().facts)).out).toBe('Nothing is snoozed.\n')
  })

  it('ack: what fires, by id, rule or account, or all of it', async () => {
    const { said, facts } = desk({ alerts: [ALERT, { ...ALERT, id: 'abc-02', rule: 'other', account: 'codex/home' }] })
    for (const word of ['abc-01', 'low', 'claude/work']) {
      expect((await cli(`alerts ack ${word}`, facts)).out).toBe('✓ Seen: Claude (work): Session is low, 20% left.\n')
    }
    expect(JSON.parse((await cli('alerts ack --all --json', facts)).out).acknowledged).toHaveLength(2)
    expect(said.map(([, id]) => id)).toEqual(['abc-01', 'abc-01', 'abc-01', 'abc-01', 'abc-02'])
    expect((await cli('alerts ack --all', desk({ alerts: [] }).facts)).out).toBe('Nothing of it fires now.\n')
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
