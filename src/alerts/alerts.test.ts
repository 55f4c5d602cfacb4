import { describe, expect, it } from 'vitest'
import { aProblem, NOW } from '../../test/helpers/states.ts'
import { type Alert, DAY_MS, type Forecast, HOUR_MS, MINUTE_MS, plusMs, type Quota, SECOND_MS } from '../model/index.ts'
import { aRule, aWorld, left, NTFY, WEBHOOK, type World } from './testing.ts'

const POLL = 5 * MINUTE_MS
const LOW = aRule({ when: { kind: 'level', atMost: 'low' }, name: 'low' })

async function readAll(world: World, shares: readonly (number | Quota)[], id = 'claude/a'): Promise<void> {
  for (const share of shares) {
    await world.read(id, [typeof share === 'number' ? left(share) : share])
    await world.pass(POLL)
  }
}

function events(world: World): readonly string[] {
  return world.received.map(({ body }) => `${body.event} ${body.state}`)
}

describe('a rule', () => {
  it('fires at its threshold, ends five points above it, and may fire again in the next cycle', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'remaining_ratio', below: 0.1 } })] })
    await readAll(world, [0.3, 0.1, 0.0999, 0.12, 0.149, 0.15])
    expect(events(world)).toEqual(['remaining firing', 'remaining resolved'])
    const next = { resetsAt: plusMs(NOW, 8 * HOUR_MS) }
    await world.pass(3 * HOUR_MS)
    await readAll(world, [left(1, next), left(0.7, next), left(0.4, next), left(0.05, next)])
    expect(events(world)).toEqual(['remaining firing', 'remaining resolved', 'remaining firing'])
  })

  it('says the whole alert, in one sentence with the account first', async () => {
    const world = aWorld({ rules: [LOW] })
    await readAll(world, [0.4, 0.23])
    const [message] = world.received
    expect(message?.headers['x-tokstat-delivery']).toBe(message?.body.id)
    expect(message?.body).toEqual({
      id: expect.stringMatching(/^[0-9a-z]+-[0-9a-f]{8}$/),
      rule: 'low',
      event: 'level',
      state: 'firing',
      severity: 'warning',
      account: 'claude/a',
      provider: 'claude',
      quota: 'session',
      level: 'low',
      remainingRatio: 0.23,
      resetsAt: '2026-11-22T12:00:00Z',
      at: '2026-11-22T09:05:00Z',
      resolvedAt: null,
      message: 'Claude: Session is low, 23% left. Resets 12:00 (in 2h 55m).',
      acknowledgedAt: null,
      snoozedUntil: null,
      deliveries: [{ channel: 'ops', state: 'pending', at: '2026-11-22T09:05:00Z', error: null }],
    } satisfies Alert)
    const delivered = { channel: 'ops', state: 'delivered', at: '2026-11-22T09:05:00Z', error: null }
    expect(world.alerts.log({ limit: 1 })[0]?.deliveries).toEqual([delivered])
    expect(world.counts.get('level/ops/delivered')).toBe(1)
    expect(world.published.map((alert) => alert.state)).toEqual(['firing'])
  })

  it('watches only what its selectors name', async () => {
    const rules = [
      aRule({ when: { kind: 'exhausted' }, name: 'provider', provider: ['codex'] }),
      aRule({ when: { kind: 'exhausted' }, name: 'account', account: ['b'] }),
      aRule({ when: { kind: 'exhausted' }, name: 'id', account: ['claude/a'] }),
      aRule({ when: { kind: 'exhausted' }, name: 'quota', quota: ['weekly'] }),
      aRule({ when: { kind: 'exhausted' }, name: 'kind', kind: ['model', 'budget'] }),
      aRule({ when: { kind: 'exhausted' }, name: 'helper', quota: ['tab_model'] }),
    ]
    const quotas = (share: number): readonly Quota[] => [
      left(share),
      left(share, { id: 'x.unknown', inferred: true }),
      left(share, { id: 'tab_model', helper: true }),
    ]
    const world = aWorld({ rules })
    for (const share of [0.2, 0, 0]) {
      await world.read('claude/a', quotas(share))
      await world.pass(POLL)
    }
    expect(world.received.map(({ body }) => `${body.rule} ${body.quota}`).sort()).toEqual([
      'helper tab_model',
      'id session',
    ])
  })

  it('with `for` waits for that many readings in a row, or that long', async () => {
    const rules = [
      aRule({ when: LOW.when, name: 'three', for: { kind: 'readings', count: 3 } }),
      aRule({ when: LOW.when, name: 'ten minutes', for: { kind: 'time', ms: 10 * MINUTE_MS } }),
    ]
    const world = aWorld({ rules })
    await readAll(world, [0.31, 0.29, 0.29, 0.31, 0.29, 0.29])
    expect(world.received).toEqual([])
    await readAll(world, [0.29])
    expect(world.received.map(({ body }) => body.rule)).toEqual(['three', 'ten minutes'])
  })

  it('says that a quota is back: at once after a reset, after two readings without one', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'recovered' } }), aRule({ when: { kind: 'reset' } })] })
    await readAll(world, [0.1, 0, left(0), left(0.3), left(0.3)])
    expect(world.received.map(({ body }) => body.message)).toEqual(['Claude: Session is back, 30% left.'])
    await readAll(world, [0.1, 0])
    await world.pass(3 * HOUR_MS)
    await readAll(world, [left(1, { resetsAt: plusMs(NOW, 8 * HOUR_MS) })])
    expect(events(world).slice(1).sort()).toEqual(['recovered resolved', 'reset resolved'])
  })

  it('says that a quota runs out before its reset, and takes it back when that is unlikely', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'runs_out_before_reset' } })] })
    const forecast = (probability: number, exhaustsAt: string | null): Forecast => ({
      account: 'claude/a',
      quota: 'session',
      burnPerHourRatio: 0.2,
      exhaustsAt,
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: probability,
      pace: null,
      model: 'linear',
      score: null,
    })
    await readAll(world, [0.6])
    world.forecast = forecast(0.9, '2026-11-22T11:00:00Z')
    await readAll(world, [0.5])
    expect(world.received[0]?.body.message).toBe(
      'Claude: Session, 50% left. At this pace it runs out 11:00, 1h 0m before its reset.',
    )
    world.forecast = forecast(0.4, null)
    await readAll(world, [0.49])
    expect(world.received).toHaveLength(1)
    world.forecast = forecast(0.1, null)
    await readAll(world, [0.48])
    expect(events(world)).toEqual(['runs_out_before_reset firing', 'runs_out_before_reset resolved'])
  })

  it('that is taken out of the settings ends what it said', async () => {
    const world = aWorld({ rules: [LOW] })
    await readAll(world, [0.4, 0.2])
    world.settings = { ...world.settings, rules: [aRule({ when: { kind: 'reset' } })] }
    await readAll(world, [0.2])
    expect(world.alerts.log({ limit: 9, firing: true })).toEqual([])
    expect(events(world)).toEqual(['level firing', 'level resolved'])
  })

  it('ends for a quota that the service stopped reporting, and for an account that is gone', async () => {
    const world = aWorld({ rules: [LOW] })
    await readAll(world, [0.4, 0.2])
    await readAll(world, [0.4, 0.2], 'codex/a')
    await world.read('claude/a', [left(0.9, { id: 'weekly' })])
    expect(world.alerts.log({ limit: 9, firing: true }).map((alert) => alert.account)).toEqual(['codex/a'])
    world.alerts.forget(['codex/a'])
    expect(world.alerts.log({ limit: 9, firing: true })).toEqual([])
  })
})

