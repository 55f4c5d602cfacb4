/** Every fault of alerts that reliability.md lists, injected. */
import { describe, expect, it } from 'vitest'
import { NOW } from '../../test/helpers/states.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, makeQuota, plusMs, SECOND_MS } from '../model/index.ts'
import { aRule, aWorld, left, NTFY, UNREACHABLE, WEBHOOK, type World } from './testing.ts'

const EXHAUSTED = aRule({ when: { kind: 'exhausted' } })
const LOW = aRule({ when: { kind: 'level', atMost: 'low' }, name: 'low' })
const STALE = aRule({ when: { kind: 'stale' } })
const AUTH = aRule({ when: { kind: 'auth_required' } })
const POLL = 5 * MINUTE_MS

function events(world: World): readonly string[] {
  return world.received.map(({ body }) => `${body.event} ${body.state}`)
}

/** 31 % and 29 % left, then what the test says: never a sudden fall. */
async function fall(world: World, id: string, to: number): Promise<void> {
  for (const share of [0.35, to]) {
    await world.read(id, [left(share)])
    await world.pass(POLL)
  }
}

describe('A01 our own outage', () => {
  it('is one notice while all services fail, and nothing about each account', async () => {
    const world = aWorld({ rules: [STALE] })
    const ids = ['claude/a', 'claude/b', 'codex/a', 'copilot/a', 'openrouter/a']
    for (const id of ids) await world.read(id, [left(0.8)])
    for (let round = 0; round < 12; round += 1) {
      await world.pass(POLL)
      for (const id of ids) await world.fail(id, 'network')
    }
    expect(events(world)).toEqual(['offline firing'])
    for (const id of ids) await world.read(id, [left(0.8)])
    await world.pass(MINUTE_MS)
    expect(events(world)).toEqual(['offline firing', 'offline resolved'])
  })

  it('is one message when one service is down for several accounts, and one when it is back', async () => {
    const world = aWorld({ rules: [STALE] })
    const down = ['claude/a', 'claude/b', 'claude/c']
    for (const id of [...down, 'codex/a', 'copilot/a']) await world.read(id, [left(0.8)])
    for (let round = 0; round < 8; round += 1) {
      await world.pass(POLL)
      for (const id of down) {
        await world.fail(id, 'upstream_unavailable')
        await world.pass(20 * SECOND_MS)
      }
      for (const id of ['codex/a', 'copilot/a']) await world.read(id, [left(0.8)])
    }
    expect(events(world)).toEqual(['stale firing'])
    expect(world.received[0]?.body).toMatchObject({ account: null, provider: 'claude' })
    expect(world.received[0]?.body.message).toMatch(/^Claude \(3 accounts\): no answer since 09:0\d/)
    for (const id of down) await world.read(id, [left(0.8)])
    await world.pass(MINUTE_MS)
    expect(events(world)).toEqual(['stale firing', 'stale resolved'])
  })
})

describe('A02 a channel that is down', () => {
  it('gets the message once when it is back, while the condition holds', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    world.answer = UNREACHABLE
    await fall(world, 'claude/a', 0)
    await world.pass(5 * MINUTE_MS)
    expect(world.received).toEqual([])
    world.answer = async () => ({ status: 200 })
    await world.pass(HOUR_MS)
    expect(events(world)).toEqual(['exhausted firing'])
  })

  it('is not told of what is over by then, nor of its end', async () => {
    const world = aWorld({ rules: [LOW] })
    world.answer = async () => ({ status: 503 })
    await fall(world, 'claude/a', 0.2)
    await world.read('claude/a', [left(0.9)])
    world.answer = async () => ({ status: 200 })
    await world.pass(HOUR_MS)
    expect(world.received).toEqual([])
    expect(world.alerts.log({ limit: 9 })[0]).toMatchObject({ state: 'resolved', deliveries: [{ state: 'expired' }] })
  })

  it('is given up after a day', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'auth_required' }, repeat: 30 * DAY_MS })] })
    world.answer = UNREACHABLE
    await world.read('claude/a', [left(0.5)])
    await world.fail('claude/a', 'signed_out')
    await world.pass(25 * HOUR_MS)
    expect(world.history.pending(plusMs(NOW, 99 * DAY_MS), 9)).toEqual([])
    const [alert] = world.alerts.log({ limit: 9 })
    expect(alert?.deliveries[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('A03 a glitch', () => {
  it('of one reading says nothing: 80, 0, 80 left', async () => {
    const world = aWorld({
      rules: [EXHAUSTED, LOW, aRule({ when: { kind: 'recovered' } }), aRule({ when: { kind: 'reset' } })],
    })
    for (const share of [0.8, 0, 0.8, 0.8]) {
      await world.read('claude/a', [left(share)])
      await world.pass(POLL)
    }
    expect(world.received).toEqual([])
  })

  it('of one reading says nothing: 20, 100, 20 left', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'reset' } }), aRule({ when: { kind: 'recovered' } })] })
    for (const share of [0.2, 1, 0.2, 0.2]) {
      await world.read('claude/a', [left(share)])
      await world.pass(POLL)
    }
    expect(world.received).toEqual([])
  })

  it('is told from a fall that stays', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    for (const share of [0.8, 0, 0]) {
      await world.read('claude/a', [left(share)])
      await world.pass(POLL)
    }
    expect(events(world)).toEqual(['exhausted firing'])
  })

  it('an inferred zero waits for a second reading', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await world.read('claude/a', [left(0.1)])
    await world.read('claude/a', [left(0, { inferred: true })])
    expect(world.received).toEqual([])
    await world.pass(POLL)
    await world.read('claude/a', [left(0, { inferred: true })])
    expect(events(world)).toEqual(['exhausted firing'])
  })
})

