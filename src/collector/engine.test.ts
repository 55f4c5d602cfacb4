import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import type { AccountState } from '../model/account.ts'
import { statusOf } from '../model/freshness.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest } from '../model/provider.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import { type Harness, type Setup, testEngine } from './engine-testing.ts'
import { testCredential, testProvider, testQuota, testReading, testReply, testSettings } from './testing.ts'

const ID = 'claude/claude-code'
const open: { readonly harness: Harness; readonly time: FakeClock }[] = []

/** A started engine with one Claude account; `answer` may change while the test runs. */
async function started(facts: Omit<Setup, 'clock'> = {}, time = fakeClock()) {
  const world = { status: 200, headers: {} as HttpReply['headers'], body: '0.5', hang: false }
  const answer = (): HttpReply | Promise<HttpReply> =>
    world.hang ? new Promise(() => undefined) : testReply({ ...world, at: time.clock.now() })
  const harness = testEngine({ credentials: [testCredential()], answer, ...facts, clock: time.clock })
  open.push({ harness, time })
  const { engine } = harness
  await engine.start()
  await time.advance(3 * SECOND_MS)
  const state = (id = ID): AccountState => {
    const found = engine.board().accounts.find(({ account }) => account.id === id)
    if (!found) throw new Error(`no account ${id}`)
    return found
  }
  return { ...harness, time, world, state, status: (id = ID) => statusOf(state(id), time.clock.now()) }
}

afterEach(async () => {
  const all = open.splice(0)
  for (const { harness, time } of all) {
    const stopping = harness.engine.stop()
    await time.advance(5 * SECOND_MS)
    await stopping
  }
  for (const { time } of all) expect(time.pending()).toBe(0)
})

describe('the engine', () => {
  it('finds the accounts, polls each on its own schedule and publishes what it reads', async () => {
    const { engine, requests, time, state, status, files } = await started()
    expect(engine.isReady()).toBe(true)
    expect(status()).toBe('ok')
    expect(state().reading?.quotas[0]?.remainingRatio).toBe(0.5)
    expect(state().nextPollAt).toBeGreaterThan(time.clock.now())
    await time.advance(HOUR_MS)
    expect(requests.length).toBeGreaterThanOrEqual(11)
    expect(requests.length).toBeLessThanOrEqual(13)
    expect(files.board.content).toMatchObject({ accounts: [{ id: ID, status: 'ok' }] })
    expect(JSON.stringify(files)).not.toContain('fake-access')
  })

  it('keeps the last good reading through every failure, with its age (H06)', async () => {
    const { world, time, state, status } = await started()
    const { reading, observedAt } = state()
    const failures = [429, 'rate_limited', 503, 'unreachable', 403, 'forbidden'] as const
    for (let index = 0; index < failures.length; index += 2) {
      world.status = Number(failures[index])
      await time.advance(7 * HOUR_MS)
      expect(status()).toBe(failures[index + 1])
      expect(state().reading).toBe(reading)
      expect(state().observedAt).toBe(observedAt)
    }
  })

  it('ends a window that a good answer no longer names, and keeps the plan that only failed to be read', async () => {
    let plan: { id: string; name: string | null } | null = { id: 'pro', name: 'Pro' }
    let quotas = [testQuota(), testQuota({ id: 'weekly' })]
    const { time, state } = await started({
      providers: [testProvider({ read: async () => testReading({ plan, quotas }) })],
    })
    plan = null
    quotas = [testQuota({ id: 'weekly' })]
    await time.advance(6 * MINUTE_MS)
    expect(state().reading?.quotas.map((quota) => quota.id)).toEqual(['weekly'])
    expect(state().reading?.plan?.id).toBe('pro')
  })

  it('polls once, 5 to 60 seconds after a reset, and publishes the reset itself (T01, T17)', async () => {
    const time = fakeClock()
    const resetsAt = plusMs(time.clock.now(), 2 * MINUTE_MS)
    const asked: number[] = []
    const read = async () => {
      asked.push(time.clock.now() - resetsAt)
      return testReading({ quotas: [testQuota({ resetsAt })] })
    }
    const { engine } = await started({ providers: [testProvider({ read })] }, time)
    const before = engine.revision()
    await time.advance(2 * MINUTE_MS - 3 * SECOND_MS)
    expect(engine.revision()).toBe(before + 1)
    await time.advance(4 * MINUTE_MS)
    const after = asked.filter((ms) => ms > 0)
    expect(after).toHaveLength(1)
    expect(after[0]).toBeGreaterThanOrEqual(5 * SECOND_MS)
    expect(after[0]).toBeLessThanOrEqual(MINUTE_MS)
  })

  it('blocks a model that a 429 has named until a good reading comes, over a restart too (H10)', async () => {
    const { world, time, state, files, store } = await started()
    world.status = 429
    const details = [{ metadata: { model: 'claude-opus-4-5', quotaResetDelay: '2h' } }]
    world.body = JSON.stringify({ error: { details } })
    await time.advance(6 * MINUTE_MS)
    expect(state().blocks.map((block) => block.model)).toEqual(['claude-opus-4-5'])
    const second = testEngine({ clock: time.clock, files, store })
    await second.engine.openOnce()
    expect(second.engine.board().accounts[0]?.blocks).toEqual(state().blocks)
    world.status = 200
    world.body = '0.1'
    await time.advance(HOUR_MS)
    expect(state().blocks).toEqual([])
    await second.engine.stop()
  })
})