describe('without any rule', () => {
  it('four run into the log and the page alone', async () => {
    const world = aWorld()
    await readAll(world, [0.4, 0.2, 0])
    await world.fail('claude/a', 'signed_out')
    await world.pass(MINUTE_MS)
    expect(world.alerts.rules().map((rule) => rule.name)).toHaveLength(4)
    expect(world.received).toEqual([])
    const logged = world.alerts.log({ limit: 9 }).map((alert) => alert.event)
    expect([...logged].sort()).toEqual(['auth_required', 'exhausted', 'level'])
    expect(new Set(world.published.map((alert) => alert.event))).toEqual(new Set(logged))
  })
})

describe('quiet hours', () => {
  it('hold messages and say them together afterwards, without those that are over', async () => {
    const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS) % 1_440
    const quiet = { fromMinute: 8 * 60, toMinute: 10 * 60 }
    const rule = aRule({ when: LOW.when, name: 'low', quiet })
    const world = aWorld({ rules: [rule], minuteOf, channels: { ops: NTFY } })
    for (const id of ['claude/a', 'codex/a', 'copilot/a']) {
      await world.read(id, [left(0.4)])
      await world.read(id, [left(0.2)])
      await world.pass(SECOND_MS)
    }
    await world.read('copilot/a', [left(0.9)])
    await world.pass(59 * MINUTE_MS)
    expect(world.received).toEqual([])
    await world.pass(2 * MINUTE_MS)
    expect(world.received).toHaveLength(1)
    expect(world.received[0]?.body.message).toMatch(/^2 alerts:\nClaude: .*\nCodex: /)
    const [alert] = world.alerts.log({ account: 'codex/a', limit: 1 })
    expect(alert?.deliveries[0]?.state).toBe('delivered')
  })
})