describe('A04 values that are not live', () => {
  it('change nothing: a failed attempt, a kept value, an old cache, a doubted answer', async () => {
    const world = aWorld({ rules: [EXHAUSTED, LOW] })
    const now = world.clock.clock.now
    await world.read('claude/a', [left(0.31)])
    await world.pass(POLL)
    await world.read('claude/a', [left(0, { observedAt: plusMs(now(), -HOUR_MS) })])
    await world.pass(POLL)
    await world.read('claude/a', [left(0)], { observedAt: plusMs(now(), -2 * HOUR_MS) })
    await world.pass(POLL)
    const reading = {
      identity: { subject: null, workspace: null, email: null, login: null },
      plan: null,
      quotas: [left(0)],
      notes: [{ code: 'suspect' as const, message: 'It does not fit.' }],
      observedAt: null,
      via: 'api.example.com',
    }
    await world.read('claude/a', [], { reading })
    await world.pass(POLL)
    await world.fail('claude/a', 'timeout')
    await world.pass(POLL)
    expect(world.received).toEqual([])
  })

  it('the same cache read twice is one reading', async () => {
    const world = aWorld({ rules: [aRule({ when: { kind: 'exhausted' }, for: { kind: 'readings', count: 2 } })] })
    await world.read('claude/a', [left(0.1)])
    await world.read('claude/a', [left(0)])
    const cached = world.accounts.get('claude/a')
    if (cached?.reading == null) throw new Error('no reading')
    await world.read('claude/a', [], { observedAt: cached.observedAt, reading: cached.reading })
    expect(world.received).toEqual([])
  })
})

describe('A05 accounts', () => {
  it('do not share a state: each is told of, with one rule', async () => {
    const world = aWorld({ rules: [LOW] })
    for (const id of ['claude/a', 'claude/b', 'codex/a']) await fall(world, id, 0.2)
    expect(world.received.map(({ body }) => body.account)).toEqual(['claude/a', 'claude/b', 'codex/a'])
  })
})

describe('A06 wobble', () => {
  it('round the threshold is one alert a window', async () => {
    const world = aWorld({ rules: [LOW], channels: { ops: { type: 'alertmanager', url: 'http://127.0.0.1:9' } } })
    for (let poll = 0; poll < 500; poll += 1) {
      await world.read('claude/a', [left(poll % 2 === 0 ? 0.36 : 0.29)])
      await world.pass(20 * SECOND_MS)
    }
    expect(world.alerts.log({ limit: 999 })).toHaveLength(1)
    const later = { resetsAt: plusMs(NOW, 8 * HOUR_MS) }
    await world.pass(HOUR_MS)
    for (const share of [1, 0.6, 0.35, 0.2]) {
      await world.read('claude/a', [left(share, later)])
      await world.pass(POLL)
    }
    expect(world.alerts.log({ limit: 999 })).toHaveLength(2)
  })

  it('of a balance needs five percent more before it is over', async () => {
    const rule = aRule({ when: { kind: 'remaining_amount', below: 5, unit: 'usd' } })
    const world = aWorld({ rules: [rule] })
    for (const remaining of [6, 4.9, 5.1, 4.9, 5.2, 4.8, 6, 4]) {
      await world.read('openrouter/a', [balance(remaining)])
      await world.pass(POLL)
    }
    expect(events(world)).toEqual(['remaining firing', 'remaining resolved', 'remaining firing'])
  })
})