describe('a refused login', () => {
  it('keeps status and values at the first 401, and is signed out at the second in a row (H12)', async () => {
    const { world, time, state, status, requests } = await started()
    world.status = 401
    await time.advance(6 * MINUTE_MS)
    expect(requests).toHaveLength(2)
    expect(status()).toBe('ok')
    await time.advance(6 * MINUTE_MS)
    expect(status()).toBe('auth_required')
    expect(state().reading).not.toBeNull()
    await time.advance(50 * MINUTE_MS)
    expect(requests).toHaveLength(3)
    await time.advance(20 * MINUTE_MS)
    expect(requests).toHaveLength(4)
  })

  it('is forgotten when the next answer is good (H12)', async () => {
    const { world, time, status } = await started()
    for (let round = 0; round < 4; round += 1) {
      world.status = round % 2 === 0 ? 401 : 200
      await time.advance(5.3 * MINUTE_MS)
      expect(status()).toBe('ok')
    }
  })

  it('is signed out at once where there is nothing to keep', async () => {
    const { status } = await started({ answer: () => testReply({ status: 401 }) })
    expect(status()).toBe('auth_required')
  })

  it('is tried again as soon as its own credential changes, and not when another account’s does (H11, C11)', async () => {
    const grace = testCredential({ fingerprint: 'f9', slot: 'other', name: 'grace' })
    const { world, time, status, requests, store } = await started({ credentials: [testCredential(), grace] })
    world.status = 401
    await time.advance(12 * MINUTE_MS)
    expect(status()).toBe('auth_required')
    const before = requests.length
    store.set([testCredential(), { ...grace, fingerprint: 'f10' }])
    store.change()
    await time.advance(3 * SECOND_MS)
    expect(requests.length).toBe(before + 1)
    world.status = 200
    store.set([testCredential({ fingerprint: 'new' }), grace])
    store.change()
    await time.advance(3 * SECOND_MS)
    expect(status()).toBe('ok')
  })

  it('is not asked by hand inside its hour unless somebody has signed in', async () => {
    const { world, time, engine, requests, store } = await started({ answer: () => testReply({ status: 401 }) })
    expect(world.status).toBe(200)
    await time.advance(10 * MINUTE_MS)
    const [result] = await engine.refresh(null)
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'credential_expired' } })
    expect(requests).toHaveLength(1)
    store.set([testCredential({ fingerprint: 'new' })])
    await engine.refresh(null)
    expect(requests).toHaveLength(2)
  })
})

