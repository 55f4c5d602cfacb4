import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { AppError, DAY_MS, epochMs, HOUR_MS, MINUTE_MS, makeQuota, plusMs } from '../model/index.ts'
import { openHistory } from './open.ts'
import { ADA, commitOf, SILENT, START, session, temporaryPath, testClock, testHistory } from './testing.ts'

const RESET = START + 2 * HOUR_MS

describe('record', () => {
  it('stores changed values and a sparse heartbeat, and nothing else', () => {
    const { store, poll } = testHistory()
    expect(poll([session(0.1, RESET)]).stored).toBe(1)
    for (let index = 0; index < 11; index++) expect(poll([session(0.1, RESET)]).stored).toBe(0)
    expect(poll([session(0.1, RESET)]).stored).toBe(1)
    expect(poll([session(0.2, RESET)]).stored).toBe(1)
    expect(store.stats()).toMatchObject({ samples: 3, storedSamples: 3, series: 1, accounts: 1 })
  })

  it('writes nothing at all for a quiet poll, so an idle day costs no disk (D18)', () => {
    const { store, poll, path } = testHistory()
    poll([session(0.1, RESET)])
    const reader = new DatabaseSync(path, { readOnly: true })
    const version = () => reader.prepare('PRAGMA data_version').get()?.['data_version']
    const before = version()
    for (let index = 0; index < 11; index++) poll([session(0.1, RESET + index * 5_000)])
    expect(version()).toBe(before)
    poll([session(0.3, RESET)])
    expect(version()).not.toBe(before)
    reader.close()
    store.close()
  })

  it('gives back values as they came: amounts, both ratios, unknown, unlimited, inferred', () => {
    const { store, poll } = testHistory()
    const usage = { used: 5_321, limit: 1_500, remaining: -3_821, usedRatio: 3.547333333, remainingRatio: 0 }
    poll([
      makeQuota({ id: 'premium', label: 'Premium', kind: 'window', unit: 'requests', ...usage }),
      makeQuota({ id: 'odd', label: 'Odd', kind: 'window', usedRatio: 0.2, remainingRatio: 0.7 }),
      makeQuota({ id: 'half', label: 'Half', kind: 'window', usedRatio: 0.25, remainingRatio: null }),
      makeQuota({ id: 'nothing', label: 'Nothing', kind: 'window' }),
      makeQuota({ id: 'free', label: 'Free', kind: 'window', unlimited: true, inferred: true }),
      makeQuota({ id: 'balance.usd', label: 'Balance', kind: 'balance', unit: 'USD', remaining: 12.34 }),
    ])
    const byQuota = new Map([...store.samples({})].map((sample) => [sample.quota, sample]))
    expect(byQuota.get('premium')).toMatchObject({ ...usage, unit: 'requests', at: START })
    expect(byQuota.get('odd')).toMatchObject({ usedRatio: 0.2, remainingRatio: 0.7 })
    expect(byQuota.get('half')).toMatchObject({ usedRatio: 0.25, remainingRatio: null })
    expect(byQuota.get('nothing')).toMatchObject({ usedRatio: null, remainingRatio: null, used: null, resetsAt: null })
    expect(byQuota.get('free')).toMatchObject({ unlimited: true, inferred: true })
    expect(byQuota.get('balance.usd')).toMatchObject({ remaining: 12.34, limit: null, unit: 'USD' })
  })

  it('keeps quotas and cycles as they are when an attempt failed', () => {
    const { store, poll, clock } = testHistory()
    poll([session(0.4, RESET)])
    const failed = store.record(commitOf(clock.now(), [], { reading: null, problem: 'timeout' }))
    expect(failed).toEqual({ stored: 0, events: [], durable: true })
    expect(store.cycles({})).toHaveLength(1)
    expect(store.cycles({})[0]?.endedAt).toBeNull()
  })

  it('closes the cycle of a quota that the service withdrew, but not for a reading that says it is partial', () => {
    const { store, poll, clock } = testHistory()
    poll([session(0.4, RESET), session(0.1, RESET, { id: 'weekly' })])
    const partial = { quotas: [session(0.4, RESET)], notes: [{ code: 'partial' as const, message: 'half' }] }
    expect(store.record(commitOf(clock.now(), [], { reading: partial })).events).toEqual([])
    expect(poll([session(0.4, RESET)]).events).toMatchObject([{ quota: 'weekly', closed: { ended: 'withdrawn' } }])
    poll([session(0.4, RESET), session(0, RESET, { id: 'weekly' })])
    const [now, before] = store.cycles({ quota: 'weekly' })
    expect(now).toMatchObject({ endedAt: null, startedAt: before?.endedAt })
    expect(before).toMatchObject({ ended: 'withdrawn', peakUsedRatio: 0.1 })
  })

  it('stores in sequence when the clock goes back, repeats or leaps years (T12 D20)', () => {
    const { store, poll, clock } = testHistory()
    const used = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    poll([session(0.1, null)], 0)
    poll([session(0.2, null)], MINUTE_MS)
    clock.jump(-HOUR_MS)
    poll([session(0.3, null)], MINUTE_MS)
    clock.jump(3_652 * DAY_MS)
    poll([session(0.4, null)], MINUTE_MS)
    clock.jump(-3_652 * DAY_MS)
    poll([session(0.5, null)], MINUTE_MS)
    poll([session(0.6, null)], MINUTE_MS)
    const samples = [...store.samples({})]
    expect(samples.map((sample) => sample.usedRatio)).toEqual(used)
    const seqs = samples.map((sample) => sample.seq)
    expect(new Set(seqs).size).toBe(6)
    expect(seqs).toEqual([...seqs].sort((one, other) => one - other))
    const recent = store.series({ since: plusMs(START, -2 * HOUR_MS), until: plusMs(START, DAY_MS), points: 50 })
    expect(recent[0]?.points.map((point) => point.usedRatio)).toEqual([0.1, 0.2, 0.3, 0.5, 0.6])
    store.maintain(clock.now())
    const known = store.rollups({ span: 'hour' }).map((rollup) => rollup.knownMs)
    expect(known.every((ms) => ms >= 0 && ms <= HOUR_MS)).toBe(true)
  })

  it('goes on after a restart: cycle, sequence, dedupe and a suspected reset', () => {
    const first = testHistory()
    first.poll([session(0.85, RESET)])
    first.poll([session(0, RESET)])
    const second = first.reopened()
    const recorded = second.poll([session(0.01, RESET)])
    expect(recorded.events).toMatchObject([{ closed: { ended: 'early_reset', endUsedRatio: 0.85 } }])
    const third = second.reopened()
    expect(third.poll([session(0.01, RESET)]).stored).toBe(0)
    expect(third.store.cycles({}).map((cycle) => cycle.ended)).toEqual([null, 'early_reset'])
  })
})

