import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpRequest } from '../model/provider.ts'
import { HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import type { RunningEngine } from './engine.ts'
import { CLAUDE_ID, type Setup, startedEngine, testEngine } from './engine-testing.ts'
import { testCredential, testProvider, testQuota, testReading, testReply } from './testing.ts'

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