describe('cooldowns in the engine', () => {
  it('bind the refresh button and a restarted process (H03)', async () => {
    const { world, time, engine, requests, files, store } = await started()
    world.status = 429
    world.headers = { 'retry-after': '3600' }
    await time.advance(6 * MINUTE_MS)
    expect(requests).toHaveLength(2)
    for (let press = 0; press < 50; press += 1) {
      const [result] = await engine.refresh([ID])
      expect(result).toMatchObject({ outcome: 'cooldown', problem: { code: 'rate_limited' } })
      expect(result?.retryAt).toBeGreaterThan(time.clock.now())
      await time.advance(MINUTE_MS)
    }
    await engine.stop()
    const next = await started({ files, store }, time)
    const [result] = await next.engine.refresh([ID])
    expect(result?.outcome).toBe('cooldown')
    expect(next.requests).toHaveLength(0)
    await time.advance(15 * MINUTE_MS)
    expect(next.requests.length).toBeGreaterThan(0)
  })

  it('leave other accounts of the same provider alone (H10)', async () => {
    const credentials = [
      testCredential({ name: 'ada' }),
      testCredential({ name: 'grace', fingerprint: 'f2', slot: 'b' }),
    ]
    const answer = (request: HttpRequest) =>
      testReply({ status: request.headers?.['authorization']?.endsWith('f2') ? 200 : 429 })
    const { time, status, requests } = await started({ credentials, answer })
    await time.advance(HOUR_MS)
    expect(status('claude/ada')).toBe('rate_limited')
    expect(status('claude/grace')).toBe('ok')
    expect(requests.filter((request) => request.headers?.['authorization']?.endsWith('f2')).length).toBeGreaterThan(10)
  })

  it('space out an endpoint that refuses 20 times, from a minute to an hour (H01)', async () => {
    const time = fakeClock()
    const at: number[] = []
    const answer = () => {
      at.push(time.clock.now())
      return testReply({ status: 429, at: time.clock.now() })
    }
    await started({ answer, settings: { intervalMs: { claude: MINUTE_MS } } }, time)
    await time.advance(12 * HOUR_MS)
    const gaps = at.slice(1).map((instant, index) => instant - (at[index] ?? 0))
    expect(gaps[0]).toBeGreaterThanOrEqual(MINUTE_MS)
    expect(gaps.every((gap, index) => index === 0 || gap >= Math.min(HOUR_MS, (gaps[index - 1] ?? 0) * 1.2))).toBe(true)
    expect(gaps.at(-1)).toBeLessThanOrEqual(1.5 * HOUR_MS + SECOND_MS)
  })

  it('are no business of answers that only this request was wrong for (H31)', async () => {
    const read = async (): Promise<never> => {
      throw new QuotaError({ code: 'rejected', message: 'Not like this.', httpStatus: 422 })
    }
    const { status, files, engine, time } = await started({ providers: [testProvider({ read })] })
    expect(status()).toBe('bad_response')
    expect(files.cooldowns.content).toBeNull()
    await time.advance(MINUTE_MS)
    expect((await engine.refresh([ID]))[0]).toMatchObject({ outcome: 'failed', problem: { code: 'rejected' } })
  })
})

describe('refreshing by hand', () => {
  it('asks at most once a minute, and joins an attempt that is under way', async () => {
    const { engine, time, requests, world } = await started()
    expect((await engine.refresh([ID]))[0]).toMatchObject({ outcome: 'cooldown', problem: null })
    await time.advance(MINUTE_MS)
    world.body = '0.25'
    const both = await Promise.all([engine.refresh([ID]), engine.refresh(null)])
    expect(both.map(([result]) => result?.outcome)).toEqual(['read', 'read'])
    expect(requests).toHaveLength(2)
    const [again] = await engine.refresh([ID])
    expect(again).toMatchObject({ outcome: 'cooldown', retryAt: plusMs(time.clock.now(), MINUTE_MS) })
  })

  it('may repeat a failed poll at once, but again only after a minute', async () => {
    const { engine, requests } = await started({ answer: () => testReply({ status: 503 }) })
    expect((await engine.refresh([ID]))[0]).toMatchObject({
      outcome: 'failed',
      problem: { code: 'upstream_unavailable' },
    })
    expect((await engine.refresh([ID]))[0]?.outcome).toBe('cooldown')
    expect(requests).toHaveLength(2)
  })

  it('ignores ids that nobody has, and counts progress', async () => {
    const { engine, time } = await started()
    await time.advance(MINUTE_MS)
    const seen: string[] = []
    const results = await engine.refresh(['claude/nobody', ID], {
      onProgress: (done, total) => seen.push(`${done}/${total}`),
    })
    expect(results.map((result) => result.account)).toEqual([ID])
    expect(seen).toEqual(['1/1'])
  })

  it('does not ask for a switched-off account', async () => {
    const { engine, requests, status } = await started({ credentials: [testCredential({ enabled: false })] })
    expect(status()).toBe('disabled')
    expect(await engine.refresh(null)).toEqual([])
    expect((await engine.refresh([ID]))[0]).toMatchObject({ outcome: 'failed', problem: { code: 'disabled' } })
    expect(requests).toHaveLength(0)
  })
})