describe('series and cycles', () => {
  it('answers per account and quota, oldest first, with the reset marked', () => {
    const { store, poll, clock } = testHistory()
    for (const used of [0.5, 0.7, 0.9]) poll([session(used, START + 12 * MINUTE_MS)])
    poll([session(0.05, RESET + 3 * HOUR_MS)])
    store.record({ ...commitOf(clock.now(), [session(0.3, null)]), account: { ...ADA, id: 'claude/bob', name: 'bob' } })
    const [series, ...others] = store.series({ account: ADA.id, quota: 'session', points: 100 })
    expect(others).toEqual([])
    expect(series?.points.map((point) => [point.usedRatio, point.reset])).toEqual([
      [0.5, false],
      [0.7, false],
      [0.9, false],
      [0.05, true],
    ])
    expect(store.series({ points: 100 })).toHaveLength(2)
    expect(store.series({ account: 'nobody/none', points: 100 })).toEqual([])
    expect(store.cycles({ account: ADA.id })).toMatchObject([
      { endedAt: null, endUsedRatio: null, peakUsedRatio: 0.05 },
      { endedAt: START + 12 * MINUTE_MS, endUsedRatio: 0.9, peakUsedRatio: 0.9, ended: 'reset' },
    ])
  })

  it('bounds a query by its range, both ends included', () => {
    const { store, poll } = testHistory()
    for (let index = 0; index < 10; index++) poll([session(index / 10, null)], MINUTE_MS)
    const range = { since: plusMs(START, 2 * MINUTE_MS), until: plusMs(START, 4 * MINUTE_MS) }
    expect(store.series({ ...range, points: 50 })[0]?.points.map((point) => point.usedRatio)).toEqual([0.2, 0.3, 0.4])
    expect([...store.samples(range)].map((sample) => sample.usedRatio)).toEqual([0.2, 0.3, 0.4])
  })

  it('gives a year of five-hour windows of one quota, and forgets no other quota over it', () => {
    const { store } = testHistory({ path: ':memory:' })
    const length = 5 * HOUR_MS
    const record = (account: string, quota: string, cycles: number, lengthMs: number) => {
      for (let index = cycles - 1; index >= 0; index--) {
        const at = plusMs(START, -index * lengthMs)
        const quotas = [session(0.5, at + lengthMs / 2, { id: quota, windowSeconds: lengthMs / 1_000 })]
        store.record({ ...commitOf(at, quotas), account: { ...ADA, id: account } })
      }
    }
    record('claude/busy', 'session', 1_752, length)
    record('claude/calm', 'monthly', 3, 400 * DAY_MS)
    const count = (found: readonly { readonly account: string }[], account: string) =>
      found.filter((cycle) => cycle.account === account).length
    const all = store.cycles({})
    expect([count(all, 'claude/busy'), count(all, 'claude/calm')]).toEqual([1_752, 3])
    expect(all.map(({ endedAt }) => endedAt).slice(0, 3)).toEqual([null, null, expect.any(Number)])
    const few = store.cycles({ limit: 2 })
    expect([count(few, 'claude/busy'), count(few, 'claude/calm')]).toEqual([2, 2])
    expect(store.quotas({})).toEqual([
      { account: 'claude/busy', quota: 'session' },
      { account: 'claude/calm', quota: 'monthly' },
    ])
    expect(store.quotas({ account: 'claude/calm', quota: 'session' })).toEqual([])
  })

  it('reports how long the present cycle has been exhausted', () => {
    const { store, poll } = testHistory()
    poll([session(1, RESET)], 10 * MINUTE_MS)
    expect(store.cycles({})[0]?.exhaustedSeconds).toBe(600)
  })
})

