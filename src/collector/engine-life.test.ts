import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { statusOf } from '../model/freshness.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply } from '../model/provider.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import type { RunningEngine } from './engine.ts'
import { CLAUDE_ID, type Setup, startedEngine, testEngine } from './engine-testing.ts'
import { testCredential, testProvider, testReading, testReply, testSettings } from './testing.ts'

const ID = CLAUDE_ID
const open: { readonly engine: RunningEngine; readonly time: FakeClock }[] = []

async function started(facts: Omit<Setup, 'clock'> = {}, time = fakeClock()) {
  const world = await startedEngine(time, facts)
  open.push(world)
  return world
}

afterEach(async () => {
  const all = open.splice(0)
  for (const { engine, time } of all) {
    const stopping = engine.stop()
    await time.advance(5 * SECOND_MS)
    await stopping
  }
  // A stopped engine leaves no timer behind.
  for (const { time } of all) expect(time.pending()).toBe(0)
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

  it('say at once that their login can no longer be read, keep their values, and come back by themselves', async () => {
    const { store, time, status, state } = await started()
    store.onAccess = () => {
      throw new QuotaError({ code: 'credential_unreadable', message: 'The login file cannot be read.' })
    }
    store.set([testCredential({ unreadable: 'permission' })])
    store.change()
    await time.advance(3 * SECOND_MS)
    expect(status()).toBe('auth_required')
    expect(state().attempt?.problem?.code).toBe('credential_unreadable')
    expect(state().reading).not.toBeNull()
    store.onAccess = null
    store.set([testCredential()])
    store.change()
    await time.advance(3 * SECOND_MS)
    expect(status()).toBe('ok')
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

  it('leave places for other services while one hangs with a hundred accounts (H32)', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      testCredential({ provider: 'codex', name: `c${index}`, fingerprint: `c${index}`, slot: `c${index}` }),
    )
    const codex = testProvider({ id: 'codex', read: () => new Promise(() => undefined) })
    const { time, events } = await started({
      credentials: [...many, testCredential()],
      providers: [codex, testProvider()],
    })
    await time.advance(HOUR_MS)
    expect(events.filter((event) => event.account === ID && event.outcome === 'read').length).toBeGreaterThanOrEqual(11)
    expect(events.some((event) => event.provider === 'codex' && event.outcome === 'timeout')).toBe(true)
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