describe('a one-shot run', () => {
  it('polls what is due and nothing else, leaves no timer, and hands on what it read', async () => {
    const { files, store, engine, time } = await started()
    await time.advance(MINUTE_MS)
    await engine.stop()
    const first = testEngine({ clock: time.clock, files, store })
    await first.engine.openOnce()
    expect(first.engine.board().accounts[0]?.reading?.quotas).toHaveLength(1)
    expect(await first.engine.refresh(null, { onlyDue: true })).toEqual([])
    await first.engine.stop()
    await time.advance(5 * MINUTE_MS)
    const second = testEngine({ clock: time.clock, files, store })
    await second.engine.openOnce()
    expect(await second.engine.refresh(null, { onlyDue: true })).toMatchObject([{ account: ID, outcome: 'read' }])
    await second.engine.stop()
    expect(second.requests).toHaveLength(1)
    expect(time.pending()).toBe(0)
    expect(files.board.content).toMatchObject({ accounts: [{ observedAt: '2026-11-22T09:06:03Z' }] })
  })

  it('lets failures wait as long as the last process had planned (H03)', async () => {
    const { files, store, engine, time, world } = await started()
    world.status = 403
    await time.advance(6 * MINUTE_MS)
    await engine.stop()
    await time.advance(HOUR_MS)
    const next = testEngine({ clock: time.clock, files, store })
    await next.engine.openOnce()
    expect(await next.engine.refresh(null, { onlyDue: true })).toEqual([])
    await next.engine.stop()
  })

  it('starts without a word about a damaged board but a warning', async () => {
    const time = fakeClock()
    const { engine, files, log, store } = testEngine({ clock: time.clock, credentials: [testCredential()] })
    files.board.content = { schemaVersion: 1, accounts: 'gone' }
    files.logins.content = ['nonsense']
    await engine.openOnce()
    expect(engine.board().accounts).toHaveLength(1)
    expect(log.lines.map((line) => line.level)).toEqual(['warn'])
    expect(store.watchers()).toBe(0)
    await engine.stop()
  })
})

