import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { JsonFile } from '../model/ports.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type CooldownKey, createCooldowns, ownBackoffMs } from './cooldowns.ts'
import { testFile, testLog, testSettings } from './testing.ts'

const KEY: CooldownKey = { provider: 'claude', account: 'claude/ada', endpoint: 'usage', fingerprint: 'f1' }

function setUp(file: JsonFile = testFile(), random = 0) {
  const time = fakeClock()
  const log = testLog()
  const make = () =>
    createCooldowns({ file, clock: time.clock, random: () => random, log, settings: () => testSettings() })
  return { time, log, make, cooldowns: make() }
}

describe('cooldowns', () => {
  it('double from a minute up to an hour while an endpoint keeps refusing without a delay (H01, H02)', async () => {
    const { time, cooldowns } = setUp()
    const waits: number[] = []
    for (let round = 0; round < 8; round += 1) {
      waits.push(cooldowns.refuse(KEY, null))
      await time.advance(cooldowns.remainingMs(KEY))
    }
    expect(waits.map((wait) => wait / MINUTE_MS)).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })

  it('take one step for a window, however many requests fail in it (H09)', () => {
    const { cooldowns } = setUp()
    for (let index = 0; index < 12; index += 1) cooldowns.refuse(KEY, null)
    expect(cooldowns.remainingMs(KEY)).toBe(MINUTE_MS)
  })

  it('add jitter and never take any away', () => {
    expect(ownBackoffMs(1, MINUTE_MS, HOUR_MS, 0)).toBe(MINUTE_MS)
    expect(ownBackoffMs(1, MINUTE_MS, HOUR_MS, 1)).toBe(1.5 * MINUTE_MS)
    const { cooldowns } = setUp(testFile(), 1)
    expect(cooldowns.refuse(KEY, HOUR_MS)).toBe(HOUR_MS + MINUTE_MS)
  })

  it('honour what a service asks for in full, also beyond our own cap (H03)', async () => {
    const { time, cooldowns } = setUp()
    cooldowns.refuse(KEY, 3 * HOUR_MS)
    await time.advance(3 * HOUR_MS - 1)
    expect(cooldowns.remainingMs(KEY)).toBe(1)
    await time.advance(1)
    expect(cooldowns.remainingMs(KEY)).toBe(0)
  })

  it('cut an absurd wait to six hours and say so once (H04)', () => {
    const { cooldowns, log } = setUp()
    cooldowns.refuse(KEY, 99_999_999_999 * SECOND_MS)
    expect(cooldowns.remainingMs(KEY)).toBe(6 * HOUR_MS)
    expect(log.lines.filter((line) => line.level === 'warn')).toHaveLength(1)
  })

  it('are an endpoint’s and a login’s own (H10)', () => {
    const { cooldowns } = setUp()
    cooldowns.refuse(KEY, HOUR_MS)
    expect(cooldowns.remainingMs({ ...KEY, endpoint: 'plan' })).toBe(0)
    expect(cooldowns.remainingMs({ ...KEY, fingerprint: 'f2' })).toBe(0)
    expect(cooldowns.remainingMs({ ...KEY, provider: 'codex' })).toBe(0)
  })

  it('survive a restart, with the step they had reached (H03)', async () => {
    const file = testFile()
    const { time, cooldowns, make } = setUp(file)
    cooldowns.refuse(KEY, null)
    await time.advance(MINUTE_MS)
    cooldowns.refuse(KEY, null)
    await cooldowns.flush()
    const next = make()
    await next.sync()
    expect(next.remainingMs(KEY)).toBe(2 * MINUTE_MS)
    await time.advance(2 * MINUTE_MS)
    expect(next.refuse(KEY, null)).toBe(4 * MINUTE_MS)
  })

  it('bind a process that learns of them from another one, and end for it too', async () => {
    const file = testFile()
    const { time, cooldowns, make } = setUp(file)
    const other = make()
    await other.sync()
    cooldowns.refuse(KEY, HOUR_MS)
    await cooldowns.flush()
    await time.advance(SECOND_MS)
    await other.sync()
    expect(other.remainingMs(KEY)).toBe(HOUR_MS - SECOND_MS)
    cooldowns.clear(KEY)
    await cooldowns.flush()
    await time.advance(SECOND_MS)
    await other.sync()
    expect(other.remainingMs(KEY)).toBe(0)
  })

  it('start from the first step again after a success', async () => {
    const { time, cooldowns } = setUp()
    cooldowns.refuse(KEY, null)
    await time.advance(MINUTE_MS)
    cooldowns.refuse(KEY, null)
    cooldowns.clear(KEY)
    expect(cooldowns.refuse(KEY, null)).toBe(MINUTE_MS)
  })

  it('are not moved by a wall clock that is set forward or back (T12)', async () => {
    const { time, cooldowns } = setUp()
    cooldowns.refuse(KEY, HOUR_MS)
    time.jump(10 * DAY_MS)
    expect(cooldowns.remainingMs(KEY)).toBe(HOUR_MS)
    time.jump(-400 * DAY_MS)
    await time.advance(HOUR_MS)
    expect(cooldowns.remainingMs(KEY)).toBe(0)
  })

  it('never block for longer than recorded when the clock was wrong while they were written', async () => {
    const file = testFile()
    const { time, cooldowns, make } = setUp(file)
    cooldowns.refuse(KEY, HOUR_MS)
    await cooldowns.flush()
    time.jump(-365 * DAY_MS)
    const next = make()
    await next.sync()
    expect(next.remainingMs(KEY)).toBe(HOUR_MS)
  })

  it('ignore what is damaged in their file and use the rest', async () => {
    const at = Date.UTC(2026, 10, 22, 9, 0, 0)
    const id = 'claude|usage|f1'
    for (const content of ['x', 7, { entries: 'no' }, { entries: [null, 3, { id: 4 }, { id, at: 'x' }] }]) {
      const { make } = setUp(testFile(content))
      const cooldowns = make()
      await cooldowns.sync()
      expect(cooldowns.size()).toBe(0)
    }
    const { make } = setUp(testFile({ entries: [null, { id, at, until: at + MINUTE_MS, step: 1 }] }))
    const cooldowns = make()
    await cooldowns.sync()
    expect(cooldowns.remainingMs(KEY)).toBe(MINUTE_MS)
  })

  it('go on in memory when the file can be neither read nor written', async () => {
    const broken: JsonFile = {
      read: () => Promise.reject(new Error('io')),
      write: () => Promise.reject(new Error('io')),
    }
    const { cooldowns, log } = setUp(broken)
    await cooldowns.sync()
    cooldowns.refuse(KEY, null)
    await cooldowns.flush()
    expect(cooldowns.remainingMs(KEY)).toBe(MINUTE_MS)
    expect(log.lines.every((line) => line.level === 'warn')).toBe(true)
  })

  it('are forgotten a day after they ended, and never more than 5,000 (P12)', async () => {
    const { time, cooldowns } = setUp()
    for (let index = 0; index < 6_000; index += 1) cooldowns.refuse({ ...KEY, fingerprint: `f${index}` }, null)
    expect(cooldowns.size()).toBe(5_000)
    await time.advance(2 * DAY_MS)
    cooldowns.refuse(KEY, null)
    expect(cooldowns.size()).toBe(1)
  })

  it('tell when an account may be asked again', () => {
    const { cooldowns } = setUp()
    cooldowns.refuse(KEY, HOUR_MS)
    cooldowns.refuse({ ...KEY, endpoint: 'plan' }, MINUTE_MS)
    const account = { provider: 'claude', fingerprints: ['f1'] }
    expect(cooldowns.accountRemainingMs({ ...account, endpoint: 'usage' })).toBe(HOUR_MS)
    expect(cooldowns.accountRemainingMs({ ...account, endpoint: null })).toBe(MINUTE_MS)
    expect(cooldowns.accountRemainingMs({ provider: 'claude', fingerprints: ['f2'], endpoint: null })).toBe(0)
  })
})