describe('what a person may say', () => {
  it('acknowledged: no repeats', async () => {
    const world = aWorld({ rules: [aRule({ when: LOW.when, repeat: 10 * MINUTE_MS })] })
    await readAll(world, [0.4, 0.2, 0.2, 0.2])
    expect(world.received).toHaveLength(2)
    expect(world.received[1]?.headers['x-tokstat-delivery']).toBe(`${world.received[0]?.body.id}.2`)
    expect(world.alerts.acknowledge(world.received[0]?.body.id ?? '')?.acknowledgedAt).not.toBeNull()
    await readAll(world, [0.2, 0.2, 0.2, 0.2, 0.2, 0.2])
    expect(world.received).toHaveLength(2)
  })

  it('snoozed: silence for a while, then a word if it still holds', async () => {
    const world = aWorld({ rules: [aRule({ when: LOW.when, repeat: 10 * MINUTE_MS })] })
    await readAll(world, [0.4, 0.2])
    expect(world.alerts.snooze(world.received[0]?.body.id ?? '', HOUR_MS)?.snoozedUntil).toBe('2026-11-22T10:10:00Z')
    for (let poll = 0; poll < 11; poll += 1) await readAll(world, [0.2])
    expect(world.received).toHaveLength(1)
    await readAll(world, [0.2, 0.2])
    expect(world.received).toHaveLength(2)
  })

  it('a rule, an account or a quota is snoozed before anything fires, and nothing else is', async () => {
    const about = { rule: null, account: 'claude/a', quota: 'session' }
    const world = aWorld({ rules: [LOW] })
    const snooze = world.alerts.snoozeTarget(about, HOUR_MS)
    expect(snooze).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}$/), ...about, until: '2026-11-22T10:00:00Z' })
    await readAll(world, [0.4, 0.2])
    await readAll(world, [0.4, 0.2], 'claude/b')
    expect(world.received.map(({ body }) => body.account)).toEqual(['claude/b'])
    const [, silent] = world.alerts.log({ limit: 2 })
    expect(silent).toMatchObject({ account: 'claude/a', state: 'firing', snoozedUntil: snooze.until, deliveries: [] })
    for (let poll = 0; poll < 10; poll += 1) await readAll(world, [0.2])
    expect(world.received.map(({ body }) => body.account)).toEqual(['claude/b', 'claude/a'])
  })

  it('a snooze survives a kill and the end of a cycle; the same target again moves its end', async () => {
    const first = aWorld({ rules: [LOW] })
    const rule = { rule: 'low', account: null, quota: null }
    const { id } = first.alerts.snoozeTarget(rule, HOUR_MS)
    expect(first.alerts.snoozeTarget(rule, 8 * HOUR_MS)).toMatchObject({ id, until: '2026-11-22T17:00:00Z' })
    const world = first.restarted()
    expect(world.alerts.snoozes()).toEqual([{ id, ...rule, until: '2026-11-22T17:00:00Z' }])
    const next = { resetsAt: plusMs(NOW, 8 * HOUR_MS) }
    await readAll(world, [0.4, 0.2])
    await world.pass(3 * HOUR_MS)
    await readAll(world, [left(1, next), left(0.2, next), left(0.2, next)])
    expect(world.received).toEqual([])
    await world.pass(6 * HOUR_MS)
    expect(world.alerts.snoozes()).toEqual([])
  })

  it('moments are logged and not said; unsnoozed, what still holds is said at once', async () => {
    const world = aWorld({ rules: [LOW, aRule({ when: { kind: 'recovered' } })] })
    const { id } = world.alerts.snoozeTarget({ rule: null, account: 'claude/a', quota: null }, DAY_MS)
    await readAll(world, [0.1, 0, left(0.3), left(0.3), 0.2])
    expect(world.alerts.log({ limit: 9 }).map(({ rule }) => rule)).toEqual(['recovered', 'low'])
    expect(world.received).toEqual([])
    expect(world.alerts.unsnooze(id)).toMatchObject({ id, account: 'claude/a' })
    expect(world.alerts.unsnooze(id)).toBeNull()
    await world.pass(MINUTE_MS)
    expect(world.received.map(({ body }) => body.rule)).toEqual(['low'])
    expect(world.alerts.log({ limit: 9, firing: true })[0]?.snoozedUntil).toBeNull()
  })

  it('an account that is snoozed keeps none of its kind silent when several fail at once', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'auth_required' } })] })
    for (const id of ['claude/a', 'claude/b', 'claude/c']) await world.read(id, [left(0.5)])
    world.alerts.snoozeTarget({ rule: null, account: 'claude/a', quota: null }, DAY_MS)
    for (const id of ['claude/a', 'claude/b', 'claude/c']) await world.fail(id, 'signed_out')
    await world.pass(MINUTE_MS)
    expect(world.received).toHaveLength(1)
    expect(world.received[0]?.body.message).toContain('Claude (2 accounts)')
  })

  it('an outage is snoozed by its own alert', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'stale' } })] })
    for (const id of ['claude/a', 'codex/b']) await world.read(id, [left(0.5)])
    world.alerts.snoozeTarget({ rule: 'offline', account: null, quota: null }, DAY_MS)
    for (const id of ['claude/a', 'codex/b']) await world.fail(id, 'offline')
    await world.pass(2 * MINUTE_MS)
    expect(world.received).toEqual([])
    expect(world.alerts.log({ limit: 1 })[0]).toMatchObject({ rule: 'offline', deliveries: [] })
  })

  it('about an alert that is over or never was: null', async () => {
    const world = aWorld({ rules: [LOW] })
    await readAll(world, [0.4, 0.2, 0.9])
    expect(world.alerts.snooze(world.received[0]?.body.id ?? '', HOUR_MS)).toBeNull()
    expect(world.alerts.acknowledge('nonsense')).toBeNull()
  })
})

