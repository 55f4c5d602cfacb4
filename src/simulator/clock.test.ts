import { describe, expect, it } from 'vitest'
import { epochMs } from '../model/index.ts'
import { createClock } from './clock.ts'

const START = Date.UTC(2026, 10, 22, 9)

function handWall(): { now: () => number; tick: (ms: number) => void } {
  let at = START
  return {
    now: () => at,
    tick(ms) {
      at += ms
    },
  }
}

describe('the world clock', () => {
  it('keeps wall time when nothing is asked for', () => {
    const wall = handWall()
    const clock = createClock({ now: wall.now })
    wall.tick(1234)
    expect(clock.now()).toBe(START + 1234)
    expect(clock.wire(epochMs(START + 5000))).toBe(START + 5000)
  })

  it('runs fast, and tells instants in the wall time at which they will come', () => {
    const wall = handWall()
    const clock = createClock({ now: wall.now, speed: 60 })
    const inAnHour = epochMs(START + 3_600_000)
    wall.tick(10_000)
    expect(clock.now()).toBe(START + 600_000)
    expect(clock.wire(inAnHour)).toBe(START + 60_000)
    wall.tick(50_000)
    expect(clock.now()).toBe(inAnHour)
    expect(clock.wire(inAnHour)).toBe(clock.wall())
  })

  it('jumps, freezes, resumes and changes its speed without losing its place', () => {
    const wall = handWall()
    const clock = createClock({ now: wall.now })
    clock.advance(1000)
    expect(clock.now()).toBe(START + 1000)
    clock.freeze()
    wall.tick(9000)
    expect(clock.now()).toBe(START + 1000)
    clock.advance(500)
    expect(clock.now()).toBe(START + 1500)
    clock.resume()
    wall.tick(100)
    expect(clock.now()).toBe(START + 1600)
    clock.setSpeed(10)
    wall.tick(100)
    expect(clock.now()).toBe(START + 2600)
    clock.set(START)
    expect(clock.now()).toBe(START)
  })

  it('gives the wait that is left after a jump, not the instant as it was before', () => {
    const wall = handWall()
    const clock = createClock({ now: wall.now })
    const reset = epochMs(START + 5000)
    clock.advance(4000)
    expect(clock.wire(reset)).toBe(START + 1000)
  })

  it('refuses a speed that is not above zero', () => {
    for (const speed of [0, -1, Number.NaN]) expect(() => createClock({ speed })).toThrow(RangeError)
  })
})