describe('A07 and A08 a kill', () => {
  it('before the commit leaves nothing, and the next reading says it once', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await world.read('claude/a', [left(0.1)])
    const before = world.accounts.get('claude/a') ?? null
    expect(() =>
      world.history.record(
        {
          at: world.clock.clock.now(),
          account: { id: 'claude/a', provider: 'claude', name: 'a' },
          reading: { quotas: [left(0)], notes: [] },
          observedAt: null,
          problem: null,
        },
        (tx) => {
          if (before === null) throw new Error('no reading before')
          const reading = before.reading === null ? null : { ...before.reading, quotas: [left(0)] }
          const observedAt = plusMs(world.clock.clock.now(), 1)
          world.alerts.onAttempt({ before, after: { ...before, reading, observedAt } }, tx)
          throw new Error('killed')
        },
      ),
    ).toThrow('killed')
    expect(world.history.pending(plusMs(NOW, DAY_MS), 9)).toEqual([])
    const next = world.restarted()
    await next.pass(POLL)
    await next.read('claude/a', [left(0)])
    expect(events(next)).toEqual(['exhausted firing'])
  })

  it('after the commit and before the send loses nothing; after both nothing fires again', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    world.answer = () => new Promise(() => undefined)
    await world.read('claude/a', [left(0.1)])
    await world.pass(POLL)
    await world.read('claude/a', [left(0)])
    expect(world.received).toEqual([])
    const next = world.restarted()
    await next.pass(MINUTE_MS)
    expect(events(next)).toEqual(['exhausted firing'])
    const third = next.restarted()
    for (let poll = 0; poll < 3; poll += 1) {
      await third.read('claude/a', [left(0)])
      await third.pass(POLL)
    }
    expect(third.received).toEqual([])
  })
})

describe('A09 a channel that hangs', () => {
  it('holds up no other one', async () => {
    const world = aWorld({
      rules: [aRule({ when: { kind: 'exhausted' }, notify: ['slow', 'ops'] })],
      channels: { ops: WEBHOOK, slow: { type: 'webhook', url: 'http://127.0.0.1:9/slow' } },
    })
    world.answer = (request) =>
      request.url.endsWith('/slow') ? new Promise(() => undefined) : Promise.resolve({ status: 200 })
    await world.read('claude/a', [left(0.1)])
    await world.read('codex/a', [left(0.1)])
    await world.pass(POLL)
    await world.read('claude/a', [left(0)])
    await world.read('codex/a', [left(0)])
    await world.pass(10 * SECOND_MS)
    expect(world.received.map(({ body }) => body.account)).toEqual(['claude/a', 'codex/a'])
    expect(world.counts.get('exhausted/slow/retry')).toBe(1)
  })
})

describe('A10 a balance', () => {
  it('is told of when it is empty, and never said to run out before a reset', async () => {
    const world = aWorld({ rules: [EXHAUSTED, aRule({ when: { kind: 'runs_out_before_reset' } })] })
    world.forecast = {
      account: 'openrouter/a',
      quota: 'credits',
      burnPerHourRatio: null,
      exhaustsAt: '2026-11-22T10:00:00Z',
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: 1,
      pace: null,
      model: 'linear',
      score: null,
    }
    for (const remaining of [6, 1, 0]) {
      await world.read('openrouter/a', [balance(remaining)])
      await world.pass(POLL)
    }
    expect(events(world)).toEqual(['exhausted firing'])
  })
})

describe('A11 a flood', () => {
  it('of 500 is five messages and then one digest', async () => {
    const world = aWorld({ rules: [EXHAUSTED], channels: { ops: NTFY } })
    for (let index = 0; index < 500; index += 1) await world.read(`claude/a${index}`, [left(0.1)])
    await world.pass(POLL)
    for (let index = 0; index < 500; index += 1) await world.read(`claude/a${index}`, [left(0)])
    await world.pass(MINUTE_MS)
    expect(world.received).toHaveLength(5)
    await world.pass(11 * MINUTE_MS)
    expect(world.received).toHaveLength(6)
    expect(world.received[5]?.body.message).toMatch(/^495 alerts:\n/)
    await world.pass(HOUR_MS)
    expect(world.received).toHaveLength(6)
  })

  it('of 500 is 500 posts of a webhook, each exactly the alert: a program is not bothered', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    for (let index = 0; index < 500; index += 1) await world.read(`claude/a${index}`, [left(0.1)])
    await world.pass(POLL)
    for (let index = 0; index < 500; index += 1) await world.read(`claude/a${index}`, [left(0)])
    await world.pass(MINUTE_MS)
    expect(new Set(world.received.map(({ body }) => body.account)).size).toBe(500)
    expect(world.received.filter(({ body }) => body.event === 'digest' || body.alerts !== undefined)).toEqual([])
  })

  it('of one pool is one message for people: nine models that each have less', async () => {
    const world = aWorld({ rules: [LOW], channels: { ops: NTFY } })
    const models = (share: number) =>
      Array.from({ length: 9 }, (_, index) => left(share - index / 100, { id: `claude-model-${index}`, kind: 'model' }))
    await world.read('antigravity/a', models(0.45))
    await world.pass(POLL)
    await world.read('antigravity/a', models(0.2))
    expect(world.received).toHaveLength(1)
    expect(world.alerts.log({ limit: 99 })).toHaveLength(9)
  })
})