describe('an account', () => {
  it('that is signed out is told of with what to do, unless an outage hides it', async () => {
    const world = aWorld({
      rules: [aRule({ when: { kind: 'auth_required' } }), aRule({ when: { kind: 'forbidden' } })],
    })
    await world.read('claude/ada@example.com', [left(0.5)])
    await world.read('claude/work', [left(0.5)])
    const last = world.accounts.get('claude/ada@example.com')
    if (last === undefined) throw new Error('no account')
    const problem = aProblem('signed_out', { hint: 'Run `claude` once.' })
    await world.fail('claude/ada@example.com', 'signed_out')
    world.accounts.set('claude/ada@example.com', {
      ...last,
      attempt: { at: world.clock.clock.now(), tookMs: 1, problem },
    })
    await world.pass(MINUTE_MS)
    expect(world.received[0]?.body.message).toBe('Claude (ada@example.com): signed out. Run `claude` once.')
    await world.fail('claude/ada@example.com', 'network')
    await world.pass(HOUR_MS)
    expect(world.received).toHaveLength(1)
    await world.read('claude/ada@example.com', [left(0.5)])
    await world.pass(MINUTE_MS)
    expect(world.received[1]?.body).toMatchObject({ event: 'auth_required', state: 'resolved' })
  })

  it('has another name outside with privacy, and is found by it (L13)', async () => {
    const shown = (text: string) => text.replaceAll('ada@example.com', 'claude-k3v7qa')
    const world = aWorld({ rules: [LOW], shown, hide: shown, channels: { ops: WEBHOOK, chat: NTFY } })
    world.settings = { ...world.settings, rules: [{ ...LOW, notify: ['ops', 'chat'] }] }
    await world.read('claude/work', [left(0.5)])
    await readAll(world, [0.4, 0.2], 'claude/ada@example.com')
    world.alerts.announce('auto_switch', 'ada@example.com is now the active account.', 'claude/ada@example.com')
    expect(world.received[0]?.body.message).toContain('Claude (claude-k3v7qa): Session is low')
    expect(world.received).toHaveLength(2)
    expect(JSON.stringify([world.received, world.published, world.alerts.log({ limit: 9 })])).not.toContain('ada@')
    expect(world.alerts.log({ limit: 9, account: 'claude/claude-k3v7qa' })).toHaveLength(2)
  })
})

