import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { DAY_MS, HOUR_MS } from '../model/time.ts'
import { systemClock } from './clock.ts'

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('fires a wait of 30 days once, after 30 days and not at once', () => {
    const run = vi.fn()
    systemClock().after(30 * DAY_MS, run)
    vi.advanceTimersByTime(30 * DAY_MS - 1)
    expect(run).not.toHaveBeenCalled()
    vi.advanceTimersByTime(2)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('does not fire a cancelled wait, even after it was re-armed', () => {
    const run = vi.fn()
    const timer = systemClock().after(3 * HOUR_MS, run)
    vi.advanceTimersByTime(2 * HOUR_MS)
    timer.cancel()
    vi.advanceTimersByTime(2 * HOUR_MS)
    expect(run).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('never holds one timer for more than an hour', () => {
    const arm = vi.spyOn(globalThis, 'setTimeout')
    systemClock().after(DAY_MS, () => undefined)
    vi.advanceTimersByTime(DAY_MS)
    expect(arm.mock.calls.length).toBeGreaterThanOrEqual(24)
    expect(Math.max(...arm.mock.calls.map(([, delay]) => delay ?? 0))).toBeLessThanOrEqual(HOUR_MS)
  })

  it('treats a negative wait as none and refuses one that is not a number', () => {
    const run = vi.fn()
    systemClock().after(-5, run)
    vi.advanceTimersByTime(1)
    expect(run).toHaveBeenCalledTimes(1)
    expect(() => systemClock().after(Number.NaN, run)).toThrow(RangeError)
  })

  it('gives whole milliseconds', () => {
    expect(Number.isInteger(systemClock().now())).toBe(true)
  })
})

describe('the fake clock of tests', () => {
  it('runs due timers in order and settles promises between them', async () => {
    const { clock, advance } = fakeClock(1_000_000)
    const seen: string[] = []
    clock.after(20, () => seen.push(`second at ${clock.now()}`))
    clock.after(10, () => {
      seen.push(`first at ${clock.now()}`)
      void Promise.resolve().then(() => clock.after(5, () => seen.push(`nested at ${clock.now()}`)))
    })
    await advance(30)
    expect(seen).toEqual(['first at 1000010', 'nested at 1000015', 'second at 1000020'])
    expect(clock.now()).toBe(1_000_030)
  })

  it('jumps and sleeps on the wall clock alone', async () => {
    const { clock, advance, jump, sleep, pending } = fakeClock(0)
    let fired = false
    clock.after(1_000, () => {
      fired = true
    })
    sleep(HOUR_MS)
    jump(-500)
    expect(clock.now()).toBe(HOUR_MS - 500)
    expect(clock.monotonicMs()).toBe(0)
    await advance(999)
    expect(fired).toBe(false)
    await advance(1)
    expect(fired).toBe(true)
    expect(pending()).toBe(0)
  })

  it('forgets a cancelled timer', async () => {
    const { clock, advance } = fakeClock(0)
    let fired = false
    clock
      .after(1, () => {
        fired = true
      })
      .cancel()
    await advance(10)
    expect(fired).toBe(false)
  })
})