describe('A12 a login that is needed', () => {
  it('is said once, then once a day, until it works', async () => {
    const world = aWorld({ rules: [AUTH] })
    await world.read('claude/a', [left(0.5)])
    for (let hour = 0; hour < 5 * 24; hour += 1) {
      await world.fail('claude/a', 'credential_revoked')
      await world.pass(HOUR_MS)
    }
    expect(world.received).toHaveLength(5)
    expect(new Set(world.received.map(({ headers }) => headers['x-tokstat-delivery'])).size).toBe(5)
    await world.read('claude/a', [left(0.5)])
    await world.pass(3 * DAY_MS)
    expect(events(world).at(-1)).toBe('auth_required resolved')
    expect(world.received).toHaveLength(6)
  })
})

describe('A13 a late message', () => {
  it('about a window that has ended is not sent', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    world.answer = UNREACHABLE
    const soon = { resetsAt: plusMs(NOW, 20 * MINUTE_MS) }
    await world.read('claude/a', [left(0.1, soon)])
    await world.pass(POLL)
    await world.read('claude/a', [left(0, soon)])
    await world.pass(15 * MINUTE_MS + 5 * SECOND_MS)
    world.answer = async () => ({ status: 200 })
    await world.pass(HOUR_MS)
    expect(world.received).toEqual([])
  })
})

describe('A14 a receiver that takes it and then drops the line', () => {
  it('gets it again under the same id', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    const ids: (string | undefined)[] = []
    world.answer = async (request) => {
      ids.push(request.headers['x-tokstat-delivery'])
      return ids.length === 1 ? UNREACHABLE() : { status: 200 }
    }
    await fall(world, 'claude/a', 0)
    await world.pass(MINUTE_MS)
    expect(ids).toHaveLength(2)
    expect(ids[0]).toBe(ids[1])
    expect(ids[0]).toBe(world.received[0]?.body.id)
  })
})

describe('A15 a leap of the clock', () => {
  it('fires nothing old for a minute, whatever became stale in the sleep', async () => {
    const world = aWorld({ rules: [STALE, EXHAUSTED, LOW, aRule({ when: { kind: 'reset' } })] })
    for (const id of ['claude/a', 'codex/a']) await world.read(id, [left(0.35)])
    await world.pass(POLL)
    world.clock.sleep(8 * HOUR_MS)
    await world.pass(5 * SECOND_MS)
    const fresh = { resetsAt: plusMs(NOW, 12 * HOUR_MS) }
    await world.read('claude/a', [left(0.9, fresh)])
    await world.pass(40 * SECOND_MS)
    await world.fail('codex/a', 'timeout')
    await world.pass(10 * SECOND_MS)
    await world.read('codex/a', [left(0.9, fresh)])
    await world.pass(HOUR_MS / 6)
    expect(world.received).toEqual([])
  })

  it('does not lose what still holds afterwards', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await world.read('claude/a', [left(0.2)])
    world.clock.sleep(HOUR_MS)
    await world.read('claude/a', [left(0)])
    expect(world.received).toEqual([])
    await world.pass(POLL)
    await world.read('claude/a', [left(0)])
    expect(events(world)).toEqual(['exhausted firing'])
  })

  it('back in time neither repeats nor holds anything for ever', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await fall(world, 'claude/a', 0)
    world.clock.jump(-6 * HOUR_MS)
    for (let poll = 0; poll < 4; poll += 1) {
      await world.read('claude/a', [left(0)])
      await world.read('codex/a', [left(poll === 3 ? 0 : 0.1)])
      await world.pass(POLL)
    }
    expect(world.received.map(({ body }) => body.account)).toEqual(['claude/a', 'codex/a'])
  })
})

function balance(remaining: number) {
  return makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining })
}
