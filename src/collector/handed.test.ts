import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'
import type { RunningEngine } from './engine.ts'
import { CLAUDE_ID, startedEngine } from './engine-testing.ts'
import { readingFrom, testProvider, testQuota, testReading } from './testing.ts'

/** What a test's program hands over: an age, a value and a reset; null: nothing. */
interface HandedOver {
  readonly at: EpochMs
  readonly left: number
  readonly resetsAt: EpochMs
}

const open: { readonly engine: RunningEngine; readonly time: FakeClock }[] = []

afterEach(async () => {
  for (const { engine, time } of open.splice(0)) {
    const stopping = engine.stop()
    await time.advance(5 * SECOND_MS)
    await stopping
    expect(time.pending()).toBe(0)
  }
})

async function started() {
  const time = fakeClock()
  const resetsAt = plusMs(time.clock.now(), 4 * HOUR_MS)
  const program: { says: HandedOver | null } = { says: null }
  const provider = testProvider({
    read: async (_credential, host) => {
      const reply = await host.request({ method: 'GET', url: 'https://api.example.com/usage', endpoint: 'usage' })
      if (reply.status !== 200) return readingFrom(reply)
      const opus = testQuota({ id: 'weekly.opus', remainingRatio: 0.9, usedRatio: 0.1 })
      return testReading({ quotas: [testQuota({ resetsAt, remainingRatio: 0.5, usedRatio: 0.5 }), opus] })
    },
    handed: (content) => {
      const says = content as HandedOver | null
      if (says === null) return null
      const quota = testQuota({ resetsAt: says.resetsAt, remainingRatio: says.left, usedRatio: 1 - says.left })
      return testReading({ quotas: [quota], unanswered: ['window'], observedAt: says.at, via: 'a status line' })
    },
  })
  const world = await startedEngine(time, { providers: [provider], handed: () => program.says })
  open.push(world)
  const say = (left: number, ageMs = 0, ends = resetsAt): void => {
    program.says = { at: plusMs(time.clock.now(), -ageMs), left, resetsAt: ends }
  }
  /** An interval passes while the owner's program is in use. */
  const inUse = async (left: number): Promise<void> => {
    for (let minute = 0; minute < 6; minute += 1) {
      say(left)
      await time.advance(MINUTE_MS)
    }
  }
  const left = (id = 'session') =>
    world.state().reading?.quotas.find((quota) => quota.id === id)?.remainingRatio ?? null
  return { ...world, say, inUse, left, resetsAt }
}

describe('what an owner’s program has handed over', () => {
  it('takes the place of a request while it is recent, and leaves the other windows as they were', async () => {
    const { requests, inUse, left, state } = await started()
    expect(requests).toHaveLength(1)
    const askedAt = state().observedAt
    await inUse(0.4)
    await inUse(0.3)
    expect(requests).toHaveLength(1)
    expect(left()).toBe(0.3)
    expect(state().reading?.via).toBe('a status line')
    const opus = state().reading?.quotas.find((quota) => quota.id === 'weekly.opus')
    expect(opus).toMatchObject({ remainingRatio: 0.9, observedAt: askedAt })
  })

  it('does not keep the service from being asked every tenth time: it alone tells every window', async () => {
    const { requests, inUse } = await started()
    for (let minutes = 0; minutes < 114; minutes += 6) await inUse(0.4)
    expect(requests.length).toBeGreaterThanOrEqual(2)
    expect(requests.length).toBeLessThanOrEqual(3)
  })

  it('counts for nothing once it is older than an interval', async () => {
    const { requests, say, time } = await started()
    await time.advance(MINUTE_MS)
    say(0.4)
    await time.advance(12 * MINUTE_MS)
    expect(requests.length).toBeGreaterThanOrEqual(2)
  })

  it('never comes before the first answer of the service', async () => {
    const { requests, left } = await started()
    expect(requests).toHaveLength(1)
    expect(left()).toBe(0.5)
  })

  it('is not taken when a person asks', async () => {
    const { engine, requests, say, time, left } = await started()
    await time.advance(2 * MINUTE_MS)
    say(0.1)
    await engine.refresh([CLAUDE_ID])
    expect(requests).toHaveLength(2)
    expect(left()).toBe(0.5)
  })

  it('is not believed when its window is plainly another account’s', async () => {
    const { requests, say, time, resetsAt, left } = await started()
    for (let minute = 0; minute < 6; minute += 1) {
      say(0.1, 0, plusMs(resetsAt, HOUR_MS))
      await time.advance(MINUTE_MS)
    }
    expect(requests.length).toBeGreaterThanOrEqual(2)
    expect(left()).toBe(0.5)
  })

  it('stands in for a service that asks us to wait, and says so', async () => {
    const { world, engine, say, time, status, left, state } = await started()
    world.status = 429
    await time.advance(2 * MINUTE_MS)
    say(0.2)
    await engine.refresh([CLAUDE_ID])
    expect(status()).toBe('ok')
    expect(left()).toBe(0.2)
    expect(state().reading?.notes).toMatchObject([{ code: 'partial' }])
  })

  it('does not hide a failure behind old values', async () => {
    const { world, engine, say, time, status } = await started()
    world.status = 503
    await time.advance(MINUTE_MS)
    say(0.2)
    await time.advance(40 * MINUTE_MS)
    await engine.refresh([CLAUDE_ID])
    expect(status()).toBe('unreachable')
  })
})