describe('alert writes', () => {
  const message = {
    id: 'm1',
    channel: 'ops',
    createdAt: START,
    dueAt: START,
    attempts: 0,
    error: null,
    body: { text: 'low' },
  }

  it('go in with the reading, all or nothing (D07)', () => {
    const { store, clock, reopened } = testHistory()
    store.record(commitOf(clock.now(), [session(0.9, RESET)]), (tx) => {
      tx.putAlertState('low|session', clock.now(), { level: 'low' })
      tx.logAlert({ id: 'a1', at: clock.now(), account: ADA.id, body: { rule: 'low' } })
      tx.enqueue(message)
      tx.enqueue(message)
    })
    const boom = (): unknown =>
      store.record(commitOf(plusMs(clock.now(), 1), [session(0.99, RESET)]), (tx) => {
        tx.putAlertState('low|session', clock.now(), null)
        throw new Error('rule failed')
      })
    expect(boom).toThrow('rule failed')
    const again = reopened()
    expect([...again.store.samples({})]).toHaveLength(1)
    expect(again.store.alertLog({ limit: 10 })).toEqual([
      { id: 'a1', at: START, account: ADA.id, body: { rule: 'low' } },
    ])
    expect(again.store.pending(START, 10)).toEqual([message])
    again.store.transact((tx) => expect(tx.alertState('low|session')).toEqual({ level: 'low' }))
  })

  it('see their own writes, the events of the reading, and keep messages until they are settled', () => {
    const { store, poll, clock, reopened } = testHistory()
    poll([session(0.9, START + MINUTE_MS)])
    store.record(commitOf(clock.now(), [session(0.1, RESET)]), (tx) => {
      expect(tx.events).toMatchObject([{ account: ADA.id, quota: 'session', closed: { ended: 'reset' } }])
      tx.putAlertState('k', clock.now(), 1)
      expect(tx.alertState('k')).toBe(1)
      expect(tx.alertKeys()).toEqual(['k'])
      tx.enqueue(message)
    })
    store.transact((tx) => tx.postpone('m1', plusMs(START, HOUR_MS), 'refused'))
    expect(store.pending(START, 10)).toEqual([])
    const again = reopened()
    expect(again.store.pending(plusMs(START, HOUR_MS), 10)).toMatchObject([{ id: 'm1', attempts: 1, error: 'refused' }])
    again.store.transact((tx) => tx.settle('m1', again.clock.now(), null))
    again.store.transact((tx) => tx.enqueue(message))
    expect(again.store.pending(plusMs(START, DAY_MS), 10)).toEqual([])
    expect(again.reopened().store.pending(plusMs(START, DAY_MS), 10)).toEqual([])
  })
})