describe('accounts that come and go', () => {
  it('are polled as soon as they appear: nothing configured is no failure (T18)', async () => {
    const { engine, store, time, status } = await started({ credentials: [] })
    expect(engine.board().accounts).toEqual([])
    await time.advance(3 * HOUR_MS)
    store.set([testCredential()])
    store.change()
    await time.advance(3 * SECOND_MS)
    expect(status()).toBe('ok')
  })

  it('are found within a minute when the watcher misses them', async () => {
    const { store, time, status } = await started({ credentials: [] })
    store.set([testCredential()])
    await time.advance(MINUTE_MS + 3 * SECOND_MS)
    expect(status()).toBe('ok')
  })

  it('stop at once after a logout, poll no more, and leave nothing behind (C16)', async () => {
    const { engine, store, time, requests, files } = await started()
    store.set([])
    store.change()
    await time.advance(SECOND_MS)
    expect(engine.board().accounts).toEqual([])
    await time.advance(HOUR_MS)
    expect(requests).toHaveLength(1)
    expect(files.board.content).toMatchObject({ accounts: [] })
  })

  it('do not come back by a late result (C28)', async () => {
    let finish = (): void => undefined
    const read = () =>
      new Promise<ReturnType<typeof testReading>>((resolve) => {
        finish = () => resolve(testReading())
      })
    const { engine, store, time } = await started({ providers: [testProvider({ read })] })
    store.set([])
    store.change()
    await time.advance(SECOND_MS)
    finish()
    await time.advance(SECOND_MS)
    expect(engine.board().accounts).toEqual([])
  })

  it('do not come back by an older look at the files that ends late (C28)', async () => {
    const { engine, store, time } = await started()
    let release = (): void => undefined
    store.onDiscover = () =>
      new Promise((resolve) => {
        release = resolve
        store.onDiscover = null
      })
    store.change()
    await time.advance(0)
    store.set([])
    store.change()
    await time.advance(0)
    release()
    await time.advance(SECOND_MS)
    expect(engine.board().accounts).toEqual([])
  })

  it('flap not when a look fails: the known accounts stay (C15)', async () => {
    const { engine, store, time, log } = await started()
    store.onDiscover = () => Promise.reject(new Error('disk'))
    store.change()
    await time.advance(15 * SECOND_MS)
    expect(engine.board().accounts).toHaveLength(1)
    expect(log.lines.some((line) => line.level === 'error')).toBe(true)
  })

  it('are looked at a second time, 11 seconds after a change: an absence may be a file being replaced (C15)', async () => {
    const { store, time } = await started()
    const before = store.discovers
    store.change()
    await time.advance(SECOND_MS)
    expect(store.discovers).toBe(before + 1)
    await time.advance(11 * SECOND_MS)
    expect(store.discovers).toBe(before + 2)
  })
})

describe('whose reading it is', () => {
  const ada = { ...UNKNOWN_IDENTITY, subject: 'ada', email: 'ada@example.com' }
  const grace = { ...UNKNOWN_IDENTITY, subject: 'grace', email: 'grace@example.com' }

  it('names an account by what the reading tells, and the same after a restart', async () => {
    const read = async () => testReading({ identity: ada })
    const { engine, files, store, time } = await started({ providers: [testProvider({ read })] })
    const ids = () => engine.board().accounts.map(({ account }) => account.id)
    expect(ids()).toEqual(['claude/ada@example.com'])
    await engine.stop()
    const next = testEngine({ clock: time.clock, files, store })
    await next.engine.openOnce()
    expect(next.engine.board().accounts[0]).toMatchObject({
      account: { id: 'claude/ada@example.com', email: 'ada@example.com' },
      observedAt: engine.board().accounts[0]?.observedAt,
    })
    await next.engine.stop()
  })

  it('never shows the data of one person under another: the login in the file was replaced (C24)', async () => {
    let identity = ada
    let plan: { id: string; name: string } | null = { id: 'max', name: 'Max' }
    const read = async (): Promise<ReturnType<typeof testReading>> => testReading({ identity, plan })
    const { engine, store, time } = await started({ providers: [testProvider({ read })] })
    identity = grace
    plan = null
    store.set([testCredential({ fingerprint: 'grace-token' })])
    store.change()
    const seen: string[] = []
    engine.subscribe(({ board }) => {
      for (const { account, reading } of board.accounts) {
        if (reading) seen.push(`${account.email} ${reading.identity.subject} ${reading.plan?.id ?? null}`)
      }
    })
    await time.advance(2 * MINUTE_MS)
    await engine.refresh(null)
    expect(new Set(seen)).toEqual(new Set(['ada@example.com ada max', 'grace@example.com grace null']))
    expect(engine.board().accounts.map(({ account }) => account.id)).toEqual(['claude/grace@example.com'])
  })

  it('does not restore a reading for a namesake whose identity is another', async () => {
    const read = async () => testReading({ identity: { ...UNKNOWN_IDENTITY, subject: 'ada' } })
    const { engine, files, store, time } = await started({ providers: [testProvider({ read })] })
    await engine.stop()
    store.set([testCredential({ fingerprint: 'f2', identity: { ...UNKNOWN_IDENTITY, subject: 'grace' } })])
    const next = testEngine({ clock: time.clock, files, store })
    await next.engine.openOnce()
    expect(next.engine.board().accounts).toMatchObject([{ account: { id: ID }, reading: null }])
    await next.engine.stop()
  })

  it('joins two logins that turn out to be one account', async () => {
    const credentials = [testCredential(), testCredential({ fingerprint: 'f2', source: 'opencode', slot: 'anthropic' })]
    const read = async () => testReading({ identity: ada })
    const { engine } = await started({ credentials, providers: [testProvider({ read })] })
    expect(engine.board().accounts).toHaveLength(1)
    expect(engine.board().accounts[0]?.account.sources).toEqual(['claude-code', 'opencode'])
  })
})