describe('the sign of life', () => {
  it('is given while services answer, and withheld when tokstat is blind', async () => {
    let pings = 0
    const deadMan = { url: 'http://127.0.0.1:9/alive', intervalMs: 5 * MINUTE_MS }
    const world = aWorld({ deadMan })
    world.answer = async (request) => {
      if (request.method === 'GET') pings += 1
      return { status: 200 }
    }
    await world.read('claude/a', [left(0.5)])
    await world.pass(11 * MINUTE_MS)
    expect(pings).toBe(3)
    await world.pass(DAY_MS)
    expect(pings).toBeLessThan(9)
    const before = pings
    await world.read('claude/a', [left(0.5)])
    await world.fail('claude/a', 'offline')
    await world.pass(10 * MINUTE_MS)
    expect(pings).toBe(before)
  })
})

describe('a test message', () => {
  it('goes past the outbox and says what came of it', async () => {
    const world = aWorld({ channels: { ops: WEBHOOK } })
    expect(await world.alerts.test('ops')).toMatchObject({ delivered: true, target: '127.0.0.1:9', error: null })
    world.answer = async () => ({ status: 403 })
    expect(await world.alerts.test('ops')).toMatchObject({ delivered: false, error: '127.0.0.1:9 answered 403.' })
    await expect(world.alerts.test('opps')).rejects.toMatchObject({ exitCode: 4, hint: 'Known channels: ops.' })
    expect(world.alerts.log({ limit: 9 })).toEqual([])
  })
})

describe('a channel', () => {
  it('that is taken out of the settings ends its messages; its list shows what waits and why', async () => {
    const world = aWorld({ rules: [LOW] })
    world.answer = async () => ({ status: 500 })
    await readAll(world, [0.4, 0.2])
    expect(world.alerts.channels()).toEqual([
      { name: 'ops', type: 'webhook', target: '127.0.0.1:9', waiting: 1, lastError: '127.0.0.1:9 answered 500.' },
    ])
    world.settings = { ...world.settings, channels: {} }
    await world.pass(HOUR_MS)
    expect(world.history.pending(plusMs(NOW, DAY_MS), 9)).toEqual([])
    // The address is a secret: the host may be logged, the rest may not (L12).
    expect(JSON.stringify(world.logged)).toContain('127.0.0.1:9')
    expect(JSON.stringify(world.logged)).not.toContain('hook')
  })
})