describe('purge', () => {
  it('forgets one account and nothing of another', () => {
    const { store, poll, clock, reopened } = testHistory()
    poll([session(0.1, RESET)])
    const bob = { ...ADA, id: 'claude/bob', name: 'bob' }
    store.record(commitOf(clock.now(), [session(0.3, null)], { account: bob }))
    store.maintain(clock.now())
    expect(store.purge(ADA.id)).toBe(1)
    expect(store.purge(ADA.id)).toBe(0)
    const again = reopened()
    expect([...again.store.samples({})].map((sample) => sample.account)).toEqual([bob.id])
    expect(again.store.rollups({ span: 'day' }).map((rollup) => rollup.account)).toEqual([bob.id])
    expect(again.store.cycles({}).map((cycle) => cycle.account)).toEqual([bob.id])
  })
})

describe('accounts', () => {
  it('remember how the last attempt ended, and since when', () => {
    const { store, poll, clock, reopened } = testHistory()
    poll([session(0.1, RESET)])
    const failed = { reading: null, problem: 'timeout' as const }
    store.record(commitOf(clock.now(), [], failed))
    store.record(commitOf(plusMs(clock.now(), HOUR_MS), [], failed))
    const expected = [{ account: ADA.id, provider: 'claude', name: ADA.name, problem: 'timeout', since: clock.now() }]
    expect(store.accounts()).toEqual(expected)
    expect(reopened().store.accounts()).toEqual(expected)
  })

  it('keep their history under a new name, and never swallow another one', () => {
    const { store, poll, clock, reopened } = testHistory()
    poll([session(0.1, RESET)])
    const bob = { ...ADA, id: 'claude/bob', name: 'bob' }
    store.record(commitOf(clock.now(), [session(0.3, null)], { account: bob }))
    expect(() => store.rename(ADA.id, bob)).toThrow(expect.objectContaining({ exitCode: 4 }))
    expect(store.rename('claude/nobody', { id: 'claude/x', name: 'x' })).toBe(false)
    expect(store.rename(ADA.id, { id: 'claude/work', name: 'work' })).toBe(true)
    const again = reopened()
    expect([...again.store.samples({})].map((sample) => [sample.account, sample.name, sample.usedRatio])).toEqual([
      ['claude/work', 'work', 0.1],
      [bob.id, 'bob', 0.3],
    ])
  })
})

describe('openHistory', () => {
  it('refuses any other storage.url, without repeating what may hold a password', () => {
    const open = (): unknown =>
      openHistory({ path: temporaryPath(), clock: testClock(), log: SILENT, url: 'postgres://ada:hunter2@db/x' })
    expect(open).toThrow(AppError)
    expect(open).toThrow(expect.objectContaining({ exitCode: 4, message: expect.stringContaining('postgres') }))
    expect(open).not.toThrow(/hunter2/)
  })

  it('passes over and counts rows it cannot read (D16)', () => {
    const first = testHistory()
    first.poll([session(0.85, RESET)])
    first.store.transact((tx) => tx.putAlertState('good', START, 1))
    first.store.close()
    const raw = new DatabaseSync(first.path)
    raw.exec(`INSERT INTO alert_state VALUES ('bad', 1, '{broken'); UPDATE cycles SET suspect = 'nonsense'`)
    raw.exec(`INSERT INTO outbox VALUES ('x', 'ops', 1, 1, 0, NULL, '{', NULL)`)
    raw.close()
    const { store } = testHistory({ path: first.path })
    expect(store.stats()).toMatchObject({ samples: 1, badRows: 3 })
    store.transact((tx) => expect(tx.alertKeys()).toEqual(['good']))
    expect(store.pending(epochMs(START), 10)).toEqual([])
  })
})