describe('time that misbehaves', () => {
  it('spreads the polls over a minute after a sleep, with no error while the network comes back (T13)', async () => {
    const credentials = Array.from({ length: 40 }, (_, index) =>
      testCredential({ name: `a${String(index).padStart(2, '0')}`, fingerprint: `f${index}`, slot: `s${index}` }),
    )
    const time = fakeClock()
    let networkAt = 0
    const at: number[] = []
    let seed = 1
    const random = (): number => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const answer = (): HttpReply => {
      at.push(time.clock.now())
      if (time.clock.now() < networkAt) throw new QuotaError({ code: 'offline', message: 'No network.' })
      return testReply({ at: time.clock.now() })
    }
    const { engine } = await started({ credentials, answer, random }, time)
    at.length = 0
    time.sleep(8 * HOUR_MS)
    const woken = time.clock.now()
    networkAt = woken + 45 * SECOND_MS
    let errors = 0
    engine.subscribe(({ board }) => {
      errors += board.accounts.filter((state) => state.attempt?.problem).length
    })
    await time.advance(30 * SECOND_MS)
    expect(engine.board().accounts.every((state) => statusOf(state, time.clock.now()) !== 'ok')).toBe(true)
    await time.advance(2 * MINUTE_MS)
    expect(errors).toBe(0)
    expect(engine.board().accounts.every((state) => statusOf(state, time.clock.now()) === 'ok')).toBe(true)
    for (let second = 0; second < 150; second += 1) {
      const from = woken + second * SECOND_MS
      expect(at.filter((instant) => instant >= from && instant < from + SECOND_MS).length).toBeLessThanOrEqual(5)
    }
  })

  it('asks no more for many short sleeps than the cadence allows (T13)', async () => {
    const { time, requests } = await started()
    for (let nap = 0; nap < 100; nap += 1) {
      time.sleep(100 * SECOND_MS)
      await time.advance(35 * SECOND_MS)
    }
    const elapsed = 100 * 135 * SECOND_MS
    expect(requests.length).toBeLessThanOrEqual(1 + elapsed / (4 * MINUTE_MS))
    // Asleep for three quarters of the time, it still reads every quarter of an hour.
    expect(requests.length).toBeGreaterThan(elapsed / (15 * MINUTE_MS))
  })

  it('keeps its waits and the age of its readings when the clock goes back (T12)', async () => {
    const { time, requests, state, engine } = await started()
    time.jump(-365 * DAY_MS)
    await time.advance(HOUR_MS)
    expect(requests.length).toBeGreaterThanOrEqual(12)
    expect(requests.length).toBeLessThanOrEqual(14)
    expect(state().observedAt ?? 0).toBeLessThanOrEqual(time.clock.now())
    expect(engine.board().accounts.every((one) => statusOf(one, time.clock.now()) === 'ok')).toBe(true)
  })

  it('polls once more, not for ever, when the clock leaps ten years (T12)', async () => {
    const { time, requests } = await started()
    time.jump(3_650 * DAY_MS)
    await time.advance(HOUR_MS)
    expect(requests.length).toBeLessThanOrEqual(15)
  })

  it('waits 30 days when a month is the cadence (T14)', async () => {
    const { time, requests } = await started({ settings: { intervalMs: { claude: 30 * DAY_MS } } })
    await time.advance(29 * DAY_MS)
    expect(requests).toHaveLength(1)
  })
})

describe('faults of others and of our own', () => {
  it('never end an account’s loop, and cost no other account its schedule (H32, P01)', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `a${index}`)
    const credentials = names.map((name) => testCredential({ name, fingerprint: name, slot: name }))
    const read = (credential: { readonly name: string | null }) => {
      if (credential.name === 'a0') return new Promise<never>(() => undefined)
      if (credential.name === 'a1') throw new TypeError('a bug')
      return Promise.resolve(testReading())
    }
    const { time, state, status, events } = await started({ credentials, providers: [testProvider({ read })] })
    await time.advance(HOUR_MS)
    expect(status('claude/a0')).toBe('unreachable')
    expect(state('claude/a1').attempt?.problem?.code).toBe('internal')
    const reads = (name: string) =>
      events.filter((event) => event.account === `claude/${name}` && event.outcome === 'read').length
    for (const name of names.slice(2)) expect(reads(name)).toBeGreaterThanOrEqual(10)
    expect(events.filter((event) => event.account === 'claude/a1').length).toBeGreaterThan(2)
  })

  it('survive a listener and an observer that throw (P01)', async () => {
    const { engine, time, events, requests } = await started()
    engine.subscribe(() => {
      throw new Error('broken')
    })
    events.push = () => {
      throw new Error('broken too')
    }
    await time.advance(20 * MINUTE_MS)
    expect(requests.length).toBeGreaterThanOrEqual(4)
  })

  it('are one offline state when nothing can be reached', async () => {
    const answer = (): never => {
      throw new QuotaError({ code: 'offline', message: 'No network.' })
    }
    const { engine, time } = await started({ answer })
    expect(engine.networkState().state).toBe('offline')
    await time.advance(MINUTE_MS)
    expect((await started()).engine.networkState()).toEqual({ state: 'ok' })
  })
})

describe('stopping', () => {
  it('ends running attempts, writes what is known, and takes less than five seconds (P10)', async () => {
    const { world, engine, time, files, requests, state } = await started()
    world.hang = true
    await time.advance(6 * MINUTE_MS)
    expect(requests).toHaveLength(2)
    const { reading } = state()
    const from = time.clock.now()
    await engine.stop()
    expect(time.clock.now() - from).toBeLessThan(5 * SECOND_MS)
    expect(state().reading).toBe(reading)
    expect(files.board.content).toMatchObject({ accounts: [{ id: ID, status: 'ok' }] })
    await time.advance(HOUR_MS)
    expect(requests).toHaveLength(2)
    expect(await engine.refresh(null)).toEqual([])
  })

  it('wins over a start that is still under way', async () => {
    const time = fakeClock()
    const { engine, store, requests } = testEngine({ clock: time.clock, credentials: [testCredential()] })
    const starting = engine.start()
    await engine.stop()
    await starting
    await time.advance(HOUR_MS)
    expect(requests).toHaveLength(0)
    expect(store.watchers()).toBe(0)
    expect(time.pending()).toBe(0)
  })

  it('does not wait for a disk that hangs (P10)', async () => {
    const { engine, time, files } = await started()
    files.board.write = () => new Promise(() => undefined)
    await time.advance(6 * MINUTE_MS)
    let stopped = false
    void engine.stop().then(() => {
      stopped = true
    })
    await time.advance(5 * SECOND_MS)
    expect(stopped).toBe(true)
  })
})

describe('new settings', () => {
  it('count at once: cadence and switched-off providers', async () => {
    const { engine, time, requests } = await started()
    engine.reconfigure(testSettings({ intervalMs: { claude: MINUTE_MS } }))
    await time.advance(10 * MINUTE_MS)
    expect(requests.length).toBeGreaterThanOrEqual(9)
    engine.reconfigure(testSettings({ disabledProviders: new Set(['claude']) }))
    expect(engine.board().accounts).toEqual([])
    const before = requests.length
    await time.advance(HOUR_MS)
    expect(requests).toHaveLength(before)
  })
})
